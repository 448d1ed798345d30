"""A walk through a court's month, a step at a time, and the promises that are looked at after each and at the end."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select, text

from domain.consent import ConsentPurpose, Standing, standing
from domain.delivery import Deferred, DeliveryState, Unknown
from domain.gate import ABOUT_A_HEARING, EndpointState
from domain.notice import NoticeKind, NoticeState
from domain.quiet_hours import is_quiet
from storage import consents
from storage.database import vault_of
from storage.endpoints import ADDRESS
from storage.schema import delivery, endpoint, hearing, hearing_revision, notice, person_endpoint, task, verdict
from tests.acceptance.stage import Stage, row

AnyRow = Row[*tuple[Any, ...]]
Step: TypeAlias = tuple[Any, ...]

ADA, BEN = "+19075550101", "+19075550102"
LOST = (DeliveryState.UNDELIVERED, DeliveryState.FAILED)
CALLS = ABOUT_A_HEARING - {NoticeKind.CANCELLATION, NoticeKind.CORRECTION}
WATCH = """
CREATE TRIGGER {0}_step AFTER UPDATE OF state ON {0} WHEN old.state <> new.state
BEGIN INSERT INTO step VALUES ('{0}', old.state, new.state); END
"""


def watch(connection: Connection) -> None:
    """Let the database write down every step that a notice or a delivery takes (SQLite)."""
    connection.execute(text("CREATE TABLE step (what TEXT, before TEXT, after TEXT)"))
    for table in ("notice", "delivery"):
        connection.execute(text(WATCH.format(table)))


@dataclass(slots=True)
class Walk:
    """Two hearings over the end of summer time; Ada must come to both, Ben is a witness of the first."""

    stage: Stage
    hearings: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "H1": row(starts_at="2026-11-03T09:30", case_number="3EX-26-00001CR"),
            "H2": row(hearing_id="H2", starts_at="2026-11-05T13:30", case_number="3EX-26-00002CR"),
        }
    )
    wrong: list[str] = field(default_factory=list)

    async def take(self, steps: Sequence[Step]) -> list[str]:
        """Take every step, let everything settle, and return each promise that was broken."""
        await self._file()
        for step in steps:
            stopped, seen = self._stopped(), len(self.stage.sms.left)
            await self._step(step)
            kinds = self._kinds()
            for _, message in self.stage.sms.left[seen:]:
                if message.to.value in stopped & self._stopped() and kinds[message.id] is not NoticeKind.REPLY:
                    self.wrong.append(f"a {kinds[message.id]} after a stop, in {step}")
        self.stage.sms.confirms = True
        await self.stage.later(timedelta(hours=40))
        self.wrong += [*self._at_night(), *self._too_late(), *self._twice(), *self._stuck(), *self._untrue()]
        return self.wrong

    async def _step(self, step: Step) -> None:
        match step:
            case "file", str(which), str(column), str(cell):
                self.hearings[which] |= {column: cell}
                await self._file()
            case "says", str(who), str(words):
                await self.stage.says(who, words)
            case "wait", timedelta() as pause:
                await self.stage.later(pause)
            case "carrier", "silent":
                self.stage.sms.confirms = False
            case "carrier", "confirms":
                self.stage.sms.confirms = True
            case "carrier", "doubles":
                await self._receipts(DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.SENT)
            case "carrier", "fails":
                await self._receipts(DeliveryState.UNDELIVERED, error_code="twilio.30003", may_retry=True)
            case "carrier", "defers":
                self.stage.sms.will(Deferred("twilio.30001"))
            case "carrier", "hangs":
                self.stage.sms.will(Unknown("http.timeout"), and_leave=True)
            case _:
                raise AssertionError(step)

    async def _file(self) -> None:
        witness = {"party_id": "P2", "role": "witness", "phone": "907-555-0102", "given_name": "Ben"}
        await self.stage.import_(*self.hearings.values(), self.hearings["H1"] | witness)

    async def _receipts(self, *states: DeliveryState, **more: Any) -> None:  # noqa: ANN401 - fields of Receipt
        """Let the carrier speak of the last text, more often than it must; never of one it has confirmed."""
        if self.stage.sms.left and not self.stage.sms.confirms:
            for state in states:
                await self.stage.receipt(-1, state, **more)

    def _stopped(self) -> set[str]:
        """Return the numbers at which a stop of all texts is in force."""

        def read(connection: Connection) -> set[str]:
            ways = connection.execute(select(endpoint.c.id, endpoint.c.address)).all()
            said = consents.of_endpoints(connection, [one.id for one in ways])
            stands = {
                one.id: standing(said.get(one.id, ()), purpose=ConsentPurpose.HEARINGS, case_id=None, court_id=None)
                for one in ways
            }
            open_ = vault_of(connection).open
            return {open_(one.address, ADDRESS) for one in ways if stands[one.id] is Standing.REVOKED}

        return self.stage.db.read_now(read)

    def _kinds(self) -> dict[int, NoticeKind]:
        return {one.id: one.kind for one in self._left()}

    def _left(self) -> list[AnyRow]:
        """Return every delivery with its notice, oldest first."""
        columns = ("kind", "hearing_id", "participation_id", "revision", "dedupe_key", "endpoint_id", "person_id")
        query = select(delivery, *(notice.c[name] for name in columns if name != "endpoint_id"))
        return self.stage.rows(query.join(notice, notice.c.id == delivery.c.notice_id).order_by(delivery.c.id))

    def _at_night(self) -> Iterator[str]:
        court = next(iter(self.stage.courts.by_id.values()))
        allowed = {
            (one.notice_id, one.at)
            for one in self.stage.rows(select(verdict).where(verdict.c.reason == "overrides_quiet"))
        }
        for one in self._left():
            at_night = one.kind is not NoticeKind.REPLY and is_quiet(one.created_at, court.quiet, court.zone)
            if at_night and (one.notice_id, one.created_at) not in allowed:
                yield f"a {one.kind} in quiet hours"

    def _too_late(self) -> Iterator[str]:
        starts = {(one.hearing_id, one.revision): one.starts_at for one in self.stage.rows(select(hearing_revision))}
        for one in self._left():
            if one.kind in CALLS and starts[one.hearing_id, one.revision] <= one.created_at:
                yield f"a {one.kind} after the hearing began"

    def _twice(self) -> Iterator[str]:
        """A notice is read once, however often it was tried; its key names hearing, revision, offset and part."""
        arrived: dict[str, int] = defaultdict(int)
        for one in self._left():
            arrived[one.dedupe_key] += one.state not in LOST
        yield from (f"{key} was sent {count} times" for key, count in arrived.items() if count > 1)

    def _stuck(self) -> Iterator[str]:
        stuck = notice.c.state.in_([NoticeState.CLAIMED, NoticeState.SENDING])
        yield from (f"{one.dedupe_key} is stuck" for one in self.stage.rows(select(notice).where(stuck)))
        steps = self.stage.db.read_now(lambda c: c.execute(text("SELECT DISTINCT what, before, after FROM step")).all())
        for what, before, after in steps:
            if what == "notice" and not NoticeState(before).may_become(NoticeState(after)):
                yield f"a notice went from {before} to {after}"
            if what == "delivery" and DeliveryState(after).rank <= DeliveryState(before).rank:
                yield f"a delivery went from {before} to {after}"

    def _untrue(self) -> Iterator[str]:
        """Compare the last text of each person about each coming hearing with the hearing as it is."""
        soon = self.stage.clock.now() + timedelta(hours=2)
        known = {one.id: one for one in self.stage.rows(select(hearing))}
        said = {(one.hearing_id, one.revision): one for one in self.stage.rows(select(hearing_revision))}
        for one in self._last_texts():
            now, then = known[one.hearing_id], said[one.hearing_id, one.revision]
            if _truth(now) != _truth(then) and _matters_until(now, then) > soon:
                yield f"the last text about {now.external_id} is a {one.kind} of revision {one.revision}"

    def _last_texts(self) -> Iterator[AnyRow]:
        """Return the last text about each hearing to each part in it, of those who may be and can be written to."""
        stopped = [event.endpoint_id for event in self._revocations()]
        at_home = {
            (one.person_id, one.endpoint_id)
            for one in self.stage.rows(select(person_endpoint).where(person_endpoint.c.ended_at.is_(None)))
        }
        known_to_desk = {(one.hearing_id, one.person_id) for one in self.stage.rows(select(task))}
        last = {
            (one.hearing_id, one.participation_id): one
            for one in self._left()
            if one.kind in ABOUT_A_HEARING and one.state not in LOST
        }
        for one in last.values():
            is_reached = (one.person_id, one.endpoint_id) in at_home and one.endpoint_id not in stopped
            if is_reached and (one.hearing_id, one.person_id) not in known_to_desk:
                yield one

    def _revocations(self) -> list[AnyRow]:
        """Return the endpoints that anything is stopped at now, or that are not well."""
        stopped = self._stopped()

        def read(connection: Connection) -> list[AnyRow]:
            rows = connection.execute(select(endpoint.c.id.label("endpoint_id"), endpoint.c.address, endpoint.c.state))
            said = consents.of_endpoints(connection, list(connection.execute(select(endpoint.c.id)).scalars()))
            partly = {key for key, events in said.items() if any(event.case_id for event in events)}
            return [
                one
                for one in rows
                if vault_of(connection).open(one.address, ADDRESS) in stopped
                or one.endpoint_id in partly
                or one.state is not EndpointState.ACTIVE
            ]

        return self.stage.db.read_now(read)


def _truth(one: AnyRow) -> tuple[object, ...]:
    """Return what people must know of a hearing: that it is off, or when and where it is."""
    return (one.starts_at, one.courtroom) if one.status.is_on else ("off",)


def _matters_until(now: AnyRow, then: AnyRow) -> datetime:
    starts: list[datetime] = [one.starts_at for one in (now, then) if one.status.is_on]
    return min(starts)
