"""From the door to the phone and back: webhook, inbox, conversation, planner, gate, dispatcher; nothing is skipped."""

import asyncio
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, select

from bot.arrivals import readers, twilio_arrival
from bot.channels.memory import InMemoryChannel
from domain.clock import SteppedClock
from domain.delivery import OutgoingMessage
from handlers import watches
from handlers.inbox import InboxWorker
from handlers.incoming import World
from scheduler.dispatcher import Dispatcher
from scheduler.planner import replan
from storage import inbox
from storage.database import Database
from storage.schema import hearing_party, notice
from tests.fixtures.conversation import sms_form
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_case, add_hearing, add_scene

STRANGER, DEFENDANT = "+19075550101", "+19075550100"
NUMBER = "3EX-26-00042CR"


class Town:
    """A court at work: people write, time passes, texts arrive."""

    def __init__(self, db: Database, scene: Scene) -> None:
        self.db = db
        self.scene = scene
        self.clock = SteppedClock(NOW)
        self.sms = InMemoryChannel()
        channels = {"sms:default": self.sms}
        self.dispatcher = Dispatcher(db, channels, lambda: scene.courts, self.clock)
        self.worker = InboxWorker(db, World(courts=scene.courts), readers(), clock=self.clock)

    async def write(self, sender: str, text: str) -> list[str]:
        """Let somebody write, and return what arrives within twenty seconds: a lane has its pace."""
        arrival = twilio_arrival(urlencode(sms_form(text, sender=sender)))
        await self.db.write(partial(inbox.store, arrival=arrival, now=self.clock.now()))
        await self.worker.work_off()
        arrived = await self.pass_time(timedelta(seconds=20), step=timedelta(seconds=5))
        return [message.text for message in arrived if message.to.value == sender]

    async def arriving(self) -> list[OutgoingMessage]:
        """Let what is due leave, and return it."""
        seen = len(self.sms.sent)
        await self.dispatcher.drain_all()
        return self.sms.sent[seen:]

    async def pass_time(self, time: timedelta, *, step: timedelta = timedelta(hours=1)) -> list[OutgoingMessage]:
        """Let time pass; return what arrives meanwhile. The calendar is read again every day."""
        arrived = []
        until = self.clock.now() + time
        while self.clock.now() < until:
            self.clock.advance(min(step, until - self.clock.now()))
            await self.db.write(self._tidy)
            arrived += await self.arriving()
        return arrived

    def _tidy(self, connection: Connection) -> None:
        watches.expire(connection, courts=self.scene.courts, now=self.clock.now())


@pytest.fixture
async def town(any_db: Database) -> Town:
    return Town(any_db, await any_db.write(lambda c: add_scene(c, PartySpec(), number=NUMBER)))


async def test_who_texts_a_number_and_says_yes_gets_reminders_until_they_say_stop(town: Town) -> None:
    [said] = await town.write(STRANGER, NUMBER)
    assert "Thursday, June 11" in said
    [confirmed] = await town.write(STRANGER, "1")
    assert "We will remind you" in confirmed

    arrived = [message for message in await town.pass_time(timedelta(days=4)) if message.to.value == STRANGER]
    assert arrived
    assert all(NUMBER in message.text for message in arrived)
    assert "Ada" not in "".join(message.text for message in arrived)
    [stopped] = await town.write(STRANGER, "Stop please")
    assert "Texts are stopped" in stopped
    assert [m for m in await town.pass_time(timedelta(days=8)) if m.to.value == STRANGER] == []


async def test_a_reminder_s_question_is_answered_and_recorded(town: Town) -> None:
    await town.db.write(lambda c: replan(c, [town.scene.hearing_id], courts=town.scene.courts, now=NOW))
    arrived = await town.pass_time(timedelta(days=7, hours=3))
    assert "Reply 1 for yes" in arrived[-1].text

    [said] = await town.write(DEFENDANT, "1")

    assert "We noted that you will come" in said
    answers = await town.db.read(lambda c: list(c.execute(select(hearing_party.c.answer)).scalars()))
    assert answers == ["coming"]


async def test_a_watch_is_kept_told_when_found_and_told_when_it_ends(town: Town) -> None:
    for number in ("3EX-26-00555CR", "3EX-26-00556CR"):
        await town.write(STRANGER, number)
        [kept] = await town.write(STRANGER, "1")
        assert "We will look" in kept
        town.clock.advance(timedelta(minutes=10))

    def import_(connection: Connection) -> int:
        case_id = add_case(connection, town.scene.court_id, "3EX-26-00555CR")
        add_hearing(connection, town.scene.court_id, case_id, COMING)
        return watches.match(connection, [case_id], courts=town.scene.courts, now=town.clock.now())

    assert await town.db.write(import_) == 1
    [found] = await town.pass_time(timedelta(seconds=20), step=timedelta(seconds=5))
    assert "3EX-26-00555CR" in found.text
    assert "June 11" in found.text
    ended = await town.pass_time(timedelta(days=17), step=timedelta(hours=6))
    assert ["3EX2600556CR" in message.text for message in ended if message.to.value == STRANGER] == [True]


async def test_a_machine_gets_five_answers_and_no_sixth(town: Town) -> None:
    said = [await town.write(DEFENDANT, "This is an automatic reply, I am away") for _ in range(9)]

    assert sum(map(len, said)) == 5


async def test_a_hundred_people_writing_at_once_are_all_answered_once(town: Town) -> None:
    async def post(number: int) -> None:
        arrival = twilio_arrival(urlencode(sms_form("HELP", sender=f"+1907555{number:04d}")))
        await town.db.write(partial(inbox.store, arrival=arrival, now=town.clock.now()))

    await asyncio.gather(*(post(100 + number) for number in range(100)))
    await town.worker.work_off()
    keys = await town.db.read(lambda c: list(c.execute(select(notice.c.dedupe_key)).scalars()))

    assert len(set(keys)) == 100
