"""Twilio's HTTP API as far as a sender needs it: create, look up and list messages, and fetch the account."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from hmac import compare_digest

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.carrier import Carrier
from bot.sandbox.errands import Errands
from bot.sandbox.faults import Fault, Receipts, Refusal
from bot.sandbox.twilio_account import (
    API,
    DEFAULT_PAGE,
    LARGEST_PAGE,
    LONGEST_VALIDITY,
    Page,
    Sms,
    TwilioAccount,
)
from bot.sandbox.twilio_courier import TwilioCourier
from bot.sandbox.twilio_rules import UNSUBSCRIBED, complaint, refusal_of
from bot.sandbox.wire import Lines, answer
from domain.sms import measure

_Endpoint = Callable[[Request], Awaitable[Response]]
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


@dataclass(slots=True)
class TwilioApi:
    """Answers for one account. Every request must carry its sid and auth token as basic authentication."""

    account: TwilioAccount
    auth_token: str = field(repr=False)
    carrier: Carrier
    courier: TwilioCourier
    errands: Errands
    lines: Lines

    def routes(self) -> list[Route]:
        """Return the paths of Twilio's API, version 2010-04-01."""
        root = f"/{API}/Accounts/{{account}}"
        return [
            Route(f"{root}/Messages.json", self._guarded(self.create), methods=["POST"]),
            Route(f"{root}/Messages.json", self._guarded(self.page), methods=["GET"]),
            Route(f"{root}/Messages/{{message}}.json", self._guarded(self.fetch), methods=["GET"]),
            Route(f"{root}.json", self._guarded(self.show), methods=["GET"]),
        ]

    async def create(self, request: Request) -> Response:
        """Take a message, unless it is refused, and answer as its fault wants."""
        form = _fields(await request.form())
        refusal = complaint(form) or self._stopped(form)
        if refusal:
            return refused(refusal)
        fault = self.carrier.script.take(form["To"])
        if fault.refusal:
            return refused(fault.refusal)
        good = await self._accept(form, fault) if fault.accepts else Response()
        bad = refused(refusal_of(20500))
        return await answer(request, fault, good=good, bad=bad, lines=self.lines, pace=self.courier.pace)

    async def fetch(self, request: Request) -> Response:
        """Show one message."""
        sms = self.account.messages.get(request.path_params["message"])
        return JSONResponse(self.account.resource(sms)) if sms else refused(refusal_of(20404))

    async def page(self, request: Request) -> Response:
        """List messages, newest first; a date or a page that cannot be read is refused."""
        asked = request.query_params
        filters = {key: asked[key] for key in _FILTERS if key in asked}
        try:
            size = min(max(int(asked.get("PageSize", DEFAULT_PAGE)), 1), LARGEST_PAGE)
            return JSONResponse(self.account.listing(filters, Page(number=int(asked.get("Page", 0)), size=size)))
        except ValueError:
            return refused(refusal_of(20001))

    async def show(self, request: Request) -> Response:
        """Show the account itself."""
        opened = format_datetime(self.carrier.clock.now())
        return JSONResponse(
            {
                "sid": self.account.sid,
                "owner_account_sid": self.account.sid,
                "friendly_name": "Usher's sandbox",
                "status": "active",
                "type": "Full",
                "date_created": opened,
                "date_updated": opened,
                "subresource_uris": {"messages": f"/{API}/Accounts/{self.account.sid}/Messages.json"},
                "uri": request.url.path,
            }
        )

    def _guarded(self, endpoint: _Endpoint) -> _Endpoint:
        pair = b64encode(f"{self.account.sid}:{self.auth_token}".encode()).decode()

        async def guarded(request: Request) -> Response:
            said = request.headers.get("authorization", "")
            if not compare_digest(said.encode(), f"Basic {pair}".encode()):
                return refused(refusal_of(20003))
            if request.path_params["account"] != self.account.sid:
                return refused(refusal_of(20404))
            return await endpoint(request)

        return guarded

    def _stopped(self, form: Mapping[str, str]) -> Refusal | None:
        return refusal_of(UNSUBSCRIBED, form) if self.carrier.is_stopped(form["To"], self._sender(form)) else None

    def _sender(self, form: Mapping[str, str]) -> str:
        service = form.get("MessagingServiceSid")
        return self.account.number_of(service) if service else form["From"]

    async def _accept(self, form: Mapping[str, str], fault: Fault) -> Response:
        sms = self._written(form)
        created = JSONResponse(self.account.resource(sms), status_code=201)
        self.account.keep(sms)
        self.carrier.book(self.carrier.sms_phone(sms.to), sms.as_bubble())
        if fault.receipts is Receipts.BEFORE_ANSWER:
            await self.courier.carry(sms, fault)
        else:
            self.errands.start(self.courier.carry(sms, fault))
        return created

    def _written(self, form: Mapping[str, str]) -> Sms:
        service = form.get("MessagingServiceSid")
        validity = form.get("ValidityPeriod")
        return Sms(
            to=form["To"],
            sender=self._sender(form),
            body=form["Body"],
            created_at=self.carrier.clock.now(),
            status="accepted" if service else "queued",
            segments=measure(form["Body"]).count,
            service_sid=service,
            callback=form.get("StatusCallback"),
            keeps_body=form.get("ContentRetention") != "discard",
            valid_for=timedelta(seconds=int(validity)) if validity else LONGEST_VALIDITY,
        )


def refused(refusal: Refusal) -> Response:
    """Put a refusal the way Twilio does."""
    return JSONResponse(
        {
            "code": refusal.code,
            "message": refusal.message,
            "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
            "status": refusal.status,
        },
        status_code=refusal.status,
        headers={"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else None,
    )


def _fields(form: FormData) -> dict[str, str]:
    return {key: value for key, value in form.items() if isinstance(value, str)}
