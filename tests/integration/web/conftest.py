"""A door on loopback: the webhooks on a real port, and somebody who posts as Twilio and Telegram do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.web.hooks import TELEGRAM_PATH, Hooks
from bot.web.server import WebServer
from bot.web.signatures import SIGNATURE_HEADER, TELEGRAM_HEADER, TelegramSecret, TwilioSignature, sign_form
from domain.clock import SteppedClock
from storage.database import Database
from tests.fixtures.conversation import BOT_ID

TOKEN = "t0ken-of-the-account"
SECRET = "s3cret_of-the-webhook"
PUBLIC_URL = "https://court.example"


@dataclass
class Door:
    """Posts to the hooks, and remembers how often the inbox's worker was nudged."""

    hooks: Hooks
    session: aiohttp.ClientSession
    url: str = ""
    nudges: list[str] = field(default_factory=list)

    async def twilio(
        self, path: str, form: dict[str, str] | list[tuple[str, str]], *, signature: str | None = None
    ) -> tuple[int, str, str]:
        """Post a form, rightly signed unless `signature` says otherwise; return status, content type, body."""
        pairs = list(form.items()) if isinstance(form, dict) else form
        signed = sign_form(TOKEN, f"{PUBLIC_URL}{path}", pairs) if signature is None else signature
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | ({SIGNATURE_HEADER: signed} if signed else {})
        return await self.post(path, urlencode(pairs).encode(), headers)

    async def telegram(self, raw: bytes, *, secret: bytes | None = SECRET.encode()) -> int:
        """Post an update; return the status."""
        headers = {} if secret is None else {TELEGRAM_HEADER: secret.decode("latin-1")}
        return (await self.post(TELEGRAM_PATH, raw, headers))[0]

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        """Post anything."""
        async with self.session.post(f"{self.url}{path}", data=body, headers=headers) as response:
            return response.status, response.headers.get("Content-Type", ""), await response.text()


@pytest.fixture
async def door(any_db: Database, clock: SteppedClock) -> AsyncIterator[Door]:
    async with opened(any_db, clock) as door:
        yield door


@asynccontextmanager
async def opened(db: Database, clock: SteppedClock) -> AsyncIterator[Door]:
    """Open a door to a database."""
    nudges: list[str] = []
    hooks = Hooks(
        db=db,
        clock=clock,
        twilio=TwilioSignature([TOKEN], PUBLIC_URL),
        telegram=TelegramSecret(SECRET),
        bot_id=BOT_ID,
        on_message=lambda: nudges.append("message"),
        on_receipt=lambda: nudges.append("receipt"),
    )
    server = WebServer(Starlette(routes=hooks.routes()), host="127.0.0.1", port=0)
    async with server, aiohttp.ClientSession() as session:
        yield Door(hooks, session, f"http://127.0.0.1:{server.port}", nudges)
