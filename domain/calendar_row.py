"""One row of a calendar, read: a hearing and perhaps one party of it, or the column that is wrong and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, NoReturn, TypeAlias, TypeVar

from domain import case_number, names
from domain.calendar_time import NoOrderError, StartReader, read_date
from domain.calendar_words import MODES, ROLES, SECRECY, STATUSES, YES_OR_NO
from domain.court import Court
from domain.errors import InvalidInputError
from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.mapping import NATIVE, NATIVE_NEEDS, CalendarMapping, ColumnRef, Field, no_date_order
from domain.roles import Role

Member = TypeVar("Member")
LONGEST = {
    Field.CASE_NUMBER: 64,
    Field.CASE_KIND: 64,
    Field.HEARING_ID: 96,
    Field.HEARING_KIND: 96,
    Field.JUDGE: 96,
    Field.COURTROOM: 128,
    Field.PLACE: 160,
    Field.JOIN_URL: 512,
    Field.PARTY_ID: 80,
    Field.TELEGRAM_TOKEN: 64,
}
"""Characters: what the columns of the database hold; longer is no such thing but a slip of the feed."""
SHORTEST_LIMIT = min(LONGEST.values())
NAME_LONGEST = 120
PEOPLE = frozenset({Field.PARTY_ID, Field.PHONE, Field.TELEGRAM_TOKEN, Field.NAME, Field.FAMILY_NAME, Field.GIVEN_NAME})
"""Columns of which any one in a file means that its rows name people."""


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row cannot be read. `column` is ours, or the feed's name for it; the reason quotes nothing of the row."""

    column: str
    reason: str


class PartyFields(NamedTuple):
    """What a row says of one party, as the feed writes it, without outer blanks."""

    party_id: str
    role: Role
    given: str
    family: str
    language: str
    phone: str
    phone_type: str
    token: str
    birth_date: str
    in_custody: bool
    minor: bool


class HearingFields(NamedTuple):
    """What a row says of a hearing: what matters to people first, then what only the desk sees."""

    starts_at: datetime
    status: HearingStatus
    courtroom: str | None
    place: str | None
    mode: Mode
    join_url: str | None
    external_id: str | None
    kind: str | None
    judge: str | None


class CalendarRow(NamedTuple):
    """One row, read. `court` is a court's key; `confidentiality` is None where the feed does not say."""

    court: str
    number: str
    folded: str
    case_kind: str | None
    confidentiality: Confidentiality | None
    hearing: HearingFields
    party: PartyFields | None


class Place(NamedTuple):
    """Where a row belongs: a court's key, a folded case number, an instant (UTC)."""

    court: str
    folded: str
    starts_at: datetime


Cells: TypeAlias = Sequence[str]


class RowReader:
    """Reads the rows of one file.

    Args:
        mapping: How the feed says things.
        header: The cells of its first line; None when it has none.
        courts: The courts a row may belong to, by key.
        default: The key of the court that rows without a court column belong to.

    Raises:
        InvalidInputError: If a column that the mapping names is not in the header, or is there twice.
    """

    def __init__(
        self, mapping: CalendarMapping, header: Cells | None, *, courts: Mapping[str, Court], default: str
    ) -> None:
        self._mapping = mapping
        self._default = default
        self._places = _places(mapping, header)
        self._widest = max((*self._places.values(), -1)) + 1
        self._width = None if header is None else len(header)
        self._picks = tuple((self._places.get(one, -1), mapping.constants.get(one, "")) for one in Field)
        self._means = tuple((tuple(Field).index(one), words) for one, words in mapping.values.items())
        self._id_places = tuple(_place(ref, header, mapping) for ref in mapping.id_columns)
        self._skips = tuple((_place(ref, header, mapping), words) for ref, words in mapping.skip.items())
        self._starts = {
            key: StartReader(court.zone, mapping.date_order, midnight_is_real=mapping.midnight_is_real)
            for key, court in courts.items()
        }
        self._has_people = not PEOPLE.isdisjoint(self._places)
        self._has_court = Field.COURT in self._places
        self._starts_in_one = Field.STARTS_AT in self._places

    def is_skipped(self, cells: Cells) -> bool:
        """Whether the mapping leaves this row out, or nothing stands in it."""
        if not any(cells):
            return True
        return any(place < len(cells) and cells[place].strip().casefold() in words for place, words in self._skips)

    def place(self, cells: Cells) -> Place | None:
        """Say where a row belongs without reading the rest of it; None where that cannot be told."""
        if len(cells) < self._widest:
            return None
        try:
            court = self._court(self._meant(Field.COURT, cells), cells) if self._has_court else self._default
            folded = case_number.fold(self._meant(Field.CASE_NUMBER, cells))
            starts_at = self._start(
                self._starts[court],
                self._meant(Field.STARTS_AT, cells),
                self._meant(Field.DATE, cells),
                self._meant(Field.TIME, cells),
            )
        except (NoOrderError, _BadCellError):
            return None
        return Place(court, folded, starts_at) if folded else None

    def read(self, cells: Cells, *, line: int) -> CalendarRow | RowError:
        """Read one row.

        Raises:
            InvalidInputError: If its date could be read in two ways and the mapping does not say which: then no row
                of this file can be trusted.
        """
        if "\0" in "".join(cells):
            return RowError("", "has a character in it that belongs to no text (NUL)")
        try:
            return self._row(cells)
        except NoOrderError:
            raise no_date_order(self._mapping, line) from None
        except _BadCellError as error:
            return RowError(error.column, error.reason)

    def _row(self, cells: Cells) -> CalendarRow:
        said = self._said(cells)
        number = said.case_number or _bad(Field.CASE_NUMBER, "is empty")
        folded = case_number.fold(number) or _bad(Field.CASE_NUMBER, "has no letter and no digit")
        if len(number) > LONGEST[Field.CASE_NUMBER]:
            _bad(Field.CASE_NUMBER, f"is longer than {LONGEST[Field.CASE_NUMBER]} characters")
        court = self._court(said.court, cells) if self._has_court else self._default
        return CalendarRow(
            court,
            number,
            folded,
            _text(Field.CASE_KIND, said.case_kind),
            _word(Field.CONFIDENTIALITY, SECRECY, said.confidentiality),
            self._hearing(said, cells, self._starts[court]),
            self._party(said) if self._has_people else None,
        )

    def _said(self, cells: Cells) -> "_Said":
        """Take every field's cell, or its constant, and put the mapping's own words in the place of the feed's."""
        self._check_width(cells)
        said = [cells[place].strip() if place >= 0 else constant for place, constant in self._picks]
        if not "".join(said).isascii():
            _check_readable(said)
        for place, words in self._means:
            said[place] = words.get(said[place].casefold(), said[place])
        return _Said(*said)

    def _hearing(self, said: "_Said", cells: Cells, reader: StartReader) -> HearingFields:
        return HearingFields(
            self._start(reader, said.starts_at, said.date, said.time),
            _word(Field.STATUS, STATUSES, said.status) or HearingStatus.SCHEDULED,
            _text(Field.COURTROOM, said.courtroom),
            _text(Field.PLACE, said.place),
            _word(Field.MODE, MODES, said.mode) or Mode.IN_PERSON,
            _text(Field.JOIN_URL, said.join_url),
            self._composed_id(cells) if self._id_places else _text(Field.HEARING_ID, said.hearing_id),
            _text(Field.HEARING_KIND, said.hearing_kind),
            _text(Field.JUDGE, said.judge),
        )

    def _party(self, said: "_Said") -> PartyFields | None:
        given, family = said.given_name, said.family_name
        if said.name:
            parts = names.split(said.name)
            given, family = parts.given, parts.family
        if not (said.party_id or said.phone or said.telegram_token or given or family):
            return None
        if len(given) + len(family) > NAME_LONGEST:
            _bad(Field.NAME, f"is longer than {NAME_LONGEST} characters")
        return PartyFields(
            _text(Field.PARTY_ID, said.party_id) or "",
            _word(Field.ROLE, ROLES, said.role) or _bad(Field.ROLE, "is empty, but the row names a person"),
            given,
            family,
            said.language,
            said.phone,
            said.phone_type,
            _text(Field.TELEGRAM_TOKEN, said.telegram_token) or "",
            self._birth_date(said.birth_date) if said.birth_date else "",
            _word(Field.IN_CUSTODY, YES_OR_NO, said.in_custody) or False,
            _word(Field.MINOR, YES_OR_NO, said.minor) or False,
        )

    def _meant(self, one: Field, cells: Cells) -> str:
        """Return what one cell, or its constant, means in the mapping's words."""
        place = self._places.get(one)
        said = self._mapping.constants.get(one, "") if place is None else cells[place].strip()
        words = self._mapping.values.get(one)
        return said if words is None else words.get(said.casefold(), said)

    def _start(self, reader: StartReader, starts_at: str, date: str, time: str) -> datetime:
        try:
            return reader.of_one(starts_at) if self._starts_in_one else reader.of_two(date, time)
        except NoOrderError:
            raise
        except ValueError as error:
            why, *column = error.args
            one = Field.STARTS_AT if self._starts_in_one else Field(column[0] if column else Field.DATE)
            raise _BadCellError(one, str(why)) from None

    def _composed_id(self, cells: Cells) -> str:
        parts = [cells[place].strip() for place in self._id_places]
        whole = "|".join(parts) if all(parts) else _bad(Field.HEARING_ID, "has an empty part")
        return whole if len(whole) <= LONGEST[Field.HEARING_ID] else _bad(Field.HEARING_ID, "is too long")

    def _court(self, court: str, cells: Cells) -> str:
        feeds = cells[self._places[Field.COURT]].strip()
        words = self._mapping.values.get(Field.COURT)
        if not feeds:
            _bad(Field.COURT, "is empty")
        if (words and feeds.casefold() not in words) or court not in self._starts:
            _bad(Field.COURT, "is none of the courts that the mapping or the installation knows")
        return court

    def _birth_date(self, text: str) -> str:
        try:
            return read_date(text, self._mapping.date_order, of_birth=True).isoformat()
        except NoOrderError:
            raise
        except ValueError as error:
            raise _BadCellError(Field.BIRTH_DATE, str(error)) from None

    def _check_width(self, cells: Cells) -> None:
        if len(cells) < self._widest:
            _bad("", f"has {len(cells)} columns where {self._widest} are needed")
        if self._width is not None and len(cells) > self._width and any(cells[self._width :]):
            _bad("", f"has {len(cells)} columns where the header has {self._width}")


class _Said(NamedTuple):
    """What a row says in each field, in the order of Field."""

    court: str
    case_number: str
    case_kind: str
    confidentiality: str
    hearing_id: str
    hearing_kind: str
    starts_at: str
    date: str
    time: str
    courtroom: str
    place: str
    judge: str
    mode: str
    join_url: str
    status: str
    party_id: str
    role: str
    name: str
    given_name: str
    family_name: str
    language: str
    phone: str
    phone_type: str
    telegram_token: str
    birth_date: str
    in_custody: str
    minor: str


class _BadCellError(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason


def _bad(column: str, reason: str) -> NoReturn:
    raise _BadCellError(column, reason)


def _text(one: Field, text: str) -> str | None:
    if not text:
        return None
    if len(text) > SHORTEST_LIMIT and len(text) > LONGEST[one]:
        _bad(one, f"is longer than {LONGEST[one]} characters")
    return text


def _word(one: Field, words: Mapping[str, Member], said: str) -> Member | None:
    if not said:
        return None
    if said not in words:
        said = said.casefold()
        if said not in words:
            _bad(one, f"is not a word we know; [mapping.….values.{one}] can say what it means")
    return words[said]


def _check_readable(said: Sequence[str]) -> None:
    """See that cells were in the encoding that the mapping says; bytes that were not came as lone surrogates."""
    for one, text in zip(Field, said, strict=True):
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            _bad(one, "is not in the encoding that the mapping states")


def _places(mapping: CalendarMapping, header: Cells | None) -> dict[Field, int]:
    """Find where each field stands, from 0."""
    if not mapping.is_native or header is None:
        return {one: _place(ref, header, mapping) for one, ref in mapping.columns.items()}
    names = [_folded(cell) for cell in header]
    for place, name in enumerate(names, start=1):
        if name not in set(NATIVE):
            raise InvalidInputError("line 1", f"column {place} is none of the native ones: {', '.join(NATIVE)}")
    found = {one: _place(one.value, header, mapping) for one in NATIVE if one.value in names}
    for one in NATIVE_NEEDS:
        if one not in found:
            raise InvalidInputError("line 1", f"has no column {one}; if this is a feed of its own, give --mapping")
    return found


def _place(ref: ColumnRef, header: Cells | None, mapping: CalendarMapping) -> int:
    if isinstance(ref, int):
        return ref - 1
    names = [_folded(cell) for cell in header or ()]
    if names.count(_folded(ref)) != 1:
        how = "twice" if _folded(ref) in names else "no"
        why = f"has {how} column {ref!r}" if how == "no" else f"has the column {ref!r} twice"
        raise InvalidInputError("line 1", f"{why}, which [mapping.{mapping.name}] names")
    return names.index(_folded(ref))


def _folded(cell: str) -> str:
    return cell.strip().casefold()
