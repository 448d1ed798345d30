"""The providers' webhooks: verify, store, answer at once; the inbox's worker thinks about it afterwards."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Protocol, TypeAlias

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, QueryParams
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.arrivals import form_pairs, telegram_arrival, twilio_arrival
from bot.channels.twilio_webhooks import INBOUND_PATH, STATUS_PATH, parse_status
from bot.web.signatures import TELEGRAM_HEADER, TelegramSecret, TwilioSignature
from domain.clock import Clock
from domain.delivery import ChannelName, Receipt
from domain.errors import InvalidInputError
from scheduler.receipts import Received, Reception, receive_all
from storage import inbox
from storage.database import Database
from storage.together import Together

TELEGRAM_PATH = "/hooks/telegram"
LARGEST_FORM = 64 * 1024  # a text of 1600 characters, percent-encoded, with all that Twilio adds, is a third of it
LARGEST_UPDATE = 256 * 1024  # a text of 4096 characters with all its entities is a tenth of it
EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
STORE_SECONDS = 10  # Twilio waits 15; what is written after that all the same is known when it comes again

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


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider is answered, in the words of ASGI: made once, sent often."""

    status: HTTPStatus
    headers: tuple[tuple[bytes, bytes], ...] = ((b"content-length", b"0"),)
    body: bytes = b""

    async def send(self, send: Send) -> None:
        """Say it."""
        await send({"type": "http.response.start", "status": int(self.status), "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body})


@dataclass(frozen=True, slots=True)
class Form:
    """A form that Twilio has signed: as it came, what is in it, and our delivery's id from its address."""

    body: str
    pairs: list[tuple[str, str]]
    m: str | None


Take: TypeAlias = Callable[[Scope, Receive], Awaitable[Answer]]
TAKEN = Answer(HTTPStatus.OK)
NO_REPLY = Answer(
    HTTPStatus.OK,
    ((b"content-type", b"text/xml; charset=utf-8"), (b"content-length", b"%d" % len(EMPTY_TWIML))),
    EMPTY_TWIML,
)
REFUSED = Answer(HTTPStatus.FORBIDDEN)
TOO_LARGE = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
UNREADABLE = Answer(HTTPStatus.BAD_REQUEST)
COME_AGAIN = Answer(
    HTTPStatus.SERVICE_UNAVAILABLE,
    ((b"retry-after", b"30"), (b"content-length", b"0")),  # seconds; Telegram takes up to an hour
)


@dataclass(slots=True, kw_only=True)
class Hooks:
    """Takes what providers post. What cannot be proved to be theirs is refused, counted and otherwise forgotten.

    `bot_id` is the number in front of the bot's token. `on_message` and `on_receipt` are called after something was
    stored: the inbox's worker and the dispatcher look at once; `on_end` is told how long after its attempt a delivery
    was first heard to have ended. `counts` says what became of requests, by word.

    With a `stream` it is asked first, and the database only where it could not take something. The answer to the
    provider always comes after one of the two has it for good. What comes at the same time is written together.
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
    _arrivals: Together[tuple[inbox.Arrival, datetime], bool] = field(init=False, repr=False)
    _receipts: Together[Receipt, Received] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._arrivals = Together(self.db, inbox.store_all, goes_first=True)
        self._receipts = Together(self.db, self._receive, goes_first=True)

    def routes(self) -> list[Route]:
        """Return the routes of the providers that are set up."""
        twilio = [self._route(INBOUND_PATH, self.inbound), self._route(STATUS_PATH, self.status)]
        telegram = [self._route(TELEGRAM_PATH, self.update)]
        return [*(twilio if self.twilio else []), *(telegram if self.telegram else [])]

    async def inbound(self, scope: Scope, receive: Receive) -> Answer:
        """Keep a text; the reply goes out through the outbox, so the answer here says nothing."""
        form = await self._signed_form(scope, receive)
        if isinstance(form, Answer):
            return form
        try:
            arrival = twilio_arrival(form.body, form.pairs)
        except InvalidInputError:
            return self._say("unreadable", UNREADABLE)
        return await self._keep(arrival) or NO_REPLY

    async def status(self, scope: Scope, receive: Receive) -> Answer:
        """Apply a receipt. What we do not know is as fine with us as with Twilio: asking again would not help."""
        form = await self._signed_form(scope, receive)
        if isinstance(form, Answer):
            return form
        if self.stream is not None and await self.stream.take_receipt(form.body, m=form.m):
            return self._say("handed_on", TAKEN)
        receipt = parse_status(dict(form.pairs), m=form.m)
        try:
            async with asyncio.timeout(STORE_SECONDS):
                received = await self._receipts.write(receipt)
        except (SQLAlchemyError, TimeoutError) as error:
            return self._away(error)
        if received.after is not None:
            self.on_end(received.after)
        if received.reception is Reception.MOVED:
            self.on_receipt()
        return self._say(f"receipt_{received.reception}", TAKEN)

    async def update(self, scope: Scope, receive: Receive) -> Answer:
        """Keep an update of Telegram's; what is no business of ours is taken and dropped, or it would come again."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        given = next((value for name, value in headers if name == TELEGRAM_HEADER.lower().encode()), None)
        if self.telegram is None or not self.telegram.accepts(given):
            return self._say("refused", REFUSED)
        raw = await _body(receive, LARGEST_UPDATE)
        if raw is None:
            return self._say("too_large", TOO_LARGE)
        try:
            arrival = telegram_arrival(raw, bot_id=self.bot_id)
        except InvalidInputError:
            return self._say("unreadable", TAKEN)
        if arrival is None:
            return self._say("not_ours", TAKEN)
        return await self._keep(arrival) or TAKEN

    async def _signed_form(self, scope: Scope, receive: Receive) -> Form | Answer:
        """Return the form as it came if Twilio signed it, or the refusal."""
        raw = await _body(receive, LARGEST_FORM)
        if raw is None:
            return self._say("too_large", TOO_LARGE)
        body = raw.decode("utf-8", "replace")
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        pairs = form_pairs(body)
        signed = self.twilio is not None and self.twilio.accepts(
            path=path, query=query, params=pairs, headers=Headers(scope=scope)
        )
        if not signed:
            return self._say("refused", REFUSED)
        return Form(body, pairs, QueryParams(query).get("m") if query else None)

    async def _keep(self, arrival: inbox.Arrival) -> Answer | None:
        """Store what arrived; return the answer that asks for it again when it could not be stored."""
        if self.stream is not None and await self.stream.take_arrival(arrival):
            self.counts["handed_on"] += 1
            return None
        try:
            async with asyncio.timeout(STORE_SECONDS):
                is_new = await self._arrivals.write((arrival, self.clock.now()))
        except (SQLAlchemyError, TimeoutError) as error:
            return self._away(error)
        self.counts["stored" if is_new else "repeated"] += 1
        if is_new:
            self.on_message()
        return None

    def _receive(self, connection: Connection, said: Sequence[Receipt]) -> list[Received]:
        return receive_all(connection, said, channel=ChannelName.SMS, now=self.clock.now())

    def _away(self, error: SQLAlchemyError | TimeoutError) -> Answer:
        log.error("webhook.deferred", fault=type(error).__name__)
        return self._say("deferred", COME_AGAIN)

    def _say(self, word: str, answer: Answer) -> Answer:
        self.counts[word] += 1
        return answer

    def _route(self, path: str, take: Take) -> Route:
        return Route(path, _Door(take), methods=["POST"])


class _Door:
    """One webhook as an ASGI application: what lies between a framework's request and response is not needed."""

    def __init__(self, take: Take) -> None:
        self._take = take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._take(scope, receive)
        await answer.send(send)


async def _body(receive: Receive, most: int) -> bytes | None:
    """Read a body of at most `most` bytes; None for a longer one, of which no more is read."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return bytes(body)
