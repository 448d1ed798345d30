"""A court file is read whole or refused with the place of its first mistake."""

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.court_files import example_court, read_court_file, read_court_files
from domain.court import Brake, Court, Enrolment, Failover, QuietHours, ReminderRule, SenderSpec
from domain.court_file import known_keys, read_court
from domain.delivery import ChannelName
from domain.errors import InvalidInputError
from domain.notice import Purpose
from domain.reminder_rules import DEFAULT_RULES
from domain.retention import Kept, Retention
from domain.roles import Role

LEAST = """
name = "Riverton District Court"
short_name = "Riverton Court"
address = "1 River Street"
phone = "907-555-0100"
zone = "America/Anchorage"
"""

FULL = (
    LEAST
    + """
languages = ["en", "es", "zh_Hans"]
enrolment = "opt_in"
number_patterns = ['[0-9]{3}[A-Z]{2}', 'T[0-9]+']
example_number = "123-AB"
watch_days = 30
allow_drafts = true
region = "CA"
local_area_codes = ["867", "403"]
stale_after = "2d"
set_notice = false
recovery = false

[quiet]
start = 21:30:00
end = "07:15"
jitter = "5m"

[brake]
moved_share = 0.5
shrunk_share = 1
at_least = 10

[failover]
after = "1h"
near = "6h"

[retention]
inbound = "30d"
texts = "3650d"
replies = "7d"
quarantine = "31d"
notes = "90d"
people = "90d"
verdicts = "180d"
receipts = "100d"

[[reminder]]
key = "week"
purpose = "consequence"
days_before = 7
at = "09:05"
roles = ["defendant", "follower"]
asks_attendance = true

[[reminder]]
key = "soon"
purpose = "today"
hours_before = 2

[[sender]]
channel = "sms"
sender = "MG0123456789abcdef0123456789abcdef"
rate = 100
burst = 20
per_endpoint = 0.5

[[sender]]
channel = "telegram"

[mapping.nightly]
delimiter = "|"
columns = { case_number = 3, starts_at = 4 }
"""
)


def with_line(line: str) -> str:
    """The least file with one key set or set anew."""
    key = line.partition("=")[0].strip()
    return "\n".join([line, *(old for old in LEAST.splitlines() if old.partition("=")[0].strip() != key)])


def test_the_least_file_gives_every_default() -> None:
    court = read_court("riverton", LEAST)

    assert court == Court(
        key="riverton",
        name="Riverton District Court",
        short_name="Riverton Court",
        address="1 River Street",
        phone="907-555-0100",
        zone=ZoneInfo("America/Anchorage"),
        rules=DEFAULT_RULES,
    )


def test_every_key_reaches_the_court() -> None:
    court = read_court("riverton", FULL)

    assert court == Court(
        key="riverton",
        name="Riverton District Court",
        short_name="Riverton Court",
        address="1 River Street",
        phone="907-555-0100",
        zone=ZoneInfo("America/Anchorage"),
        languages=("en", "es", "zh_Hans"),
        quiet=QuietHours(start=time(21, 30), end=time(7, 15), jitter=timedelta(minutes=5)),
        rules=(
            ReminderRule(
                key="week",
                purpose=Purpose.CONSEQUENCE,
                days_before=7,
                at=time(9, 5),
                roles=frozenset({Role.DEFENDANT, Role.FOLLOWER}),
                asks_attendance=True,
            ),
            ReminderRule(key="soon", purpose=Purpose.TODAY, hours_before=timedelta(hours=2)),
        ),
        enrolment=Enrolment.OPT_IN,
        senders=(
            SenderSpec(
                channel=ChannelName.SMS,
                sender="MG0123456789abcdef0123456789abcdef",
                rate=100.0,
                burst=20,
                per_endpoint=0.5,
            ),
            SenderSpec(channel=ChannelName.TELEGRAM),
        ),
        number_patterns=("[0-9]{3}[A-Z]{2}", "T[0-9]+"),
        watch_days=30,
        brake=Brake(moved_share=0.5, shrunk_share=1.0, at_least=10),
        failover=Failover(after=timedelta(hours=1), near=timedelta(hours=6)),
        allow_drafts=True,
        region="CA",
        local_area_codes=("867", "403"),
        stale_after=timedelta(days=2),
        example_number="123-AB",
        mappings={"nightly": {"delimiter": "|", "columns": {"case_number": 3, "starts_at": 4}}},
        set_notice=False,
        recovery=False,
        retention=Retention(
            inbound=timedelta(days=30),
            texts=timedelta(days=3650),
            replies=timedelta(days=7),
            quarantine=timedelta(days=31),
            notes=timedelta(days=90),
            people=timedelta(days=90),
            verdicts=timedelta(days=180),
            receipts=timedelta(days=100),
        ),
    )


def test_an_empty_list_of_reminders_is_refused_for_it_could_mean_two_things() -> None:
    with pytest.raises(InvalidInputError, match="is an empty list"):
        read_court("riverton", LEAST + "reminder = []\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (with_line('name = ""'), 'courts/r.toml: name: must be text in "quotes"'),
        (with_line("name = 3"), 'courts/r.toml: name: must be text in "quotes"'),
        (LEAST.replace("name =", "nome =", 1), "courts/r.toml: name: must be set"),
        (with_line('phone = "call us"'), "courts/r.toml: phone: must be a number people can call"),
        (with_line('zone = "Alaska"'), "courts/r.toml: zone: must be a time zone such as America/Anchorage"),
        (with_line('zone = "../etc/passwd"'), "courts/r.toml: zone: must be a time zone such as America/Anchorage"),
        (
            with_line("languages = []"),
            "courts/r.toml: languages: must name at least one language, each once; the first is the court's own",
        ),
        (
            with_line('languages = ["en", "en"]'),
            "courts/r.toml: languages: must name at least one language, each once; the first is the court's own",
        ),
        (
            with_line('languages = ["English"]'),
            "courts/r.toml: languages: 'English' must be a language code such as es or zh_Hans",
        ),
        (
            with_line('languages = "en"'),
            'courts/r.toml: languages: must be a list of texts, ["like", "this"]',
        ),
        (with_line('enrolment = "all"'), "courts/r.toml: enrolment: must be one of opt_out, opt_in, none"),
        (
            with_line("number_patterns = ['+']"),
            "courts/r.toml: number_patterns: '+' is not a regular expression: nothing to repeat at position 0",
        ),
        (with_line("watch_days = -1"), "courts/r.toml: watch_days: must be a whole number from 0 to 365"),
        (with_line("watch_days = true"), "courts/r.toml: watch_days: must be a whole number from 0 to 365"),
        (with_line('allow_drafts = "yes"'), "courts/r.toml: allow_drafts: must be true or false"),
        (
            with_line('local_area_codes = ["0907"]'),
            "courts/r.toml: local_area_codes: '0907' must be an area code such as 907, without a leading zero",
        ),
        (with_line('region = "usa"'), "courts/r.toml: region: must be two capital letters such as US"),
        (
            with_line("stale_after = 36"),
            'courts/r.toml: stale_after: must be a length of time such as "20m", "36h" or "2d"',
        ),
        (
            with_line('stale_after = "soon"'),
            'courts/r.toml: stale_after: must be a length of time such as "20m", "36h" or "2d"',
        ),
        (with_line("quiet = 3"), "courts/r.toml: quiet: must be a table, [quiet]"),
        (LEAST + '[quiet]\nstart = "25:00"', 'courts/r.toml: [quiet] start: must be a time of day such as "20:00"'),
        (LEAST + "[quiet]\nstart = 20", 'courts/r.toml: [quiet] start: must be a time of day such as "20:00"'),
        (LEAST + '[quiet]\nstart = "08:00"', "courts/r.toml: [quiet] end: must differ from start"),
        (
            LEAST + '[quiet]\nbegin = "20:00"',
            "courts/r.toml: [quiet] begin: is not a key of this table; it knows end, jitter, start",
        ),
        (
            LEAST + "[brake]\nmoved_share = 20",
            "courts/r.toml: [brake] moved_share: must be a number above 0, at most 1",
        ),
        (LEAST + '[retention]\ntexts = "6d"', "courts/r.toml: [retention] texts: must be 7d or more"),
        (LEAST + '[retention]\npeople = "89d"', "courts/r.toml: [retention] people: must be 90d or more"),
        (
            LEAST + "[retention]\ninbound = 90",
            'courts/r.toml: [retention] inbound: must be a length of time such as "20m", "36h" or "2d"',
        ),
        (
            LEAST + '[retention]\nmessages = "90d"',
            f"courts/r.toml: [retention] messages: is not a key of this table; it knows {', '.join(sorted(Kept))}",
        ),
        (LEAST + "[brake]\nat_least = 0", "courts/r.toml: [brake] at_least: must be a whole number from 1 to 1000000"),
        (LEAST + "[reminder]\nkey = 'a'", "courts/r.toml: reminder: must be written as [[reminder]]"),
        (LEAST + "[mapping]\nnightly = 3", "courts/r.toml: [mapping] nightly: must be a table, [mapping.nightly]"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_court("r", text, source="courts/r.toml")

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("key = 'a'\npurpose = 'plan'", "[[reminder 1]] days_before: set either days_before or hours_before"),
        (
            "key = 'a'\npurpose = 'plan'\ndays_before = 1\nhours_before = 1",
            "[[reminder 1]] days_before: set either days_before or hours_before",
        ),
        (
            "key = 'a'\npurpose = 'plan'\nhours_before = 1\nat = '10:00'",
            "[[reminder 1]] at: goes with days_before only",
        ),
        ("purpose = 'plan'\ndays_before = 1", "[[reminder 1]] key: must be set"),
        (
            "key = 'A b'\npurpose = 'plan'\ndays_before = 1",
            "[[reminder 1]] key: must be a short name in lower-case letters, digits, - and _",
        ),
        (
            "key = 'a'\npurpose = 'nudge'\ndays_before = 1",
            "[[reminder 1]] purpose: must be one of set, consequence, plan, logistics, today",
        ),
        ("key = 'a'\ndays_before = 1", "[[reminder 1]] purpose: must be set"),
        (
            "key = 'a'\npurpose = 'plan'\ndays_before = 91",
            "[[reminder 1]] days_before: must be a whole number from 0 to 90",
        ),
        (
            "key = 'a'\npurpose = 'plan'\ndays_before = 1\nat = '22:00'",
            "[[reminder 1]] at: 22:00 lies in the quiet hours, when nothing leaves",
        ),
        (
            "key = 'a'\npurpose = 'plan'\ndays_before = 1\nroles = ['juror']",
            f"[[reminder 1]] roles: must be some of {', '.join(Role)}",
        ),
        (
            "key = 'a'\npurpose = 'plan'\ndays_before = 1\n[[reminder]]\nkey = 'a'\npurpose = 'plan'\ndays_before = 2",
            "[[reminder 1]] key: 'a' is given to two reminders",
        ),
    ],
)
def test_a_reminder_that_could_not_work_is_refused(lines: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_court("r", f"{LEAST}\n[[reminder]]\n{lines}\n", source="r.toml")

    assert str(caught.value).startswith(f"r.toml: {message}")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("channel = 'fax'", "channel: must be one of sms, telegram"),
        (
            "channel = 'sms'\nsender = 'COURT'",
            "sender: must be a messaging service (MG and 32 digits) or a number like +19075550100",
        ),
        ("channel = 'sms'\nrate = 0", "rate: must be a number above 0, at most 1000"),
        ("channel = 'sms'\nburst = 1.5", "burst: must be a whole number from 1 to 1000"),
        (
            "channel = 'sms'\nspeed = 1",
            "speed: is not a key of this table; it knows burst, channel, per_endpoint, rate, sender",
        ),
    ],
)
def test_a_sender_that_could_not_work_is_refused(lines: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_court("r", f"{LEAST}\n[[sender]]\n{lines}\n", source="r.toml")

    assert str(caught.value) == f"r.toml: [[sender 1]] {message}"


@given(st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1).filter(lambda key: key not in known_keys()))
def test_no_unknown_key_is_ever_passed_over(key: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a key of this table"):
        read_court("r", with_line(f'{key} = "x"'))


@pytest.mark.parametrize("key", ["", "Riverton", "river ton", "../riverton", "-a"])
def test_a_file_name_that_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInputError, match="lower-case letters, digits and -"):
        read_court(key, LEAST)


def test_what_is_not_toml_is_refused_with_its_line() -> None:
    with pytest.raises(InvalidInputError, match=r"r\.toml: is not TOML: .*line 2"):
        read_court("r", "name = 'x'\nzone = \n")


@pytest.mark.parametrize(
    ("at", "quiet"),
    [("12:59", 'start = "13:00"\nend = "15:00"'), ("15:00", 'start = "13:00"\nend = "15:00"'), ("08:00", "")],
)
def test_a_reminder_at_the_edge_of_quiet_hours_is_fine(at: str, quiet: str) -> None:
    rule = f'[[reminder]]\nkey = "a"\npurpose = "plan"\ndays_before = 1\nat = "{at}"\n'
    assert read_court("r", f"{LEAST}\n[quiet]\n{quiet}\n{rule}").rules[0].at == time.fromisoformat(at)


def test_the_example_that_usher_ships_is_a_court() -> None:
    court = read_court("example", example_court())

    assert court.languages[0] == "en"
    assert "555" in court.phone, "an invented number"


def test_a_folder_of_court_files_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "riverton.toml").write_text(LEAST, encoding="utf-8")
    (tmp_path / "lakeside.toml").write_text(FULL, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a court", encoding="utf-8")

    courts = read_court_files(tmp_path)

    assert list(courts) == ["lakeside", "riverton"]
    assert courts["riverton"] == (read_court("riverton", LEAST), LEAST)


def test_a_folder_without_court_files_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="usher init"):
        read_court_files(tmp_path / "absent")


def test_a_mapping_that_could_not_read_a_feed_is_refused_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "riverton.toml"
    path.write_text(LEAST + "[mapping.nightly.columns]\nstarts_at = 4\n", encoding="utf-8")

    with pytest.raises(
        InvalidInputError, match=r"riverton\.toml: \[mapping\.nightly\.columns\] case_number: must be set"
    ):
        read_court_file(path)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "riverton.toml"
    path.write_bytes('name = "Tribunal de Niñez"'.encode("latin-1"))

    with pytest.raises(InvalidInputError, match="is not UTF-8 at byte"):
        read_court_file(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_court_file(tmp_path / "riverton.toml")
