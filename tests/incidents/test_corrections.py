"""Once, a correction of a hearing that had been called off told people that it was on: found by the demo's story."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection

from bot.channels.memory import InMemoryChannel
from domain.clock import SteppedClock
from handlers import hearings
from scheduler.dispatcher import Dispatcher
from scheduler.planner import replan
from storage.database import Database
from tests.fixtures.facts import NOW, Scene, add_scene

WAIT = timedelta(hours=1)


class Desk:
    """A scene with one party, a clock, and what reached the phone."""

    def __init__(self, db: Database, scene: Scene) -> None:
        self.db, self.scene = db, scene
        self.clock = SteppedClock(NOW)
        self.sms = InMemoryChannel()
        self.dispatcher = Dispatcher(db, {"sms:default": self.sms}, lambda: scene.courts, self.clock)

    async def let(self, act: Callable[..., object], *args: object) -> None:
        """Let staff act a minute later, and whatever is due leave."""
        self.clock.advance(timedelta(minutes=1))

        def work(connection: Connection) -> None:
            act(connection, self.scene.hearing_id, *args, staff="clerk", courts=self.scene.courts, now=self.clock.now())

        await self.db.write(work)
        await self.dispatcher.drain_all()


async def open_desk(db: Database) -> Desk:
    def build(connection: Connection) -> Scene:
        scene = add_scene(connection)
        replan(connection, [scene.hearing_id], courts=scene.courts, now=NOW)
        return scene

    desk = Desk(db, await db.write(build))
    await desk.dispatcher.drain_all()
    return desk


async def test_the_correction_of_a_cancelled_hearing_says_that_it_is_cancelled(db: Database) -> None:
    desk = await open_desk(db)

    await desk.let(hearings.cancel)
    desk.clock.advance(WAIT)
    await desk.dispatcher.drain_all()

    assert len(desk.sms.texts) == 2
    last = desk.sms.texts[-1]
    assert "CORRECTION" in last
    assert "cancel" in last.lower()
    assert "This is right" not in last


async def test_the_correction_of_a_moved_hearing_says_the_new_date(db: Database) -> None:
    desk = await open_desk(db)

    await desk.let(hearings.move, NOW + timedelta(days=12))
    desk.clock.advance(WAIT)
    await desk.dispatcher.drain_all()

    last = desk.sms.texts[-1]
    assert "CORRECTION" in last
    assert "June 13" in last
    assert "June 11" in last


async def test_two_changes_before_a_receipt_leave_one_correction_with_the_last_truth(db: Database) -> None:
    desk = await open_desk(db)

    await desk.let(hearings.change_room, "Courtroom 9")
    await desk.let(hearings.cancel)
    desk.clock.advance(WAIT)
    await desk.dispatcher.drain_all()

    corrections = [text for text in desk.sms.texts if "CORRECTION" in text]
    assert len(corrections) == 1
    assert "cancel" in desk.sms.texts[-1].lower()
