"""The webhooks: proved, stored, answered at once; what is not proved leaves nothing but a count."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, update

from bot.arrivals import form_pairs
from bot.channels.twilio_webhooks import INBOUND_PATH, STATUS_PATH
from bot.web.hooks import LARGEST_FORM, LARGEST_UPDATE, TELEGRAM_PATH, Hooks
from bot.web.signatures import TelegramSecret, sign_form
from domain.clock import SteppedClock
from domain.delivery import DeliveryState
from domain.notice import NoticeState
from storage import endpoints, notices
from storage.database import Database, vault_of
from storage.inbox import PAYLOAD
from storage.schema import delivery, inbound, metadata, notice, receipt
from storage.vault import Vault
from tests.fixtures.conversation import membership_of, sms_form, update_of
from tests.fixtures.facts import NOW, add_scene
from tests.integration.web.conftest import PUBLIC_URL, TOKEN, Door, opened


async def _rows(db: Database) -> dict[str, int]:
    """Return how many rows each table has; only those that have any."""

    def count(connection: Connection) -> dict[str, int]:
        sizes = {
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in metadata.sorted_tables
        }
        return {name: size for name, size in sizes.items() if size}

    return await db.read(count)


async def test_a_signed_text_is_stored_sealed_and_answered_with_an_empty_response(any_db: Database, door: Door) -> None:
    status, kind, body = await door.twilio(INBOUND_PATH, sms_form("  CANARY  "))

    assert (status, kind.split(";")[0]) == (200, "text/xml")
    assert body.endswith("<Response/>")
    assert await _rows(any_db) == {"inbound": 1}
    assert door.nudges == ["message"]

    def kept(connection: Connection) -> tuple[bytes, str]:
        row = connection.execute(select(inbound)).one()
        return bytes(row.payload), vault_of(connection).open(row.payload, PAYLOAD)

    sealed, opened_again = await any_db.read(kept)
    assert b"CANARY" not in sealed
    assert dict(form_pairs(opened_again))["Body"] == "  CANARY  ", "untrimmed, as it came"


async def test_the_same_webhook_twice_is_stored_once_and_answered_twice(any_db: Database, door: Door) -> None:
    form = sms_form("STOP")

    answers = [await door.twilio(INBOUND_PATH, form) for _ in range(2)]

    assert [status for status, *_ in answers] == [200, 200]
    assert await _rows(any_db) == {"inbound": 1}
    assert door.nudges == ["message"]


@pytest.mark.parametrize("signature", ["", "bad", "ÿþ"], ids=["missing", "wrong", "not even ASCII"])
@pytest.mark.parametrize("path", [INBOUND_PATH, STATUS_PATH, f"{STATUS_PATH}?m=1"])
async def test_a_wrong_signature_is_refused_and_nothing_is_stored_but_a_count(
    any_db: Database, door: Door, path: str, signature: str
) -> None:
    status, *_ = await door.twilio(path, sms_form("STOP"), signature=signature)

    assert status == 403
    assert await _rows(any_db) == {}
    assert door.hooks.counts == {"refused": 1}
    assert door.nudges == []


async def test_a_signature_of_other_parameters_is_refused(any_db: Database, door: Door) -> None:
    form = sms_form("STOP")
    signature = sign_form(TOKEN, f"{PUBLIC_URL}{INBOUND_PATH}", (form | {"Body": "START"}).items())

    assert (await door.twilio(INBOUND_PATH, form, signature=signature))[0] == 403
    assert await _rows(any_db) == {}


@pytest.mark.parametrize("secret", [None, b"", b"wrong", b"s3cret", "sécret".encode()])
async def test_a_wrong_secret_is_refused_and_nothing_is_stored_but_a_count(
    any_db: Database, door: Door, secret: bytes | None
) -> None:
    assert await door.telegram(update_of("/start"), secret=secret) == 403

    assert await _rows(any_db) == {}
    assert door.hooks.counts == {"refused": 1}


async def test_an_update_is_stored_once_under_the_bot_s_and_its_own_number(any_db: Database, door: Door) -> None:
    update = update_of("/start", update_id=31)

    assert [await door.telegram(update), await door.telegram(update)] == [200, 200]

    key = await any_db.read(lambda c: c.execute(select(inbound.c.provider_key)).scalar_one())
    assert key == "4242:31"


async def test_a_block_is_an_update_too(any_db: Database, door: Door) -> None:
    assert await door.telegram(membership_of("kicked")) == 200

    assert await any_db.read(lambda c: c.execute(select(inbound.c.kind)).scalar_one()) == "membership"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"update_id": 5, "message": {"message_id": 1, "date": 1, "chat": {"id": -9, "type": "group"}, "text": "hi"}}',
        b'{"update_id": 6, "poll": {"id": "1"}}',
        b"not json",
        b"{}",
        b"",
    ],
    ids=["a group", "a poll", "no json", "no update", "nothing"],
)
async def test_what_is_no_business_of_ours_is_taken_and_dropped_or_it_would_come_again(
    any_db: Database, door: Door, raw: bytes
) -> None:
    assert await door.telegram(raw) == 200

    assert await _rows(any_db) == {}


async def test_a_signed_form_that_is_no_text_is_refused_as_unreadable(any_db: Database, door: Door) -> None:
    assert (await door.twilio(INBOUND_PATH, {"Body": "hello"}))[0] == 400

    assert await _rows(any_db) == {}


async def test_unknown_parameters_empty_ones_and_repeated_ones_do_not_matter(any_db: Database, door: Door) -> None:
    form = [*sms_form("hi").items(), ("SomethingNew", ""), ("SomethingNew", "2"), ("Ünïcode", "ж")]

    assert (await door.twilio(INBOUND_PATH, form))[0] == 200
    assert await _rows(any_db) == {"inbound": 1}


async def test_bodies_are_limited(any_db: Database, door: Door) -> None:
    assert (await door.twilio(INBOUND_PATH, sms_form("x" * LARGEST_FORM)))[0] == 413
    assert await door.telegram(b"x" * (LARGEST_UPDATE + 1)) == 413

    assert await _rows(any_db) == {}


async def test_get_is_not_a_webhook(door: Door) -> None:
    async with door.session.get(f"{door.url}{INBOUND_PATH}") as response:
        assert response.status == 405


async def test_a_receipt_moves_its_delivery_at_once_whatever_the_order(any_db: Database, door: Door) -> None:
    delivery_id = await any_db.write(_a_delivery)

    for word in ("delivered", "sent", "delivered"):
        status, *_ = await door.twilio(f"{STATUS_PATH}?m={delivery_id}", {"MessageSid": "SM1", "MessageStatus": word})
        assert status == 200

    state = await any_db.read(lambda c: c.execute(select(delivery.c.state)).scalar_one())
    assert state is DeliveryState.DELIVERED
    assert door.nudges == ["receipt"], "only what told something new"
    assert door.hooks.counts == {"receipt_moved": 1, "receipt_known": 2}


@pytest.mark.parametrize("query", ["", "?m=", "?m=999999", "?m=abc", "?m=1&m=2"])
async def test_a_receipt_of_nothing_we_know_is_taken_and_counted(any_db: Database, door: Door, query: str) -> None:
    status, *_ = await door.twilio(f"{STATUS_PATH}{query}", {"MessageSid": "SM404", "MessageStatus": "delivered"})

    assert status == 200
    assert door.hooks.counts == {"receipt_strange": 1}
    assert await any_db.read(lambda c: c.execute(select(func.count()).select_from(receipt)).scalar_one()) == 0


async def test_while_the_database_is_away_providers_are_asked_to_come_again(
    tmp_path: Path, vault: Vault, clock: SteppedClock
) -> None:
    async with Database(f"sqlite:///{tmp_path}/empty.sqlite3", vault) as empty, opened(empty, clock) as door:
        texts = await door.twilio(INBOUND_PATH, sms_form("STOP"))
        receipts = await door.twilio(f"{STATUS_PATH}?m=1", {"MessageSid": "SM1", "MessageStatus": "sent"})
        updates = await door.telegram(update_of("STOP"))
        await empty.write(metadata.create_all)
        again = await door.telegram(update_of("STOP"))

    assert (texts[0], receipts[0], updates, again) == (503, 503, 503, 200)


async def test_a_hundred_texts_at_once_are_all_stored(any_db: Database, door: Door) -> None:
    posts = [door.twilio(INBOUND_PATH, sms_form(f"text {number}")) for number in range(100)]

    answers = await asyncio.gather(*posts)

    assert {status for status, *_ in answers} == {200}
    assert await _rows(any_db) == {"inbound": 100}


def test_only_providers_that_are_set_up_have_a_door(clock: SteppedClock, sqlite_url: str, vault: Vault) -> None:
    database = Database(sqlite_url, vault)
    hooks = Hooks(db=database, clock=clock, telegram=TelegramSecret("s3cret"))

    assert [route.path for route in hooks.routes()] == [TELEGRAM_PATH]
    database.close_now()


def _a_delivery(connection: Connection) -> int:
    """Put a reply on its way to the defendant's phone; return the delivery's id."""
    scene = add_scene(connection)
    way = scene.parties[0].endpoint_id
    assert way is not None
    lane_id = endpoints.get(connection, way).lane_id
    assert lane_id is not None
    target = notices.Target(endpoint_id=way, lane_id=lane_id, court_id=scene.court_id)
    notices.add_reply(connection, target, "hello", dedupe_key="n", now=NOW, expires_at=NOW + timedelta(days=1))
    sent = {"state": NoticeState.SENT, "delivery_id": 1, "left_at": NOW}
    notice_id = connection.execute(update(notice).values(sent).returning(notice.c.id)).scalar_one()
    row = {"id": 1, "notice_id": notice_id, "endpoint_id": way, "lane_id": lane_id, "attempt": 1, "asked": 0}
    row |= {"state": DeliveryState.ACCEPTED, "text": b"", "language": "en", "segments": 1, "created_at": NOW}
    connection.execute(insert(delivery).values(row | {"provider_id": "SM1"}))
    return 1
