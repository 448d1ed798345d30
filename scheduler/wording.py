"""How a notice becomes words: at the last moment, from present facts, in its reader's language."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.court import Court
from domain.delivery import MOST_CHARACTERS, Address, ChannelName
from domain.disclosure import Fact, Proof, visible_facts
from domain.hearing import Appearance, ChangeKind, Confidentiality
from domain.letter import CourtFace, HearingFacts, Letter
from domain.notice import NoticeKind
from domain.phone import is_local
from domain.record import record
from domain.roles import Role
from domain.sms import measure
from locales.errors import UnspeakableError
from locales.letters import compose
from locales.reader import Reader, reader
from storage import endpoints, notices
from storage.database import vault_of
from storage.letters import LetterRow, Surroundings


@record(frozen=True, slots=True)
class Worded:
    """A text that is ready to leave, to whom, the language it was made for, and what it costs its lane."""

    to: Address
    text: str
    language: str
    segments: int


def word_together(
    connection: Connection, rows: Sequence[LetterRow], around: Surroundings, court: Court, *, now: datetime
) -> tuple[Sequence[LetterRow], Worded]:
    """Put a notice, and as many of those beside it as go into one text, into words; return which these are.

    Where one of them cannot be said, whichever it is, the first leaves alone: the others speak for themselves.

    Raises:
        UnspeakableError: If not even the first can be said whole and right.
        InvalidInputError: If what is sealed cannot be opened.
    """
    most = MOST_CHARACTERS[rows[0].channel]
    while True:
        try:
            worded = word(connection, rows, around, court, now=now)
        except UnspeakableError:
            if len(rows) == 1:
                raise
            rows = rows[:1]
            continue
        if (length := len(worded.text)) <= most:
            return rows, worded
        if len(rows) == 1:
            raise UnspeakableError("it is longer than a text may be")
        rows = rows[: max(len(rows) * most // length, 1)]


def word(
    connection: Connection, rows: Sequence[LetterRow], around: Surroundings, court: Court, *, now: datetime
) -> Worded:
    """Put a notice and those that travel with it into one text.

    Raises:
        UnspeakableError: If it cannot be said whole and right; then nothing may leave.
        InvalidInputError: If what is sealed cannot be opened.
    """
    lead = rows[0]
    if not lead.address or (lead.kind is NoticeKind.REPLY and lead.text is None):
        raise UnspeakableError("removed")  # forgotten since; nobody is guessed at
    to = Address(lead.channel, vault_of(connection).open(lead.address, endpoints.ADDRESS))
    whom = _reader(lead, to, court)
    if lead.kind is NoticeKind.REPLY:
        text = vault_of(connection).open(lead.text, notices.TEXT)
    else:
        text = compose(_letter(connection, rows, around, court), whom, now=now)
    segments = measure(text).count if lead.channel is ChannelName.SMS else 1
    return Worded(to, text, whom.language, segments)


def names_zone_to(address: Address, court: Court) -> bool:
    """Return whether a time sent there must say whose it is: to phones from elsewhere, where the court's file knows."""
    if not court.local_area_codes or address.channel is not ChannelName.SMS:
        return False
    return not is_local(address.value, region=court.region, area_codes=court.local_area_codes)


def _reader(row: LetterRow, to: Address, court: Court) -> Reader:
    """Return who reads: in the language chosen on this phone, else the person's, else the court's first."""
    language = row.endpoint_language or row.person_language or court.lead_language
    return reader(language, names_zone=names_zone_to(to, court))


def _letter(connection: Connection, rows: Sequence[LetterRow], around: Surroundings, court: Court) -> Letter:
    lead = rows[0]
    before = around.told.get((lead.hearing_id, lead.told_revision))
    hearings = [_facts(row, row) for row in rows if _is_told(row)]
    if len(hearings) > 1:
        hearings.sort(key=lambda facts: facts.starts_at)
    return Letter(
        kind=lead.kind,
        court=_face(court),
        role=lead.role or Role.FOLLOWER,
        hearings=tuple(hearings),
        purpose=lead.purpose,
        before=None if before is None else _facts(lead, before),
        changed=frozenset(map(ChangeKind, lead.changed.split(","))) if lead.changed else frozenset(),
        first_contact=(lead.endpoint_id, lead.court_id) not in around.written,
        asks_attendance=any(row.asks_attendance for row in rows),
        subject_number=_subject(connection, lead),
    )


def _is_told(row: LetterRow) -> bool:
    """Whether a text tells the hearing as it is now: one that is called off is no truth to correct an old text by."""
    if row.hearing_id is None:
        return False
    is_on: bool = row.status.is_on
    return is_on or row.kind is not NoticeKind.CORRECTION


def _facts(row: LetterRow, appearance: Appearance | LetterRow) -> HearingFacts:
    """Return a hearing as it may be told, from a revision or straight from a letter's row; the gate let it through.

    Who only follows or watches is told no more than whoever asks.
    """
    return HearingFacts(
        case_number=row.number,
        starts_at=appearance.starts_at,
        courtroom=appearance.courtroom,
        place=appearance.place,
        mode=appearance.mode,
        join_url=appearance.join_url if _takes_part(row) else None,
    )


def _takes_part(row: LetterRow) -> bool:
    confidentiality = row.confidentiality or Confidentiality.PUBLIC
    return Fact.JOIN_URL in visible_facts(row.role, confidentiality, proof=Proof.POSSESSION)


def _subject(connection: Connection, row: LetterRow) -> str | None:
    """Return the number a text is about: the case's, or the one that was watched for in vain."""
    if row.text is not None:
        return vault_of(connection).open(row.text, notices.TEXT)
    number: str | None = row.number
    return number


def _face(court: Court) -> CourtFace:
    return CourtFace(
        name=court.name, short_name=court.short_name, address=court.address, phone=court.phone, zone=court.zone
    )
