"""The parties of a calendar, written: people, how they are reached, their parts in cases; and tasks for the desk."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from domain import names
from domain.roles import Role
from handlers.calendar_people import Claim, PeopleReader, Someone
from handlers.calendar_reach import Lanes, Reached, Way, drop_known_wrong, reach
from handlers.calendar_sides import TWO_HATS, part_sides
from locales.reader import LANGUAGES
from storage import hearings, parties, start_tokens
from storage.calendar import KnownParty
from storage.courts import Courts
from storage.parties import LET_GO, PersonKey
from storage.tasks import About, TaskKind, Wanted, open_tasks


class NewPart(NamedTuple):
    """The part of somebody who came with this file."""

    person_id: int
    role: Role
    way: Way


@dataclass(slots=True)
class Enrolled:
    """What became of the claims: the part that each one is, in order; hearings of people who are reached elsewhere.

    `new` are parts, by id, of whose people all is known without a look (`Reached.ways`).
    """

    parts: list[int] = field(default_factory=list)
    new: dict[int, NewPart] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    tasks: int = 0


def enrol(
    connection: Connection,
    claims: Sequence[Claim],
    *,
    reader: PeopleReader,
    spare: Mapping[int, Sequence[KnownParty]],
    courts: Courts,
    lanes: Lanes,
    now: datetime,
) -> Enrolled:
    """Write the people that a chunk of a calendar names, how they are reached, and their parts in cases.

    Call it with new and changed claims only. A phone that cannot be used, that is known to be wrong, or that the
    other side of a case has reaches nobody: the person is kept and the desk gets a task. `spare` are the parties
    without an id of the feed's own, by case, that this file no longer names: one of them may be who it now names
    with another phone.
    """
    done = Enrolled()
    if not claims:
        return done
    _recognise(connection, claims, spare)
    people = reader.everybody(claims)
    ids = parties.people(connection, [one.key for one in people])
    for someone in people:
        someone.id, someone.is_new = ids.get(someone.key, 0), someone.key not in ids
    numbers = {phone.e164: reader.number(phone.e164) for one in people for phone in one.phones}
    known = parties.endpoints(connection, numbers)
    lost = part_sides(connection, people, known)
    drop_known_wrong(connection, people, known)
    _write(connection, people, now=now)
    reached = reach(connection, people, known, numbers, courts=courts, lanes=lanes, now=now)
    id_of = {one.key: one.id for one in people}
    done.parts = _take_parts(connection, claims, id_of, now=now)
    for claim, part in zip(claims, done.parts, strict=True):
        person_id = id_of[claim.person]
        if claim.known is None and person_id in reached.ways:
            done.new[part] = NewPart(person_id, claim.role, reached.ways[person_id])
    for person_id in reached.moved:
        done.touched.update(hearings.of_person(connection, person_id))
    done.tasks = open_tasks(connection, _remarks(people, lost, reached), now=now)
    done.counts["new"] = sum(one.is_new for one in people)
    done.counts["changed"] = len(people) - done.counts["new"]
    done.counts["unreachable"] = sum(one.facts.unreachable_reason is not None for one in people)
    return done


def _recognise(connection: Connection, claims: Sequence[Claim], spare: Mapping[int, Sequence[KnownParty]]) -> None:
    """Find who, in a feed without ids, is known by the same name and role and only has another phone now."""
    fresh: dict[tuple[int, object, tuple[str, str]], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.known is None and claim.case_id in spare:
            said = claim.said[0]
            name = (names.tidy(said.given).casefold(), names.tidy(said.family).casefold())
            fresh[claim.case_id, claim.role, name].append(claim)
    if not fresh:
        return
    known = [(case_id, one) for case_id, of_case in spare.items() for one in of_case]
    called = parties.names_of(connection, [one.person_id for _, one in known])
    before: dict[tuple[int, object, tuple[str, str]], list[KnownParty]] = defaultdict(list)
    for case_id, one in known:
        given, family = called[one.person_id]
        before[case_id, one.role, (given.casefold(), family.casefold())].append(one)
    same = [(of[0], before[who][0]) for who, of in fresh.items() if any(who[2]) and len(of) == len(before[who]) == 1]
    taken = set(parties.people(connection, [claim.person for claim, _ in same]))
    for claim, one in same:
        if claim.person not in taken:
            taken.add(claim.person)
            claim.known = one
            parties.rename(connection, [(one.person_id, claim.person.key)])


def _write(connection: Connection, people: Sequence[Someone], *, now: datetime) -> None:
    added = parties.add_people(connection, [(one.key, one.facts, one.sealed) for one in people if one.is_new], now=now)
    for someone in people:
        someone.id = added.get(someone.key, someone.id)
        for token in someone.tokens:
            start_tokens.issue(connection, someone.id, now=now, token=token)
    parties.change_people(connection, [(one.id, one.facts, one.sealed) for one in people if not one.is_new])


def _take_parts(
    connection: Connection, claims: Sequence[Claim], ids: Mapping[PersonKey, int], *, now: datetime
) -> list[int]:
    fresh = [claim for claim in claims if claim.known is None]
    new = iter(
        parties.add_parts(connection, [(one.case_id, ids[one.person], one.role, one.digest) for one in fresh], now=now)
    )
    parties.remember_said(connection, [(one.known.participation_id, one.digest) for one in claims if one.known])
    return [claim.known.participation_id if claim.known else next(new) for claim in claims]


def _remarks(people: Sequence[Someone], lost: Collection[PersonKey], reached: Reached) -> Iterator[Wanted]:
    """Say what a human must look at: each cause once, however often the feed repeats it."""
    for someone in people:
        reason = someone.facts.unreachable_reason
        if someone.key in lost:
            before = [link.endpoint_id for link in someone.links.values() if link.source == LET_GO]
            yield _of_the_other_side(someone, {*before, *reached.let_go.get(someone.id, ())})
        if reason is not None and reason != TWO_HATS:
            yield from _of_no_use(someone, reason)
        if someone.note is not None:
            yield TaskKind.DAMAGED_NAME, someone.about, f"{someone.id}", someone.note
        language = someone.facts.language
        if language is not None and language not in LANGUAGES:
            about = About(court_id=someone.key.court_id)
            note = f"There are no texts in {language}: they come in English, with how to get an interpreter."
            yield TaskKind.MISSING_TRANSLATION, about, f"{about.court_id}:{language}", note
    for endpoint_id, someone in reached.foreign.items():
        yield TaskKind.FOREIGN_NUMBER, someone.about, f"{endpoint_id}", None


def _of_no_use(someone: Someone, reason: str) -> Iterator[Wanted]:
    """Say of whom the feed states no phone that can be used; who is reached at all is reached as before."""
    note = f"The phone in the feed: {reason}."
    if not any(link.is_live for link in someone.links.values()):
        yield TaskKind.UNREACHABLE, someone.about, f"{someone.id}", note
    elif someone.kept:
        note += " Texts still go to the number that the feed gave before. Please check whose it is."
        yield TaskKind.UNREACHABLE, someone.about, f"{someone.id}:kept:{'-'.join(map(str, someone.kept))}", note


def _of_the_other_side(someone: Someone, let_go: Collection[int]) -> Wanted:
    case = someone.about.case_id
    note = "Both sides of the case have this number in the feed; it was used for neither."
    if not let_go:
        return TaskKind.TWO_HATS, someone.about, f"{someone.id}:{case}", note
    note = (
        "The feed gives this person a number of the other side of the case; it was not used. Their number until now is"
        " not in the feed any more and is not used either"
    )
    is_reached = any(link.is_live and link.endpoint_id not in let_go for link in someone.links.values())
    note += "." if is_reached else ": no texts reach them. Please find out their number."
    return TaskKind.TWO_HATS, someone.about, f"{someone.id}:{case}:{'-'.join(map(str, sorted(let_go)))}", note
