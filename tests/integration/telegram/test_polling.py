"""Polling with the real aiogram client against the sandbox: stored before confirmed, and going on whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import orjson
import pytest
from aiogram import Bot
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.connection import Answer, NotSentError
from bot.channels.http import HttpWire, Wire
from bot.channels.telegram import telegram_bot
from bot.sandbox.phones import Phone
from bot.sandbox.server import Sandbox
from bot.telegram import setup
from bot.telegram.polling import Polling
from domain.clock import SteppedClock
from domain.delivery import ChannelName
from storage.database import Database
from storage.schema import inbound, metadata
from storage.vault import Vault
from tests.fixtures.conversation import update_of

OMAR = "7000000103"
TOKEN = "4242:abcdefghijklmnopqrstuvwxyz"
AT_ONCE = timedelta(0)


@pytest.fixture
async def sandbox(clock: SteppedClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock, pace=0) as sandbox:
        sandbox.add_phone(Phone(number=OMAR, channel=ChannelName.TELEGRAM, owner="Omar", language="ar"))
        yield sandbox


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    wire = HttpWire()
    yield wire
    await wire.aclose()


@pytest.fixture
def bot(sandbox: Sandbox, wire: HttpWire) -> Bot:
    return telegram_bot(sandbox.identities.telegram_token, wire, base_url=sandbox.url)


@dataclass
class Scripted(Wire):
    """A wire on which Telegram answers as scripted, and then with nothing new."""

    answers: list[Answer | Exception] = field(default_factory=list)
    offsets: list[int | None] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def exchange(
        self, method: str, url: str, *, headers: object, body: bytes = b"", total: object = None
    ) -> Answer:
        self.offsets.append(orjson.loads(body).get("offset"))
        self.asked.set()
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if self.answers else _updates()
        if isinstance(answer, Exception):
            raise answer
        return answer


@asynccontextmanager
async def running(polling: Polling) -> AsyncIterator[None]:
    """Let polling run meanwhile; it must end within a second of being told to."""
    stop = asyncio.Event()
    task = asyncio.create_task(polling.run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(1):
            await task


async def test_what_people_write_is_stored_once_and_the_worker_is_told(
    db: Database, sandbox: Sandbox, bot: Bot, clock: SteppedClock
) -> None:
    heard = asyncio.Event()
    async with running(Polling(bot, db, clock=clock, on_message=heard.set)):
        await sandbox.person_writes(OMAR, "/start abc")
        await _until(heard)
        heard.clear()
        await sandbox.person_writes(OMAR, "HELP")
        await _until(heard)

    assert len(await _keys(db)) == 2


async def test_an_update_is_confirmed_only_after_it_was_stored(
    db: Database, sandbox: Sandbox, bot: Bot, clock: SteppedClock
) -> None:
    polling = Polling(bot, db, clock=clock, on_message=lambda: None, long_poll=AT_ONCE)
    await sandbox.person_writes(OMAR, "one")

    assert await polling.fetch() == 1
    assert len(await bot.get_updates()) == 1, "a crash here would bring it again"
    assert await polling.fetch() == 0
    assert await bot.get_updates() == []


async def test_after_a_crash_what_was_not_confirmed_comes_again_and_has_one_row(
    db: Database, sandbox: Sandbox, bot: Bot, clock: SteppedClock
) -> None:
    told: list[int] = []
    await sandbox.person_writes(OMAR, "one")

    for _ in range(2):
        await Polling(bot, db, clock=clock, on_message=lambda: told.append(1), long_poll=AT_ONCE).fetch()

    assert len(await _keys(db)) == 1
    assert told == [1]


async def test_what_cannot_be_stored_is_not_confirmed(
    tmp_path: object, vault: Vault, sandbox: Sandbox, bot: Bot, clock: SteppedClock
) -> None:
    async with Database(f"sqlite:///{tmp_path}/empty.sqlite3", vault) as empty:
        polling = Polling(bot, empty, clock=clock, on_message=lambda: None, long_poll=AT_ONCE)
        await sandbox.person_writes(OMAR, "one")
        with pytest.raises(SQLAlchemyError):
            await polling.fetch()
        await empty.write(metadata.create_all)

        assert await polling.fetch() == 1
        assert len(await _keys(empty)) == 1


async def test_an_end_in_the_middle_of_a_long_poll_is_prompt(
    db: Database, sandbox: Sandbox, bot: Bot, clock: SteppedClock
) -> None:
    heard = asyncio.Event()
    async with running(Polling(bot, db, clock=clock, on_message=heard.set)):
        await sandbox.person_writes(OMAR, "one")
        await _until(heard)

    assert len(await _keys(db)) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        NotSentError("http.unreachable"),
        Answer(502, {}, b'{"ok":false,"error_code":502,"description":"Bad Gateway"}'),
        Answer(500, {}, b"<html>not json</html>"),
        Answer(
            429, {}, b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":0}}'
        ),
    ],
    ids=["no network", "bad gateway", "no json", "too many requests"],
)
async def test_trouble_is_waited_out_and_nothing_is_skipped(
    db: Database, clock: SteppedClock, trouble: Answer | Exception
) -> None:
    wire = Scripted(
        [_updates(update_of("one", update_id=7)), trouble, trouble, _updates(update_of("two", update_id=8))]
    )
    heard: asyncio.Queue[None] = asyncio.Queue()
    soon = timedelta(milliseconds=5)
    bot = telegram_bot(TOKEN, wire)
    polling = Polling(bot, db, clock=clock, on_message=lambda: heard.put_nowait(None), first_pause=soon)

    async with running(polling), asyncio.timeout(5):
        await heard.get()
        await heard.get()

    assert wire.offsets[:4] == [None, 8, 8, 8]
    assert await _keys(db) == ["4242:7", "4242:8"]


@pytest.mark.parametrize(
    ("status", "description", "event", "advice"),
    [
        (409, "Conflict: terminated by other getUpdates request", "polling.conflicted", "stop the other process"),
        (
            409,
            "Conflict: can't use getUpdates method while webhook is active",
            "polling.conflicted",
            "delete the webhook",
        ),
        (401, "Unauthorized", "polling.refused", "USHER_TELEGRAM_TOKEN"),
    ],
)
async def test_what_only_a_human_can_mend_is_said_and_waited_out(
    db: Database,
    clock: SteppedClock,
    capsys: pytest.CaptureFixture[str],
    status: int,
    description: str,
    event: str,
    advice: str,
) -> None:
    body = orjson.dumps({"ok": False, "error_code": status, "description": description})
    wire = Scripted([Answer(status, {}, body)])

    async with running(Polling(telegram_bot(TOKEN, wire), db, clock=clock, on_message=lambda: None)):
        await _until(wire.asked)
        for _ in range(100):
            await asyncio.sleep(0)  # it would ask again within a few turns of the loop

    said = capsys.readouterr().out
    assert event in said
    assert advice in said
    assert len(wire.offsets) == 1, "no hammering"


async def test_an_update_that_nobody_can_read_does_not_hold_up_the_others(db: Database, clock: SteppedClock) -> None:
    odd = orjson.dumps({"update_id": 7, "message": {"date": "never", "chat": None}})
    wire = Scripted([_updates(odd, update_of("two", update_id=8))])
    polling = Polling(telegram_bot(TOKEN, wire), db, clock=clock, on_message=lambda: None, long_poll=AT_ONCE)

    assert await polling.fetch() == 2
    await polling.fetch()

    assert await _keys(db) == ["4242:8"]
    assert wire.offsets == [None, 9]


async def test_what_comes_after_a_quiet_week_is_fetched_though_telegram_numbers_it_lower(
    db: Database, clock: SteppedClock
) -> None:
    wire = Scripted(
        [_updates(update_of("one", update_id=900)), _updates(), _updates(update_of("two", update_id=5)), _updates()]
    )
    polling = Polling(telegram_bot(TOKEN, wire), db, clock=clock, on_message=lambda: None, long_poll=AT_ONCE)

    for _ in range(5):
        await polling.fetch()

    assert wire.offsets == [None, 901, None, 6, None], "each is confirmed once, and then whatever waits is asked for"
    assert await _keys(db) == ["4242:900", "4242:5"]


async def test_setting_up_a_webhook_names_the_secret_and_what_to_send_and_polling_takes_it_away(
    sandbox: Sandbox, bot: Bot
) -> None:
    await setup.use_webhook(bot, public_url="https://court.example/usher/", secret="s3cret_of-the-webhook")
    there = await bot.get_webhook_info()
    await setup.use_polling(bot)

    assert there.url == "https://court.example/usher/hooks/telegram"
    assert (await bot.get_webhook_info()).url == ""


async def test_the_menu_of_commands_is_in_each_language_for_who_speaks_it(sandbox: Sandbox, bot: Bot) -> None:
    await setup.name_commands(bot, ["en", "es", "zh_Hans", "fil"])

    shown = {
        code: [one.description for one in await bot.get_my_commands(language_code=code)] for code in ("", "es", "zh")
    }
    assert [one.command for one in await bot.get_my_commands()] == ["help", "language", "stop"]
    assert shown["es"][1] == "Elegir un idioma"
    assert shown[""][1] == shown["zh"][1] == "Choose a language", "in English where there is no catalog"
    assert await bot.get_my_commands(language_code="fi") == [], "Filipino is not Finnish"


def _updates(*raw: bytes) -> Answer:
    return Answer(200, {}, b'{"ok":true,"result":[' + b",".join(raw) + b"]}")


async def _keys(db: Database) -> list[str]:
    return await db.read(lambda c: list(c.execute(select(inbound.c.provider_key).order_by(inbound.c.id)).scalars()))


async def _until(event: asyncio.Event) -> None:
    async with asyncio.timeout(5):
        await event.wait()
