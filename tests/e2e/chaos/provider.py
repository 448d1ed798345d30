"""The provider of a town: the sandbox in a process of its own that nobody kills, and the ledger of what it really took.

Beside Twilio's interface it has a second door for whoever directs the town: faults to come, people's texts, the ledger.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.twilio_webhooks import INBOUND_PATH
from bot.sandbox import faults
from bot.sandbox.faults import Fault
from bot.sandbox.phones import Phone
from bot.sandbox.server import Sandbox
from bot.sandbox.twilio_account import Sms
from bot.sandbox.twilio_hooks import HookAnswer, TwilioHooks
from bot.web.server import WebServer
from domain.clock import Clock

PLACES_FILE, FRONT = "CHAOS_PLACES", "CHAOS_FRONT"
TRIES = "#rc=5&rp=all"  # how Twilio is to try again with what people write: docs/how-to/run-on-many-machines.md
FAULTS: Mapping[str, Fault] = {
    "hangs after accept": faults.HANG_AFTER_ACCEPT,
    "hangs after accept, no receipts": Fault(answer=faults.Answer.HANG, receipts=faults.Receipts.NONE),
    "500 after accept": faults.ERROR_AFTER_ACCEPT,
    "500 after accept, no receipts": Fault(answer=faults.Answer.ERROR, receipts=faults.Receipts.NONE),
    "drops after accept": faults.DROP_AFTER_ACCEPT,
    "drops after accept, no receipts": Fault(answer=faults.Answer.DROP, receipts=faults.Receipts.NONE),
    "hangs before accept": faults.HANG_BEFORE_ACCEPT,
    "500 before accept": faults.ERROR_BEFORE_ACCEPT,
    "drops before accept": faults.DROP_BEFORE_ACCEPT,
    "receipts twice": faults.DOUBLED_RECEIPTS,
    "receipts out of order": faults.REORDERED_RECEIPTS,
    "receipts before the answer": faults.RECEIPTS_FIRST,
    "receipts never": faults.NO_RECEIPTS,
    "asks to slow down": faults.too_many_requests(retry_after=10),
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A text that the provider took. `delivery` is our id, from the receipt's address."""

    to: str
    text: str
    delivery: int
    at: float


@dataclass(frozen=True, slots=True)
class Posted:
    """A receipt that the provider posted; `is_taken`: it was answered as it should be."""

    delivery: int
    status: str
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote; `is_taken`: a web answered for it, so it must have its effect."""

    sender: str
    text: str
    sid: str
    is_taken: bool


@dataclass(slots=True)
class Ledger:
    """What the provider saw, in the order in which it did."""

    accepted: list[Accepted] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)


async def main(clock: Clock) -> None:
    """Be the provider until the process is killed; write where the two doors are once both are open."""
    async with Sandbox(clock) as sandbox:
        ledger = Ledger()
        hooks = _Remembering.over(sandbox._twilio.hooks, ledger)
        sandbox._twilio.courier.hooks = sandbox._twilio.inbound.hooks = hooks
        sandbox.post_inbound_to(f"{os.environ[FRONT]}{INBOUND_PATH}{TRIES}")
        door = _Door(sandbox, ledger)
        async with WebServer(door.app(), host="127.0.0.1", port=0) as server:
            places = Path(os.environ[PLACES_FILE])
            fresh = places.with_suffix(".new")
            fresh.write_text(f"{sandbox.url} http://127.0.0.1:{server.port}", encoding="ascii")
            fresh.rename(places)
            await asyncio.Event().wait()


@dataclass(slots=True)
class _Remembering(TwilioHooks):
    """The provider's calls to the product, each written down with whether it was answered well."""

    ledger: Ledger = field(default_factory=Ledger)

    @classmethod
    def over(cls, hooks: TwilioHooks, ledger: Ledger) -> "_Remembering":
        return cls(hooks.caller, hooks.signing, hooks.pace, hooks.alerts, ledger)

    async def post(self, url: str, form: Mapping[str, str]) -> HookAnswer:
        answer = await TwilioHooks.post(self, url, form)
        is_taken = answer.trouble is None
        if form.get("SmsStatus") == "received":
            self.ledger.written.append(Written(form["From"], form["Body"], form["MessageSid"], is_taken))
        else:
            self.ledger.posted.append(Posted(_our_id(url), form["MessageStatus"], is_taken))
        return answer


@dataclass(slots=True)
class _Door:
    """What the director asks for."""

    sandbox: Sandbox
    ledger: Ledger

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/fault", self.fault, methods=["POST"]),
                Route("/well", self.well, methods=["POST"]),
                Route("/write", self.write, methods=["POST"]),
                Route("/settle", self.settle, methods=["POST"]),
                Route("/ledger", self.show),
            ]
        )

    async def fault(self, request: Request) -> Response:
        """Let a fault happen to the next texts."""
        asked = await request.json()
        self.sandbox.script.add(FAULTS[asked["name"]], to=asked["to"], times=asked["times"])
        return Response()

    async def well(self, _: Request) -> Response:
        """Let nothing go wrong any more."""
        self.sandbox.script.clear()
        return Response()

    async def write(self, request: Request) -> Response:
        """Let somebody write; they need no phone before. Says whether it was taken."""
        asked = await request.json()
        if self.sandbox.carrier.known(asked["sender"]) is None:
            self.sandbox.add_phone(Phone(number=asked["sender"]))
        await self.sandbox.person_writes(asked["sender"], asked["text"])
        [mine] = [one for one in self.ledger.written[-200:] if one.sender == asked["sender"]][-1:]
        return JSONResponse({"is_taken": mine.is_taken})

    async def settle(self, _: Request) -> Response:
        """Wait until every text has gone as far as it will; say how many have not, where more come all the time."""
        try:
            await self.sandbox.settle()
        except TimeoutError:
            return JSONResponse({"under_way": len(self.sandbox._errands)})
        return JSONResponse({"under_way": 0})

    async def show(self, _: Request) -> Response:
        """Show all that was seen."""
        taken = [_accepted(sms) for sms in self.sandbox._twilio.account.messages.values() if sms.callback]
        return JSONResponse(asdict(Ledger(taken, self.ledger.posted, self.ledger.written)))


@dataclass(slots=True)
class Provider:
    """The provider as the director sees it."""

    url: str
    door: str
    session: aiohttp.ClientSession

    async def will(self, fault: str, *, times: int | None = None, to: str | None = None) -> None:
        """Let the next texts (None: all, until it is well again) meet a fault of FAULTS."""
        await self._ask("fault", name=fault, times=times, to=to)

    async def be_well(self) -> None:
        """Forget the faults that are still to come."""
        await self._ask("well")

    async def write(self, sender: str, text: str) -> bool:
        """Let somebody write; return whether the court took it."""
        return bool((await self._ask("write", sender=sender, text=text))["is_taken"])

    async def settle(self) -> int:
        """Wait until every text has gone as far as it will, and its receipts are posted; return how many have not."""
        return int((await self._ask("settle"))["under_way"])

    async def ledger(self) -> Ledger:
        """Return what it saw so far."""
        async with self.session.get(f"{self.door}/ledger") as answer:
            said = await answer.json()
        return Ledger(
            [Accepted(**one) for one in said["accepted"]],
            [Posted(**one) for one in said["posted"]],
            [Written(**one) for one in said["written"]],
        )

    async def _ask(self, what: str, **facts: object) -> dict[str, Any]:
        async with self.session.post(f"{self.door}/{what}", json=facts) as answer:
            answer.raise_for_status()
            return dict(await answer.json()) if answer.content_type == "application/json" else {}


def _accepted(sms: Sms) -> Accepted:
    return Accepted(sms.to, sms.body, _our_id(sms.callback or ""), sms.created_at.timestamp())


def _our_id(url: str) -> int:
    return int(urldefrag(url).url.rpartition("?m=")[2])
