"""The page of phones over HTTP: the page itself, news by server-sent events, and what its buttons do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from importlib.resources import files
from itertools import islice
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox.carrier import Carrier
from bot.sandbox.control import CourtAction, CourtSide
from bot.sandbox.page.views import MOST_PHONES, clock_view, hearing_view, phone_view
from bot.sandbox.people import People
from bot.sandbox.phones import Phone
from domain.errors import InvalidInputError, UsherError

BEAT = timedelta(seconds=1)
STEPS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_SAFE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}
_PARTS = {"phones.html": "text/html", "phones.css": "text/css", "phones.js": "text/javascript"}
_View = dict[str, object]
_Wish = Callable[[Request, dict[str, str]], Awaitable[_View | None]]


@dataclass(slots=True)
class PhonePage:
    """Serves the page. Without a `court` it shows phones only.

    Wishes are JSON posts, which no foreign page can send here. One wish to the court runs at a time.
    """

    carrier: Carrier
    people: People
    court: CourtSide | None = None
    _bench: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def routes(self) -> list[Route]:
        """Return the paths of the page; none is a provider's."""
        return [
            Route("/", _part("phones.html")),
            *(Route(f"/page/{name}", _part(name)) for name in _PARTS),
            Route("/page/news", self.news),
            Route("/page/state", self.state),
            Route("/page/phones/{number}/texts", _wish(self.write), methods=["POST"]),
            Route("/page/phones/{number}/taps", _wish(self.tap), methods=["POST"]),
            Route("/page/phones/{number}/power", _wish(self.switch), methods=["POST"]),
            Route("/page/clock", _wish(self.advance), methods=["POST"]),
            Route("/page/hearings/{hearing:int}", _wish(self.act), methods=["POST"]),
        ]

    async def news(self, _: Request) -> Response:
        """Stream every change: an event `phone` for each phone, an event `court` for clock and docket."""
        return StreamingResponse(self._news(), media_type="text/event-stream", headers=_SAFE)

    async def state(self, _: Request) -> Response:
        """Say everything at once, for pages that cannot keep a stream."""
        zone = await self._zone()
        return _json({"phones": [phone_view(phone, zone) for phone in self._shown()], "court": await self._court()})

    async def write(self, request: Request, wish: dict[str, str]) -> None:
        """Send a text as a person."""
        await self.people.write(request.path_params["number"], wish["text"])

    async def tap(self, request: Request, wish: dict[str, str]) -> None:
        """Tap a button as a person."""
        self.people.tap(request.path_params["number"], wish["message"], wish["action"])

    async def switch(self, request: Request, wish: dict[str, str]) -> None:
        """Turn a phone on or off."""
        self.people.switch(request.path_params["number"], on=wish["power"] == "on")

    async def advance(self, _: Request, wish: dict[str, str]) -> _View:
        """Turn the court's clock forward; return clock and docket."""
        court = self._sitting()
        async with self._bench:
            if wish["step"] == "next":
                await court.advance_to_next()
            else:
                await court.advance(STEPS[wish["step"]])
        self.carrier.watch.touch()
        return await self._court()

    async def act(self, request: Request, wish: dict[str, str]) -> _View:
        """Change a hearing as staff; return clock and docket."""
        court = self._sitting()
        try:
            action = CourtAction(wish["action"])
        except ValueError:
            raise InvalidInputError("action", "not one of the court's") from None
        async with self._bench:
            await court.act(request.path_params["hearing"], action)
        self.carrier.watch.touch()
        return await self._court()

    def _sitting(self) -> CourtSide:
        if self.court is None:
            raise InvalidInputError("court", "no court sits behind this page")
        return self.court

    def _shown(self) -> list[Phone]:
        return list(islice(self.carrier, MOST_PHONES))

    async def _zone(self) -> tzinfo:
        now = await self.court.now() if self.court else None
        return now.tzinfo or UTC if now else UTC

    async def _court(self) -> _View:
        if self.court is None:
            return {"clock": clock_view(self.carrier.clock.now()), "sits": False, "hearings": []}
        hearings = await self.court.hearings()
        return {
            "clock": clock_view(await self.court.now()),
            "sits": True,
            "hearings": [hearing_view(each) for each in hearings],
        }

    async def _news(self) -> AsyncIterator[bytes]:
        told: dict[str, int] = {}
        court: _View = {}
        watch = self.carrier.watch
        while not watch.is_over:
            turn = watch.turn
            if (sits := await self._court()) != court:
                court = sits
                yield _event("court", court)
            zone = await self._zone()
            for phone in self._shown():
                if told.get(phone.number) != phone.turn:
                    told[phone.number] = phone.turn
                    yield _event("phone", phone_view(phone, zone))
            if await watch.past(turn, within=BEAT) == turn:
                yield b": still here\n\n"


def _part(name: str) -> Callable[[Request], Response]:
    content = (files(__package__) / name).read_bytes()
    return lambda _: Response(content, media_type=_PARTS[name], headers=_SAFE)


def _wish(fulfil: _Wish) -> Callable[[Request], Awaitable[Response]]:
    async def wished(request: Request) -> Response:
        if request.headers.get("content-type") != "application/json":
            return _json({"detail": "send JSON"}, status=415)
        try:
            view = await fulfil(request, orjson.loads(await request.body()))
        except (KeyError, orjson.JSONDecodeError):
            return _json({"detail": "there is no such thing here"}, status=404)
        except UsherError as error:
            return _json({"detail": str(error)}, status=409)
        return _json(view or {})

    return wished


def _json(content: _View, *, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type="application/json", headers=_SAFE)


def _event(name: str, content: _View) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(content))
