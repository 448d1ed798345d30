"""The providers' webhooks: verify, store, answer at once; the inbox's worker thinks about it afterwards."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.arrivals import form_pairs, telegram_arrival, twilio_arrival
from bot.channels.twilio_webhooks import INBOUND_PATH, STATUS_PATH, parse_status
from bot.web.signatures import TELEGRAM_HEADER, TelegramSecret, TwilioSignature
from domain.clock import Clock
from domain.delivery import ChannelName
from domain.errors import InvalidInputError
from scheduler.receipts import Reception, receive
from storage import inbox
from storage.database import Database

TELEGRAM_PATH = "/hooks/telegram"
LARGEST_FORM = 64 * 1024  # a text of 1600 characters, percent-encoded, with all that Twilio adds, is a third of it
LARGEST_UPDATE = 256 * 1024  # a text of 4096 characters with all its entities is a tenth of it
RETRY_AFTER = {"Retry-After": "30"}  # seconds; Telegram takes up to an hour
STORE_SECONDS = 10  # Twilio waits 15; what is written after that all the same is known when it comes again
NO_REPLY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'

log = structlog.get_logger(__name__)


class Stream(Protocol):
    """Takes what was proved to be a provider's; True means that it is on disk somewhere and will be worked off."""

    async def take_arrival(self, arrival: inbox.Arrival) -> bool:
        """Hand on what somebody wrote."""
        ...

    async def take_receipt(self, body: str, *, m: str | None) -> bool:
        """Hand on a receipt."""
        ...


def _nobody() -> None:
    """Nobody waits for it."""


def _forget(_: timedelta) -> None:
    """Nobody measures it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Takes what providers post. What cannot be proved to be theirs is refused, counted and otherwise forgotten.

    `bot_id` is the number in front of the bot's token. `on_message` and `on_receipt` are called after something was
    stored: the inbox's worker and the dispatcher look at once; `on_end` is told how long after its attempt a delivery
    was first heard to have ended. `counts` says what became of requests, by word.

    With a `stream` it is asked first, and the database only where it could not take something. The answer to the
    provider always comes after one of the two has it for good.
    """

    db: Database
    clock: Clock
    stream: Stream | None = None
    twilio: TwilioSignature | None = None
    telegram: TelegramSecret | None = None
    bot_id: int = 0
    on_message: Callable[[], None] = _nobody
    on_receipt: Callable[[], None] = _nobody
    on_end: Callable[[timedelta], None] = _forget
    counts: Counter[str] = field(default_factory=Counter)

    def routes(self) -> list[Route]:
        """Return the routes of the providers that are set up."""
        twilio = [
            Route(INBOUND_PATH, self.inbound, methods=["POST"]),
            Route(STATUS_PATH, self.status, methods=["POST"]),
        ]
        telegram = [Route(TELEGRAM_PATH, self.update, methods=["POST"])]
        return [*(twilio if self.twilio else []), *(telegram if self.telegram else [])]

    async def inbound(self, request: Request) -> Response:
        """Keep a text; the reply goes out through the outbox, so the answer here says nothing."""
        body = await self._signed_form(request)
        if isinstance(body, Response):
            return body
        try:
            arrival = twilio_arrival(body)
        except InvalidInputError:
            return self._say("unreadable", HTTPStatus.BAD_REQUEST)
        return await self._keep(arrival) or Response(NO_REPLY, media_type="text/xml")

    async def status(self, request: Request) -> Response:
        """Apply a receipt. What we do not know is as fine with us as with Twilio: asking again would not help."""
        body = await self._signed_form(request)
        if isinstance(body, Response):
            return body
        m = request.query_params.get("m")
        if self.stream is not None and await self.stream.take_receipt(body, m=m):
            return self._say("handed_on", HTTPStatus.OK)
        receipt = parse_status(dict(form_pairs(body)), m=m)
        work = partial(receive, receipt=receipt, channel=ChannelName.SMS, now=self.clock.now())
        try:
            async with asyncio.timeout(STORE_SECONDS):
                received = await self.db.write(work)
        except (SQLAlchemyError, TimeoutError) as error:
            return self._away(error)
        self.counts[f"receipt_{received.reception}"] += 1
        if received.after is not None:
            self.on_end(received.after)
        if received.reception is Reception.MOVED:
            self.on_receipt()
        return Response(status_code=HTTPStatus.OK)

    async def update(self, request: Request) -> Response:
        """Keep an update of Telegram's; what is no business of ours is taken and dropped, or it would come again."""
        headers: list[tuple[bytes, bytes]] = request.scope["headers"]
        given = next((value for name, value in headers if name == TELEGRAM_HEADER.lower().encode()), None)
        if self.telegram is None or not self.telegram.accepts(given):
            return self._say("refused", HTTPStatus.FORBIDDEN)
        raw = await _body(request, LARGEST_UPDATE)
        if raw is None:
            return self._say("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            arrival = telegram_arrival(raw, bot_id=self.bot_id)
        except InvalidInputError:
            return self._say("unreadable", HTTPStatus.OK)
        if arrival is None:
            return self._say("not_ours", HTTPStatus.OK)
        return await self._keep(arrival) or Response(status_code=HTTPStatus.OK)

    async def _signed_form(self, request: Request) -> str | Response:
        """Return the form as it came if Twilio signed it, or the refusal."""
        raw = await _body(request, LARGEST_FORM)
        if raw is None:
            return self._say("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body = raw.decode("utf-8", "replace")
        path, query = request.scope["raw_path"].decode("latin-1"), request.scope["query_string"].decode("latin-1")
        signed = self.twilio is not None and self.twilio.accepts(
            path=path, query=query, params=form_pairs(body), headers=request.headers
        )
        return body if signed else self._say("refused", HTTPStatus.FORBIDDEN)

    async def _keep(self, arrival: inbox.Arrival) -> Response | None:
        """Store what arrived; return the response that asks for it again when it could not be stored."""
        if self.stream is not None and await self.stream.take_arrival(arrival):
            self.counts["handed_on"] += 1
            return None
        try:
            async with asyncio.timeout(STORE_SECONDS):
                is_new = await self.db.write(partial(inbox.store, arrival=arrival, now=self.clock.now()))
        except (SQLAlchemyError, TimeoutError) as error:
            return self._away(error)
        self.counts["stored" if is_new else "repeated"] += 1
        if is_new:
            self.on_message()
        return None

    def _away(self, error: SQLAlchemyError | TimeoutError) -> Response:
        log.error("webhook.deferred", fault=type(error).__name__)
        return self._say("deferred", HTTPStatus.SERVICE_UNAVAILABLE, RETRY_AFTER)

    def _say(self, word: str, status: HTTPStatus, headers: dict[str, str] | None = None) -> Response:
        self.counts[word] += 1
        return Response(status_code=status, headers=headers)


async def _body(request: Request, most: int) -> bytes | None:
    """Read a body of at most `most` bytes; None for a longer one, of which no more is read."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)
