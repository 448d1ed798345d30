"""How one feed says what we call a case number, a start, a courtroom: a mapping, read from the court's TOML file."""

import codecs
from collections.abc import Mapping as Items
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from domain.errors import InvalidInputError
from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.roles import Role
from domain.toml_table import Table

ColumnRef: TypeAlias = str | int
"""A column of the file: its name in the header, or its position, from 1."""


class Field(StrEnum):
    """What a column of a calendar may hold. The native CSV has those of NATIVE, under these names."""

    COURT = "court"
    CASE_NUMBER = "case_number"
    CASE_KIND = "case_kind"
    CONFIDENTIALITY = "confidentiality"
    HEARING_ID = "hearing_id"
    HEARING_KIND = "hearing_kind"
    STARTS_AT = "starts_at"
    DATE = "date"
    TIME = "time"
    COURTROOM = "courtroom"
    PLACE = "place"
    JUDGE = "judge"
    MODE = "mode"
    JOIN_URL = "join_url"
    STATUS = "status"
    PARTY_ID = "party_id"
    ROLE = "role"
    NAME = "name"  # "DOE, JANE" or "Jane Doe" in one column
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    LANGUAGE = "language"
    PHONE = "phone"
    PHONE_TYPE = "phone_type"
    TELEGRAM_TOKEN = "telegram_token"  # noqa: S105 - a column's name
    BIRTH_DATE = "birth_date"
    IN_CUSTODY = "in_custody"
    MINOR = "minor"


NOT_NATIVE = frozenset({Field.DATE, Field.TIME, Field.PLACE, Field.NAME, Field.PHONE_TYPE})
NATIVE = tuple(one for one in Field if one not in NOT_NATIVE)
NATIVE_NEEDS = (Field.COURT, Field.CASE_NUMBER, Field.STARTS_AT)
PARTY = tuple(Field)[tuple(Field).index(Field.PARTY_ID) :]
FLAGS = frozenset({Field.IN_CUSTODY, Field.MINOR})
TARGETS: dict[Field, type[StrEnum]] = {
    Field.MODE: Mode,
    Field.STATUS: HearingStatus,
    Field.ROLE: Role,
    Field.CONFIDENTIALITY: Confidentiality,
}
"""Columns whose values mean one of our words."""


class DateOrder(StrEnum):
    """How the numbers of a date follow one another."""

    MONTH_DAY_YEAR = "month-day-year"
    DAY_MONTH_YEAR = "day-month-year"
    YEAR_MONTH_DAY = "year-month-day"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarMapping:
    """How to read one feed.

    `values` turn what the feed says (compared without case and outer blanks) into what we say. `id_columns` together
    form the feed's own id of a hearing. A row is left out when a column of `skip` holds one of its values. `complete`
    says that a hearing which the feed no longer shows is off. Without `date_order` only ISO dates can be read.
    `midnight_is_real`: elsewhere 00:00 is how a feed says that it has no time.
    """

    name: str
    columns: Items[Field, ColumnRef]
    constants: Items[Field, str] = field(default_factory=dict)
    values: Items[Field, Items[str, str]] = field(default_factory=dict)
    id_columns: tuple[ColumnRef, ...] = ()
    skip: Items[ColumnRef, frozenset[str]] = field(default_factory=dict)
    delimiter: str = ","
    encoding: str = "utf-8"
    header: bool = True
    date_order: DateOrder | None = None
    complete: bool = False
    midnight_is_real: bool = False

    @property
    def is_native(self) -> bool:
        """Whether it is Usher's own format."""
        return self is NATIVE_MAPPING


NATIVE_MAPPING = CalendarMapping(name="native", columns={one: one.value for one in NATIVE})
KEYS = frozenset(
    {"columns", "constants", "values", "skip", "delimiter", "encoding", "header", "date_order", "complete"}
    | {"hearing_id_from", "midnight_is_real"}
)


def read_mapping(name: str, raw: Items[str, object], *, source: str) -> CalendarMapping:
    """Read `[mapping.NAME]` of a court's file; `source` is how mistakes name that file.

    Raises:
        InvalidInputError: At the first thing that is missing, unknown or wrong, with its place.
    """
    table = Table(raw, source, f"mapping.{name}")
    table.refuse_the_rest(KEYS)
    header = table.truth("header", default=True)
    mapping = CalendarMapping(
        name=name,
        columns=_columns(table.table("columns"), header=header),
        constants=_constants(table.table("constants")),
        values=_values(table.table("values")),
        id_columns=_refs(table, "hearing_id_from", header=header),
        skip=_skip(table.table("skip"), header=header),
        delimiter=_delimiter(table),
        encoding=_encoding(table),
        header=header,
        date_order=table.member("date_order", DateOrder) if table.has("date_order") else None,
        complete=table.truth("complete", default=False),
        midnight_is_real=table.truth("midnight_is_real", default=False),
    )
    _check_whole(table, mapping)
    return mapping


def _columns(table: Table, *, header: bool) -> dict[Field, ColumnRef]:
    table.refuse_the_rest(frozenset(Field))
    return {Field(key): _ref(table, key, found, header=header) for key, found in table.entries.items()}


def _ref(table: Table, key: str, found: object, *, header: bool) -> ColumnRef:
    if isinstance(found, int) and not isinstance(found, bool) and found >= 1:
        return found
    if not header:
        raise table.wrong(key, "must be the column's position, from 1: this feed has no header")
    if not isinstance(found, str) or not found.strip():
        raise table.wrong(key, "must be the column's name in the header, or its position, from 1")
    return found.strip()


def _refs(table: Table, key: str, *, header: bool) -> tuple[ColumnRef, ...]:
    found = table.entries.get(key, [])
    if not isinstance(found, list):
        raise table.wrong(key, "must be a list of columns")
    return tuple(_ref(table, key, one, header=header) for one in found)


def _constants(table: Table) -> dict[Field, str]:
    table.refuse_the_rest(frozenset(Field))
    constants = {Field(key): table.text(key) for key in table.entries}
    for one, text in constants.items():
        _check_target(table, one, text, key=one)
    return constants


def _values(table: Table) -> dict[Field, dict[str, str]]:
    table.refuse_the_rest(frozenset(Field))
    found: dict[Field, dict[str, str]] = {}
    for key in table.entries:
        words = table.table(key)
        found[Field(key)] = {feeds.strip().casefold(): words.text(feeds, default="") for feeds in words.entries}
        for feeds in words.entries:
            _check_target(words, Field(key), words.text(feeds, default=""), key=feeds)
    return found


def _check_target(table: Table, one: Field, text: str, *, key: str) -> None:
    allowed = {"true", "false"} if one in FLAGS else set(TARGETS.get(one, ()))
    if allowed and text and text not in allowed:
        raise table.wrong(key, f"must be one of {', '.join(sorted(allowed))}")


def _skip(table: Table, *, header: bool) -> dict[ColumnRef, frozenset[str]]:
    found: dict[ColumnRef, frozenset[str]] = {}
    for key in table.entries:
        ref: ColumnRef = int(key) if key.isdecimal() else key
        words = table.texts(key, ())
        found[_ref(table, key, ref, header=header)] = frozenset(word.strip().casefold() for word in words)
    return found


def _delimiter(table: Table) -> str:
    found = table.entries.get("delimiter", ",")
    if not isinstance(found, str) or len(found) != 1 or found in '"\r\n' or not found.isascii():
        raise table.wrong("delimiter", 'must be one character, such as "," or "|" or "\\t"')
    return found


def _encoding(table: Table) -> str:
    found = table.text("encoding", default="utf-8")
    try:
        return codecs.lookup(found).name
    except LookupError:
        raise table.wrong("encoding", "must be an encoding such as utf-8 or cp1252") from None


def _check_whole(table: Table, mapping: CalendarMapping) -> None:
    """See that what every hearing needs can be found, each once."""
    mapped = {*mapping.columns, *mapping.constants}
    columns = table.table("columns")
    if both := sorted(set(mapping.columns) & set(mapping.constants)):
        raise table.wrong(f"constants.{both[0]}", "is a column of the file already")
    if Field.CASE_NUMBER not in mapping.columns:
        raise columns.wrong(Field.CASE_NUMBER, "must be set")
    if Field.STARTS_AT in mapped and mapped & {Field.DATE, Field.TIME}:
        raise columns.wrong(Field.STARTS_AT, "goes without date and time: it holds both")
    if Field.STARTS_AT not in mapped and not {Field.DATE, Field.TIME} <= mapped:
        raise columns.wrong(Field.STARTS_AT, "must be set, or both date and time")
    if mapping.id_columns and Field.HEARING_ID in mapped:
        raise table.wrong("hearing_id_from", "goes without columns.hearing_id")
    if Field.NAME in mapped and mapped & {Field.GIVEN_NAME, Field.FAMILY_NAME}:
        raise columns.wrong(Field.NAME, "goes without given_name and family_name: it holds both")
    if Field.COURT in mapping.values and Field.COURT not in mapping.columns:
        raise table.wrong("values.court", "needs columns.court")
    if any(one in mapped for one in PARTY if one is not Field.ROLE) and Field.ROLE not in mapped:
        raise columns.wrong(Field.ROLE, 'must be set where people are; or as a constant, role = "defendant"')


def no_date_order(mapping: CalendarMapping, line: int) -> InvalidInputError:
    """Make the error for a date that could be read in two ways: nobody guesses it."""
    if mapping.is_native:
        why = "starts_at must be written like 2026-06-01T09:00; for other dates a mapping says their order"
        return InvalidInputError(f"line {line}", why)
    orders = ", ".join(DateOrder)
    return InvalidInputError(
        f"[mapping.{mapping.name}] date_order", f"must be set, the date on line {line} is not ISO: one of {orders}"
    )
