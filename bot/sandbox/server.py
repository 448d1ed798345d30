"""The sandbox as a whole: a Twilio, a Telegram and the page of phones on one loopback port, in this process."""

from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from bot.sandbox.carrier import Carrier, Ledger, OptOut
from bot.sandbox.control import CourtSide
from bot.sandbox.errands import Errands, Pace
from bot.sandbox.faults import Script
from bot.sandbox.identities import Identities
from bot.sandbox.page.routes import PhonePage
from bot.sandbox.people import People
from bot.sandbox.phones import Phone
from bot.sandbox.sides import Surroundings, TelegramSide, TwilioSide
from bot.sandbox.wire import LOOPBACK, Caller, Lines, LoopbackServer
from domain.clock import Clock

PATIENCE = timedelta(seconds=10)


class Sandbox:
    """A Twilio, a Telegram and the phones behind them; `async with` starts and stops it.

    `url` is the base URL for both APIs and the address of the page. `people` acts as the people, `script` says what
    goes wrong, `ledger` counts what each phone really got.

    Args:
        clock: What time messages carry, and what ends their validity.
        port: The loopback port; 0 picks a free one.
        identities: Account, tokens and numbers.
        opt_out: Who answers STOP, START and HELP: we do, or the carrier.
        pace: Real seconds for each second that the provider would take.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        port: int = 0,
        identities: Identities | None = None,
        opt_out: OptOut = OptOut.OURS,
        pace: float = 0.02,
    ) -> None:
        self.identities = identities or Identities()
        self.carrier = Carrier(clock, opt_out=opt_out)
        self._errands = Errands()
        self._caller = Caller()
        around = Surroundings(self.carrier, self._errands, Pace(pace), Lines(), self._caller)
        self._twilio = TwilioSide(around, self.identities)
        self._telegram = TelegramSide(around, self.identities)
        self.people = People(self.carrier, self._twilio.inbound, self._twilio.courier, self._telegram.people)
        self._page = PhonePage(self.carrier, self.people)
        app = Starlette(
            routes=[*self._twilio.routes(), *self._telegram.routes(), *self._page.routes()],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])],
        )
        self._server = LoopbackServer(app, port=port, lines=around.lines)

    async def __aenter__(self) -> Self:
        """Begin to answer.

        Raises:
            OSError: If the port is taken.
        """
        await self._server.start()
        self._caller.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop at once: long polls and pages end, errands under way are given up.

        Raises:
            Exception: Whatever an errand died of, if nobody has seen it yet: that is a bug of the sandbox.
        """
        self.carrier.watch.end()
        self._telegram.bot.news.end()
        await self._server.stop()
        try:
            await self._errands.stop()
        finally:
            await self._caller.close()

    @property
    def url(self) -> str:
        """The address of everything, without a slash at the end.

        Raises:
            RuntimeError: If the sandbox is not running.
        """
        return f"http://{LOOPBACK}:{self._server.port}"

    @property
    def script(self) -> Script:
        """What goes wrong."""
        return self.carrier.script

    @property
    def ledger(self) -> Ledger:
        """What each phone really got."""
        return self.carrier.ledger

    @property
    def alerts(self) -> list[int]:
        """Twilio's debugger: an error code for every webhook that failed for good."""
        return self._twilio.hooks.alerts

    @property
    def bot_commands(self) -> dict[str, list[object]]:
        """The commands that the bot has set, by language code ("": for all)."""
        return self._telegram.bot.commands

    def post_inbound_to(self, url: str | None) -> None:
        """Set where incoming SMS are posted, as in Twilio's console; None: nowhere."""
        self._twilio.account.inbound_url = url

    def sit(self, court: CourtSide | None) -> None:
        """Seat a court behind the page's buttons."""
        self._page.court = court
        self.carrier.watch.touch()

    def add_phone(self, phone: Phone) -> Phone:
        """Give somebody a phone. SMS numbers nobody added are added as they are written to.

        Raises:
            ValueError: If the number is taken.
        """
        return self.carrier.add(phone)

    def phone(self, number: str) -> Phone:
        """Return the phone with that number (E.164) or Telegram chat (digits).

        Raises:
            KeyError: If there is none.
        """
        return self.carrier.phone(number)

    async def person_writes(self, number: str, text: str) -> None:
        """Let a person send a text to the court; see `People.write`."""
        await self.people.write(number, text)

    async def settle(self, *, within: timedelta = PATIENCE) -> None:
        """Wait until every message has gone as far as it will, and every webhook and update is taken.

        What the product sends afterwards, because of them, is not waited for: wait for what it should do with
        `until`. Messages for a phone that is off do not count.

        Raises:
            TimeoutError: If it takes longer than so much real time.
        """
        await self._errands.settle(within=within)
        await self.carrier.watch.until(lambda: self._telegram.bot.is_settled, within=within)

    async def until(self, holds: Callable[[], bool], *, within: timedelta = PATIENCE) -> None:
        """Wait until `holds()` is true; it is asked again whenever something changes on a phone.

        Raises:
            TimeoutError: If it is not after so much real time.
        """
        await self.carrier.watch.until(holds, within=within)
