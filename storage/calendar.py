"""The calendar as an import meets it: cases, their hearings and parties, read and written many at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, String, bindparam, cast, func, insert, literal, select, tuple_, update

from domain.calendar_diff import KnownHearing
from domain.calendar_row import HearingFields
from domain.hearing import Confidentiality, HearingStatus
from domain.roles import Role
from storage.bulk import insert_rows, take_ids
from storage.columns import UtcDateTime
from storage.fed_rows import NOT_FED, CaseKey, Remembered
from storage.prepared import Prepared, one_of
from storage.schema import case, hearing, hearing_party, hearing_revision, participation, person
from storage.staging import CHUNK

AnyRow = Row[*tuple[Any, ...]]
APPEARANCE = ("starts_at", "status", "courtroom", "place", "mode", "join_url")
FIELDS = (*APPEARANCE, "external_id", "kind", "judge")
_REVISION = ("hearing_id", "revision", *APPEARANCE, "made_at", "source")


class Coming(NamedTuple):
    """How far a walk through coming hearings has come: their order is that of their starts, then of their ids.

    Without an id it has passed all that begin at that instant.
    """

    starts_at: datetime
    id: int = 2**63 - 1


@dataclass(frozen=True, slots=True)
class KnownParty:
    """A part in a case as stored: whose, and a digest of what the feed last said of it."""

    participation_id: int
    person_id: int
    role: Role
    digest: bytes | None
    is_live: bool


@dataclass(slots=True, kw_only=True)
class KnownCase:
    """A case as stored, with all its hearings, its parties by (party key, role), and who comes to which hearing."""

    id: int
    number: str
    kind: str | None
    confidentiality: Confidentiality
    fed: Remembered = NOT_FED
    hearings: list[KnownHearing] = field(default_factory=list)
    parties: dict[tuple[str, Role], KnownParty] = field(default_factory=dict)
    links: set[tuple[int, int]] = field(default_factory=set)


def load(connection: Connection, keys: Collection[CaseKey]) -> dict[CaseKey, KnownCase]:
    """Read those of the cases that there are."""
    numbers: dict[int, list[str]] = defaultdict(list)
    for court_id, folded in keys:
        numbers[court_id].append(folded)
    found: dict[CaseKey, KnownCase] = {}
    for court_id, folded_of in numbers.items():
        of_court = _CASES.all(connection, court=court_id, numbers=folded_of)
        for case_id, folded, number, kind, secrecy, rows, hearings in of_court:
            found[court_id, folded] = KnownCase(
                id=case_id, number=number, kind=kind, confidentiality=secrecy, fed=(rows, hearings)
            )
    by_id = {known.id: known for known in found.values()}
    if by_id:
        _load_hearings(connection, by_id)
        _load_parties(connection, by_id)
    return found


def coming_counts(connection: Connection, feed: str, *, now: datetime) -> dict[int, int]:
    """Return for each court how many hearings of a feed are on and still to come."""
    query = select(hearing.c.court_id, func.count().label("coming")).where(*_coming(feed, now))
    return {row.court_id: row.coming for row in connection.execute(query.group_by(hearing.c.court_id))}


def coming_cases(connection: Connection, *, feed: str, court_id: int, after: Coming) -> tuple[str, Coming | None]:
    """Return some cases with coming hearings of a feed, those after hearing `after`, and the last of these.

    The cases' ids are a list in JSON, for there are many and hardly any is looked at. No last one: there are no more.
    The walk goes along the index of a court's hearings by their start, from the minute where it has come to: one other
    bound of their start beside it, and SQLite may begin each step there.
    """
    some = (
        select(hearing.c.id, hearing.c.starts_at, hearing.c.case_id)
        .where(
            *_on(feed),
            hearing.c.court_id == court_id,
            tuple_(hearing.c.starts_at, hearing.c.id) > tuple_(literal(after.starts_at, UtcDateTime), after.id),
        )
        .order_by(hearing.c.starts_at, hearing.c.id)
        .limit(CHUNK)
        .cte("some")
    )
    is_sqlite = connection.dialect.name == "sqlite"
    ids = cast((func.json_group_array if is_sqlite else func.json_agg)(some.c.case_id), String)
    last = select(some.c.id).order_by(some.c.starts_at.desc(), some.c.id.desc()).limit(1).scalar_subquery()
    found, starts_at, hearing_id = connection.execute(select(ids, func.max(some.c.starts_at), last)).one()
    return ("[]", None) if starts_at is None else (found, Coming(starts_at, hearing_id))


def keys_of(connection: Connection, case_ids: Collection[int]) -> list[CaseKey]:
    """Return the keys of cases, by their ids, each once."""
    return [(court_id, folded) for court_id, folded in _KEYS.all(connection, ids=case_ids)]


def add_cases(
    connection: Connection,
    cases: Sequence[tuple[CaseKey, str, str | None, Confidentiality, Remembered]],
    *,
    now: datetime,
) -> list[int]:
    """Write new cases: key, number, kind, confidentiality and fed rows of each; return their ids."""
    ids = take_ids(connection, case, len(cases))
    rows = (
        (new_id, *key, number, kind, secrecy, *fed, now)
        for new_id, (key, number, kind, secrecy, fed) in zip(ids, cases, strict=True)
    )
    columns = (
        "id",
        "court_id",
        "folded",
        "number",
        "kind",
        "confidentiality",
        "fed_rows",
        "fed_hearings",
        "created_at",
    )
    insert_rows(connection, case, columns, rows)
    return list(ids)


def change_cases(connection: Connection, cases: Sequence[tuple[int, str | None, Confidentiality]]) -> None:
    """Set the kind and confidentiality of cases."""
    if cases:
        connection.execute(
            update(case)
            .where(case.c.id == bindparam("case"))
            .values(kind=bindparam("new_kind"), confidentiality=bindparam("secrecy")),
            [{"case": case_id, "new_kind": kind, "secrecy": secrecy} for case_id, kind, secrecy in cases],
        )


def add_hearings(
    connection: Connection,
    hearings: Sequence[tuple[int, int, HearingFields]],
    *,
    feed: str,
    source: str,
    now: datetime,
) -> list[int]:
    """Write new hearings, each as (case id, court id, fields), with their first revision; return their ids."""
    ids = take_ids(connection, hearing, len(hearings))
    columns = ("id", "case_id", "court_id", "feed", *FIELDS, "revision", "revised_at", "created_at")
    rows = (
        (new_id, case_id, court_id, feed, *fields, 1, now, now)
        for new_id, (case_id, court_id, fields) in zip(ids, hearings, strict=True)
    )
    insert_rows(connection, hearing, columns, rows)
    if ids:
        _FIRST_REVISIONS.run(connection, ids=ids, source=source)
    return list(ids)


def revise(
    connection: Connection,
    changes: Sequence[tuple[KnownHearing, HearingFields]],
    *,
    feed: str,
    source: str,
    now: datetime,
) -> None:
    """Give hearings their next revision, with all that the feed says of them."""
    if not changes:
        return
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("revision", *FIELDS)}
    connection.execute(
        update(hearing)
        .where(hearing.c.id == bindparam("hearing"))
        .values(revised_at=now, feed=feed, gone_at=None, **values),
        [
            {"hearing": known.id, "new_revision": known.revision + 1}
            | {f"new_{name}": value for name, value in zip(FIELDS, new, strict=True)}
            for known, new in changes
        ],
    )
    numbers = [(known.id, known.revision + 1, fields) for known, fields in changes]
    _add_revisions(connection, numbers, source=source, now=now)


def refresh(connection: Connection, changes: Sequence[tuple[KnownHearing, HearingFields]], *, feed: str) -> None:
    """Set what changes nothing for people: judge, kind, the feed's id, and that the feed shows it."""
    if changes:
        connection.execute(
            update(hearing)
            .where(hearing.c.id == bindparam("hearing"))
            .values(
                kind=bindparam("new_kind"),
                judge=bindparam("new_judge"),
                external_id=bindparam("feeds_id"),
                feed=feed,
                gone_at=None,
            ),
            [
                {"hearing": known.id, "new_kind": new.kind, "new_judge": new.judge, "feeds_id": new.external_id}
                for known, new in changes
            ],
        )


def mark_gone(connection: Connection, hearing_ids: Collection[int], *, now: datetime) -> None:
    """Note that a feed no longer shows hearings. Nobody is told: it is no cancellation."""
    if hearing_ids:
        _GONE.run(connection, ids=hearing_ids, now=now)


def link_parties(connection: Connection, links: Iterable[tuple[int, int]], *, now: datetime) -> None:
    """Make people parties of hearings: pairs of hearing and participation that are not there yet."""
    rows = ((hearing_id, participation_id, now) for hearing_id, participation_id in links)
    insert_rows(connection, hearing_party, ("hearing_id", "participation_id", "since"), rows)


def _load_hearings(connection: Connection, by_id: dict[int, KnownCase]) -> None:
    rows = _HEARINGS.all(connection, cases=by_id)
    fed = _fed_starts(connection, [hearing_id for hearing_id, _, _, _, _, by_staff, *_ in rows if by_staff is not None])
    for hearing_id, case_id, feed, revision, gone_at, staff_changed_at, *fields in rows:
        by_id[case_id].hearings.append(
            KnownHearing(
                id=hearing_id,
                fields=HearingFields(*fields),
                revision=revision,
                feed=feed,
                is_gone=gone_at is not None,
                by_staff=staff_changed_at is not None,
                fed_starts=fed.get(hearing_id, frozenset()),
            )
        )


def _fed_starts(connection: Connection, hearing_ids: Sequence[int]) -> dict[int, frozenset[datetime]]:
    """Return the starts that a feed gave to hearings which staff changed since."""
    if not hearing_ids:
        return {}
    starts: dict[int, set[datetime]] = defaultdict(set)
    query = select(hearing_revision.c.hearing_id, hearing_revision.c.starts_at).where(
        hearing_revision.c.hearing_id.in_(hearing_ids), hearing_revision.c.source.startswith("import:")
    )
    for row in connection.execute(query):
        starts[row.hearing_id].add(row.starts_at)
    return {hearing_id: frozenset(of) for hearing_id, of in starts.items()}


def _load_parties(connection: Connection, by_id: dict[int, KnownCase]) -> None:
    for case_id, participation_id, person_id, role, digest, ended_at, key in _PARTIES.all(connection, cases=by_id):
        by_id[case_id].parties[key, role] = KnownParty(participation_id, person_id, role, digest, ended_at is None)
    for case_id, hearing_id, participation_id in _LINKS.all(connection, cases=by_id):
        by_id[case_id].links.add((hearing_id, participation_id))


def _add_revisions(
    connection: Connection, revisions: Sequence[tuple[int, int, HearingFields]], *, source: str, now: datetime
) -> None:
    rows = ((hearing_id, number, *fields[: len(APPEARANCE)], now, source) for hearing_id, number, fields in revisions)
    insert_rows(connection, hearing_revision, _REVISION, rows)


def _coming(feed: str, now: datetime) -> tuple[Any, ...]:
    return *_on(feed), hearing.c.starts_at > now


def _on(feed: str) -> tuple[Any, ...]:
    return hearing.c.feed == feed, hearing.c.status == HearingStatus.SCHEDULED


_GONE = Prepared(update(hearing).where(one_of(hearing.c.id, "ids")).values(gone_at=bindparam("now")))
_CASES = Prepared(
    select(
        *(case.c[name] for name in ("id", "folded", "number", "kind", "confidentiality", "fed_rows", "fed_hearings"))
    ).where(case.c.court_id == bindparam("court"), one_of(case.c.folded, "numbers"))
)
_KEYS = Prepared(select(case.c.court_id, case.c.folded).where(one_of(case.c.id, "ids")))
_HEARINGS = Prepared(
    select(*(hearing.c[name] for name in ("id", "case_id", "feed", "revision", "gone_at", "staff_changed_at", *FIELDS)))
    .where(one_of(hearing.c.case_id, "cases"))
    .order_by(hearing.c.id)
)
_PARTIES = Prepared(
    select(
        *(participation.c[name] for name in ("case_id", "id", "person_id", "role", "feed_digest", "ended_at")),
        person.c.party_key,
    )
    .join(person, person.c.id == participation.c.person_id)
    .where(one_of(participation.c.case_id, "cases"))
)
_LINKS = Prepared(
    select(hearing.c.case_id, hearing_party.c.hearing_id, hearing_party.c.participation_id)
    .join(hearing, hearing.c.id == hearing_party.c.hearing_id)
    .where(one_of(hearing.c.case_id, "cases"))
)
_FIRST_REVISIONS = Prepared(
    insert(hearing_revision).from_select(
        _REVISION,
        select(
            *(hearing.c[name] for name in ("id", "revision", *APPEARANCE, "revised_at")),
            bindparam("source", type_=hearing_revision.c.source.type),
        ).where(one_of(hearing.c.id, "ids")),
    )
)
