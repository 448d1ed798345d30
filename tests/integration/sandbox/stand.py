"""A product that listens on loopback, the real Twilio client, and the numbers that the sandbox's tests use."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import requests
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import web
from twilio.rest import Client  # type: ignore[import-untyped]  # without a py.typed marker
from twilio.rest.api.v2010.account import AccountInstance  # type: ignore[import-untyped]  # the same
from twilio.rest.api.v2010.account.message import MessageInstance  # type: ignore[import-untyped]  # the same

from bot.sandbox.server import Sandbox

MARIA = "+19075550101"
JAMES = "+19075550102"
OMAR = "7000000103"
COURT = "+19075550199"
SERVICE = "MG" + "a1" * 16


@dataclass(frozen=True)
class Heard:
    """One request that reached the product; `url` is as it came on the wire."""

    url: str
    headers: dict[str, str]
    form: dict[str, str]
    json: dict[str, Any]
    raw: bytes = b""


@dataclass
class Product:
    """A web server that takes webhooks, remembers them, and answers as scripted (200 and nothing, otherwise)."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: deque[web.Response] = field(default_factory=deque)
    refuses: Callable[[Heard], bool] = lambda _: False
    refusal: int = 500
    takes: float = 0.0  # seconds for each answer

    @property
    def statuses(self) -> list[str]:
        return [heard.form["MessageStatus"] for heard in self.heard]

    @property
    def updates(self) -> list[dict[str, Any]]:
        return [heard.json for heard in self.heard]

    def will(self, *answers: web.Response) -> None:
        self.answers.extend(answers)

    async def listen(self, request: web.Request) -> web.Response:
        is_json = request.content_type == "application/json"
        form = {} if is_json else {key: str(value) for key, value in (await request.post()).items()}
        body = await request.json() if is_json else {}
        url = f"{self.url}{request.raw_path}"
        heard = Heard(url, dict(request.headers), form, body, await request.read())
        self.heard.append(heard)
        await asyncio.sleep(self.takes)
        if self.refuses(heard):
            return web.Response(status=self.refusal)
        return self.answers.popleft() if self.answers else web.Response()


@dataclass
class Twilio:
    """The real synchronous client, run in a thread; it gives up after `patience` seconds."""

    client: Client

    async def send(self, text: str = "hello", *, to: str = MARIA, **more: str | int) -> MessageInstance:
        asked = {"from_": COURT, **more} if "messaging_service_sid" not in more else more
        return await asyncio.to_thread(partial(self.client.messages.create, to=to, body=text, **asked))

    async def find(self, **filters: object) -> list[MessageInstance]:
        return await asyncio.to_thread(partial(self.client.messages.list, **filters))

    async def fetch(self, sid: str) -> MessageInstance:
        return await asyncio.to_thread(self.client.messages(sid).fetch)

    async def account(self) -> AccountInstance:
        return await asyncio.to_thread(self.client.api.accounts(self.client.account_sid).fetch)

    async def get(self, url: str, auth: tuple[str, str] | None = None) -> requests.Response:
        """Ask without the SDK."""
        pair = auth or (self.client.account_sid, self.client.password)
        return await asyncio.to_thread(partial(requests.get, url, auth=pair, timeout=5))

    async def post(self, base: str, **form: str) -> requests.Response:
        """Create a message without the SDK, which hides headers."""
        url = f"{base}/2010-04-01/Accounts/{self.client.account_sid}/Messages.json"
        pair = (self.client.account_sid, self.client.password)
        return await asyncio.to_thread(partial(requests.post, url, data=form, auth=pair, timeout=5))


TwilioFor = Callable[[Sandbox], Twilio]


class PlainSession(AiohttpSession):
    """aiogram's own session, without the quarter of a second it leaves to TLS when it closes."""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


@asynccontextmanager
async def bot_for(sandbox: Sandbox, token: str | None = None) -> AsyncIterator[Bot]:
    """Yield the real aiogram bot, pointed at the sandbox, and close it."""
    session = PlainSession(api=TelegramAPIServer.from_base(sandbox.url))
    async with Bot(token or sandbox.identities.telegram_token, session=session) as bot:
        yield bot
