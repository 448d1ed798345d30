"""How a calendar's people are reached: endpoints, links and enrolment, without reviving what is known to be wrong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from domain.consent import ConsentAction, ConsentEvent, ConsentPurpose, Evidence, Standing, standing
from domain.court import Enrolment
from domain.delivery import ChannelName
from domain.gate import EndpointState
from domain.phone import Phone
from handlers.calendar_people import Someone
from storage import consents, parties
from storage.courts import Courts
from storage.lanes import Senders
from storage.parties import LET_GO, MAY_COME_BACK, Found, NewNumber, SealedNumber

KNOWN_WRONG = "known_wrong"
Lanes: TypeAlias = Mapping[tuple[int, ChannelName], Senders]


class Way(NamedTuple):
    """How somebody is reached."""

    endpoint_id: int
    lane_id: int


@dataclass(slots=True)
class Reached:
    """What was written: people who are reached at another endpoint than before, and new numbers abroad.

    `let_go` are the endpoints, by person, at which nobody is reached any more whose new number was refused.

    `ways` are those of people of whom all is known without a look: they, and the only number they have, came with
    this file, and the court has just enrolled it.
    """

    moved: set[int] = field(default_factory=set)
    let_go: dict[int, list[int]] = field(default_factory=dict)
    foreign: dict[int, Someone] = field(default_factory=dict)
    ways: dict[int, Way] = field(default_factory=dict)


def drop_known_wrong(connection: Connection, people: Sequence[Someone], known: Mapping[str, Found]) -> None:
    """Take from everybody the numbers that are dead, or that turned out to be somebody else's."""
    links = parties.links_of(connection, [one.id for one in people if not one.is_new])
    for someone in people:
        someone.links = {link.endpoint_id: link for link in links.get(someone.id, ())}
        found = [known[phone.e164] for phone in someone.phones if phone.e164 in known]
        someone.wrong = {one.id for one in found if _is_wrong(someone, one)}
        usable = [phone for phone in someone.phones if not _is_wrong(someone, known.get(phone.e164))]
        if someone.phones and not usable:
            someone.facts = someone.facts._replace(unreachable_reason=KNOWN_WRONG)
        someone.phones = usable


def reach(
    connection: Connection,
    people: Sequence[Someone],
    known: Mapping[str, Found],
    numbers: Mapping[str, SealedNumber],
    *,
    courts: Courts,
    lanes: Lanes,
    now: datetime,
) -> Reached:
    """Write endpoints, links and the court's enrolment for people who are in the database already."""
    done = Reached()
    fresh = _fresh(people, known)
    added = {
        number: NewNumber(
            number, numbers[number], lanes[one.key.court_id, ChannelName.SMS].lane_for(number), phone.is_foreign
        )
        for number, (one, phone) in fresh.items()
    }
    found = {**known} | parties.add_endpoints(connection, list(added.values()), now=now)
    done.foreign = {found[number].id: one for number, (one, phone) in fresh.items() if phone.is_foreign}
    done.let_go = {someone.id: gone for someone in people if (gone := _let_go(someone, found))}
    done.moved = _link(connection, people, found, let_go=done.let_go, now=now)
    _enrol(connection, people, found, new={found[number].id for number in fresh}, courts=courts, now=now)
    for someone in people:
        number = someone.phones[0].e164 if len(someone.phones) == 1 else None
        if someone.is_new and number in added and courts[someone.key.court_id].enrolment is Enrolment.OPT_OUT:
            done.ways[someone.id] = Way(found[number].id, added[number].lane_id)
    return done


def _is_wrong(someone: Someone, found: Found | None) -> bool:
    if found is None:
        return False
    link = someone.links.get(found.id)
    if link is None:
        return found.state is EndpointState.DEAD
    return found.state is EndpointState.DEAD or (not link.is_live and link.source not in MAY_COME_BACK)


def _fresh(people: Iterable[Someone], known: Mapping[str, Found]) -> dict[str, tuple[Someone, Phone]]:
    fresh: dict[str, tuple[Someone, Phone]] = {}
    for someone in people:
        for phone in someone.phones:
            if phone.e164 not in known:
                fresh.setdefault(phone.e164, (someone, phone))
    return fresh


def _let_go(someone: Someone, found: Mapping[str, Found]) -> list[int]:
    """Return where somebody is reached by the feed's word, and it gives them only numbers of the other side instead.

    Two who stand against one another may have been given each other's number: where the feed does not repeat the old
    one, the other side may have it by now.
    """
    if someone.phones or not someone.refused:
        return []
    repeated = {found[number].id for number in someone.refused if number in found}
    return [link.endpoint_id for link in someone.links.values() if link.is_fed and link.endpoint_id not in repeated]


def _link(
    connection: Connection,
    people: Iterable[Someone],
    found: Mapping[str, Found],
    *,
    let_go: Mapping[int, Iterable[int]],
    now: datetime,
) -> set[int]:
    """Let people be reached where the feed says; its former word on them ends. Return whose links changed."""
    new: list[tuple[int, int]] = []
    back: list[tuple[int, int]] = []
    over: list[tuple[int, int]] = []
    for someone in people:
        wanted = {found[phone.e164].id for phone in someone.phones}
        for endpoint_id in wanted:
            link = someone.links.get(endpoint_id)
            if link is None:
                new.append((someone.id, endpoint_id))
            elif not link.is_live:
                back.append((someone.id, endpoint_id))
        if wanted:
            over += [
                (someone.id, link.endpoint_id)
                for link in someone.links.values()
                if (link.is_fed or link.source == LET_GO) and link.endpoint_id not in wanted
            ]
    lost = [(person_id, endpoint_id) for person_id, endpoints in let_go.items() for endpoint_id in endpoints]
    parties.link(connection, new, now=now)
    parties.relink(connection, back, now=now)
    parties.end_links(connection, over, now=now)
    parties.end_links(connection, lost, now=now, source=LET_GO)
    known = {someone.id for someone in people if not someone.is_new}
    return {person_id for person_id, _ in (*new, *back, *over, *lost) if person_id in known}


def _enrol(
    connection: Connection,
    people: Iterable[Someone],
    found: Mapping[str, Found],
    *,
    new: set[int],
    courts: Courts,
    now: datetime,
) -> None:
    """Write the consent of an opt-out court's people, once, and never over anybody's own no."""
    wanted = dict.fromkeys(
        (found[phone.e164].id, one.key.court_id)
        for one in people
        if courts[one.key.court_id].enrolment is Enrolment.OPT_OUT
        for phone in one.phones
    )
    said = consents.of_endpoints(connection, {endpoint_id for endpoint_id, _ in wanted} - new)
    parties.add_consents(connection, _not_yet(wanted, said), now=now)


def _not_yet(
    wanted: Iterable[tuple[int, int]], said: Mapping[int, Sequence[ConsentEvent]]
) -> Iterator[tuple[int, int]]:
    for endpoint_id, court_id in wanted:
        events = said.get(endpoint_id, ())
        is_enrolled = any(
            event.evidence is Evidence.FEED and event.action is ConsentAction.GRANTED and event.court_id == court_id
            for event in events
        )
        where = standing(events, purpose=ConsentPurpose.HEARINGS, case_id=None, court_id=court_id)
        if not is_enrolled and where is not Standing.REVOKED:
            yield endpoint_id, court_id
