"""A court's TOML file, read into a `Court`: every key known, every mistake named with its place."""

import re
import tomllib
from dataclasses import fields
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from domain.court import Brake, Court, Enrolment, Failover, QuietHours, ReminderRule, SenderSpec
from domain.delivery import ChannelName
from domain.errors import InvalidInputError
from domain.notice import Purpose
from domain.reminder_rules import DEFAULT_RULES
from domain.retention import LEAST, Kept, Retention
from domain.roles import Role
from domain.toml_table import Table

COURT_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
RULE_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z][A-Za-z]{1,3})?")
PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,20}")
REGION = re.compile(r"[A-Z]{2}")
AREA_CODE = re.compile(r"[1-9][0-9]{0,4}")
SMS_SENDER = re.compile(r"MG[0-9a-fA-F]{32}|\+[1-9][0-9]{6,14}")
LONGEST_LEAD_DAYS = 90
LONGEST_LEAD_HOURS = 72
LONGEST_WATCH_DAYS = 365
FASTEST_RATE = 1000.0
TABLES = {
    "quiet": QuietHours,
    "brake": Brake,
    "failover": Failover,
    "retention": Retention,
    "reminder": ReminderRule,
    "sender": SenderSpec,
}
RENAMED = {"rules": "reminder", "senders": "sender", "mappings": "mapping"}  # a Court's field: its table in the file


def read_court(key: str, text: str, *, source: str | None = None) -> Court:
    """Read one court from its file's text. `key` is the file's name without `.toml`.

    Args:
        key: The court's short name: lower-case letters, digits and `-`.
        text: The file as TOML.
        source: How mistakes name the file; `KEY.toml` when not given.

    Raises:
        InvalidInputError: At the first thing that is missing, unknown or wrong, as
            "courts/anchorage.toml: [quiet] start: must be a time like 20:00".
    """
    source = source or f"{key}.toml"
    if not COURT_KEY.fullmatch(key):
        raise InvalidInputError(source, "a court's file is named in lower-case letters, digits and -")
    try:
        table = Table(tomllib.loads(text), source, "")
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(source, f"is not TOML: {error}") from None
    court = _court(key, table)
    table.refuse_the_rest(known_keys())
    return court


def known_keys(table: str = "") -> frozenset[str]:
    """Return the keys a table may have: "" is the top of the file, others are those of `TABLES`."""
    if table:
        return frozenset(field.name for field in fields(TABLES[table]))
    return frozenset(RENAMED.get(field.name, field.name) for field in fields(Court)) - {"key"}


def _court(key: str, table: Table) -> Court:
    quiet = _quiet(table.table("quiet"))
    return Court(
        key=key,
        name=table.text("name"),
        short_name=table.text("short_name"),
        address=table.text("address"),
        phone=table.matching("phone", PHONE, "a number people can call"),
        zone=_zone(table),
        languages=_languages(table),
        quiet=quiet,
        rules=_rules(table, quiet),
        enrolment=table.member("enrolment", Enrolment, Enrolment.OPT_OUT),
        senders=tuple(_sender(sender) for sender in table.tables("sender") or ()),
        number_patterns=_patterns(table),
        watch_days=table.whole("watch_days", 16, least=0, most=LONGEST_WATCH_DAYS),
        brake=_brake(table.table("brake")),
        failover=_failover(table.table("failover")),
        allow_drafts=table.truth("allow_drafts", default=False),
        region=table.matching("region", REGION, "two capital letters such as US", default="US"),
        local_area_codes=_area_codes(table),
        stale_after=table.duration("stale_after", timedelta(hours=36)),
        example_number=table.text("example_number", default=""),
        mappings=_mappings(table),
        set_notice=table.truth("set_notice", default=True),
        recovery=table.truth("recovery", default=True),
        retention=_retention(table.table("retention")),
    )


def _zone(table: Table) -> ZoneInfo:
    name = table.text("zone")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfo raises each, by how wrong the name is
        raise table.wrong("zone", "must be a time zone such as America/Anchorage") from None


def _languages(table: Table) -> tuple[str, ...]:
    languages = table.texts("languages", ("en",))
    if not languages or len(set(languages)) != len(languages):
        raise table.wrong("languages", "must name at least one language, each once; the first is the court's own")
    for language in languages:
        if not LANGUAGE.fullmatch(language):
            raise table.wrong("languages", f"{language!r} must be a language code such as es or zh_Hans")
    return languages


def _patterns(table: Table) -> tuple[str, ...]:
    patterns = table.texts("number_patterns", ())
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise table.wrong("number_patterns", f"{pattern!r} is not a regular expression: {error}") from None
    return patterns


def _area_codes(table: Table) -> tuple[str, ...]:
    codes = table.texts("local_area_codes", ())
    for code in codes:
        if not AREA_CODE.fullmatch(code):
            raise table.wrong("local_area_codes", f"{code!r} must be an area code such as 907, without a leading zero")
    return codes


def _quiet(table: Table) -> QuietHours:
    quiet = QuietHours(
        start=table.wall_time("start", QuietHours().start),
        end=table.wall_time("end", QuietHours().end),
        jitter=table.duration("jitter", QuietHours().jitter),
    )
    if quiet.start == quiet.end:
        raise table.wrong("end", "must differ from start")
    table.refuse_the_rest(known_keys("quiet"))
    return quiet


def _brake(table: Table) -> Brake:
    brake = Brake(
        moved_share=table.share("moved_share", Brake().moved_share),
        shrunk_share=table.share("shrunk_share", Brake().shrunk_share),
        at_least=table.whole("at_least", Brake().at_least, least=1, most=1_000_000),
    )
    table.refuse_the_rest(known_keys("brake"))
    return brake


def _retention(table: Table) -> Retention:
    spans = {kept.value: table.duration(kept, getattr(Retention(), kept.value)) for kept in Kept}
    for kept in Kept:
        if spans[kept] < LEAST[kept]:
            raise table.wrong(kept, f"must be {LEAST[kept].days}d or more")
    table.refuse_the_rest(known_keys("retention"))
    return Retention(**spans)


def _failover(table: Table) -> Failover:
    failover = Failover(
        after=table.duration("after", Failover().after),
        near=table.duration("near", Failover().near),
    )
    table.refuse_the_rest(known_keys("failover"))
    return failover


def _rules(table: Table, quiet: QuietHours) -> tuple[ReminderRule, ...]:
    found = table.tables("reminder")
    if found is None:
        return DEFAULT_RULES
    if not found:
        raise table.wrong("reminder", "is an empty list; leave it out for the default policy, or write [[reminder]]")
    rules = tuple(_rule(one, quiet) for one in found)
    for one, rule in zip(found, rules, strict=True):
        if sum(rule.key == other.key for other in rules) > 1:
            raise one.wrong("key", f"{rule.key!r} is given to two reminders")
    return rules


def _rule(table: Table, quiet: QuietHours) -> ReminderRule:
    key = table.matching("key", RULE_KEY, "a short name in lower-case letters, digits, - and _")
    if table.has("days_before") == table.has("hours_before"):
        raise table.wrong("days_before", "set either days_before or hours_before")
    if table.has("hours_before") and table.has("at"):
        raise table.wrong("at", "goes with days_before only")
    hours = table.whole("hours_before", 1, least=1, most=LONGEST_LEAD_HOURS)
    rule = ReminderRule(
        key=key,
        purpose=table.member("purpose", Purpose),
        days_before=table.whole("days_before", 0, least=0, most=LONGEST_LEAD_DAYS)
        if table.has("days_before")
        else None,
        at=table.wall_time("at", time(10, 0)),
        hours_before=timedelta(hours=hours) if table.has("hours_before") else None,
        roles=_roles(table),
        asks_attendance=table.truth("asks_attendance", default=False),
    )
    if rule.days_before is not None and _is_quiet(rule.at, quiet):
        raise table.wrong("at", f"{rule.at:%H:%M} lies in the quiet hours, when nothing leaves")
    table.refuse_the_rest(known_keys("reminder"))
    return rule


def _roles(table: Table) -> frozenset[Role]:
    names = table.texts("roles", tuple(Role))
    unknown = sorted(set(names) - set(Role))
    if unknown or not names:
        raise table.wrong("roles", f"must be some of {', '.join(Role)}")
    return frozenset(Role(name) for name in names)


def _is_quiet(at: time, quiet: QuietHours) -> bool:
    if quiet.start < quiet.end:
        return quiet.start <= at < quiet.end
    return at >= quiet.start or at < quiet.end


def _sender(table: Table) -> SenderSpec:
    channel = table.member("channel", ChannelName)
    sender = table.text("sender", default="") or None
    if sender and channel is ChannelName.SMS and not SMS_SENDER.fullmatch(sender):
        raise table.wrong("sender", "must be a messaging service (MG and 32 digits) or a number like +19075550100")
    spec = SenderSpec(
        channel=channel,
        sender=sender,
        rate=table.number("rate", 1.0, most=FASTEST_RATE),
        burst=table.whole("burst", 1, least=1, most=1000),
        per_endpoint=table.number("per_endpoint", 1.0, most=3600.0) if table.has("per_endpoint") else None,
    )
    table.refuse_the_rest(known_keys("sender"))
    return spec


def _mappings(table: Table) -> dict[str, dict[str, object]]:
    """Keep the import mappings as they stand: what reads feeds also judges them."""
    raw = table.table("mapping")
    return {name: raw.table(name).entries for name in raw.entries}
