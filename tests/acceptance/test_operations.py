"""A court's day with faults: webhooks that come twice, two workers, a carrier that is away, a pulse that stops."""

import asyncio
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from sqlalchemy import select
from starlette.requests import Request

from bot.arrivals import twilio_arrival
from bot.web.health import Health
from domain.delivery import Unknown
from scheduler.dispatcher import Dispatcher
from storage import heartbeats
from storage.database import Database
from storage.schema import consent_event, notice
from tests.acceptance.stage import Stage, court_file, open_stage, row
from tests.fixtures.conversation import sms_form

ADA, BEN = "+19075550101", "+19075550102"


async def test_the_same_webhook_twice_has_one_effect(stage: Stage) -> None:
    await stage.import_(row())
    arrival = twilio_arrival(urlencode(sms_form("STOP", sender=ADA)))

    for _ in range(2):
        await stage.receive(arrival)

    assert len(stage.phone(ADA).texts) == 2
    actions = [one.action for one in stage.rows(select(consent_event.c.action))]
    assert actions == ["granted", "revoked"]


async def test_two_workers_that_look_at_once_send_each_text_once(any_db: Database) -> None:
    stage = await open_stage(any_db, example=court_file())
    await stage.until("2026-06-01 21:00")
    people = [row(party_id=f"P{n}", phone=f"907-555-01{n:02}") for n in range(60)]
    await stage.import_(*people)
    stage.clock.advance(timedelta(hours=12))
    other = Dispatcher(stage.db, stage.channels, lambda: stage.courts, stage.clock, batch=7)

    for _ in range(3):
        await asyncio.gather(stage.dispatcher.drain_all(), other.drain_all())
        stage.clock.advance(timedelta(seconds=5))

    assert len(stage.sms.sent) == len({message.to.value for message in stage.sms.sent}) == 60


async def test_while_the_carrier_is_away_texts_wait_and_come_once_and_what_is_too_late_goes_to_the_desk(
    stage: Stage,
) -> None:
    soon = row(case_number="3EX-26-00002CR", hearing_id="H2", party_id="P2", phone="907-555-0102")
    stage.sms.is_down = True
    await stage.import_(row(), soon | {"starts_at": "2026-06-01T11:05"})

    await stage.until("2026-06-01 10:40")
    stage.sms.is_down = False
    await stage.until("2026-06-01 12:00")

    assert len(stage.phone(ADA).texts) == 1
    assert stage.phone(BEN).texts == [], "its hearing was too near when the carrier came back"
    assert stage.desk() == {"short_notice_call": 1, "not_reminded": 1}
    waits = [later - earlier for earlier, later in zip(stage.sms.tries, stage.sms.tries[1:], strict=False)]
    assert len(stage.sms.tries) < 20
    assert len(set(waits)) > 2, "no two tries beat the same time"


async def test_a_text_whose_fate_nobody_knows_is_asked_after_and_not_sent_twice(stage: Stage) -> None:
    stage.sms.confirms = False
    stage.sms.will(Unknown("http.timeout"), and_leave=True)
    await stage.import_(row())

    await stage.later(timedelta(hours=2))

    assert len(stage.phone(ADA).texts) == 1
    assert [one.state for one in stage.rows(select(notice.c.state).where(notice.c.kind == "hearing_set"))] == ["sent"]


async def test_a_part_that_falls_silent_is_seen_from_outside(stage: Stage) -> None:
    health = Health(stage.db, stage.clock, ("housekeeping",))
    await stage.db.write(partial(heartbeats.beat, name="housekeeping", now=stage.clock.now()))
    asked = Request({"type": "http"})

    assert (await health.ready(asked)).status_code == 200
    stage.clock.advance(heartbeats.SILENT_AFTER + timedelta(seconds=1))
    silent = await health.ready(asked)

    assert silent.status_code == 503
    assert b"housekeeping" in silent.body
