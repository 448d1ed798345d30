"""How an accepted SMS travels: through Twilio's queue, past the carrier, onto the phone, with receipts on the way."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bot.sandbox.carrier import Carrier
from bot.sandbox.errands import Errands, Pace
from bot.sandbox.faults import Fate, Fault, Receipts
from bot.sandbox.phones import BubbleState, Phone
from bot.sandbox.twilio_account import API, Sms, TwilioAccount
from bot.sandbox.twilio_hooks import TwilioHooks

IN_QUEUE, TO_CARRIER, TO_PHONE = (timedelta(milliseconds=n) for n in (200, 500, 1_500))
VALIDITY_EXPIRED: Final = 30036


@dataclass(slots=True)
class TwilioCourier:
    """Carries messages and posts their receipts. A phone that is off keeps its messages in the queue."""

    carrier: Carrier
    account: TwilioAccount
    hooks: TwilioHooks
    errands: Errands
    pace: Pace
    _waiting: dict[str, list[tuple[Sms, Fault]]] = field(default_factory=dict, repr=False)

    async def carry(self, sms: Sms, fault: Fault) -> None:
        """Bring a message as far as its fault lets it."""
        trip = _Trip(sms, fault, self)
        phone = self.carrier.phone(sms.to)
        await self.pace.wait(IN_QUEUE)
        if sms.service_sid:
            await trip.move("queued")
        if fault.lands_after > sms.valid_for:
            await self.pace.wait(sms.valid_for)
            await self._expire(trip, phone)
            return
        await self.pace.wait(fault.lands_after)
        if phone.is_on:
            await self._hand_over(trip, phone)
        else:
            self._waiting.setdefault(phone.number, []).append((sms, fault))

    def switch(self, phone: Phone, *, on: bool) -> None:
        """Turn a phone off or on; what waited for it is tried now, unless its validity has passed (on `clock`)."""
        phone.is_on = on
        phone.turn += 1
        self.carrier.watch.touch()
        if on:
            for sms, fault in self._waiting.pop(phone.number, []):
                self.errands.start(self._resume(_Trip(sms, fault, self), phone))

    async def _resume(self, trip: "_Trip", phone: Phone) -> None:
        if self.carrier.clock.now() > trip.sms.created_at + trip.sms.valid_for:
            await self._expire(trip, phone)
        else:
            await self._hand_over(trip, phone)

    async def _expire(self, trip: "_Trip", phone: Phone) -> None:
        self.carrier.mark(phone, trip.sms.sid, BubbleState.EXPIRED, error_code=VALIDITY_EXPIRED)
        await trip.move("failed", error_code=VALIDITY_EXPIRED)
        await trip.end()

    async def _hand_over(self, trip: "_Trip", phone: Phone) -> None:
        sms, fault = trip.sms, trip.fault
        await self.pace.wait(TO_CARRIER)
        sms.sent_at = self.carrier.clock.now()
        await trip.move("sent")
        await self.pace.wait(TO_PHONE)
        match fault.fate:
            case Fate.DELIVERED:
                self.carrier.land(phone, sms.sid)
                await trip.move("delivered")
            case Fate.LOST:
                self.carrier.mark(phone, sms.sid, BubbleState.LOST)
            case Fate.UNDELIVERED:
                self.carrier.mark(phone, sms.sid, BubbleState.UNDELIVERED, error_code=fault.error_code)
                await trip.move("undelivered", error_code=fault.error_code)
        await trip.end()


@dataclass(slots=True)
class _Trip:
    """One message's way, and its receipts in the order its fault wants."""

    sms: Sms
    fault: Fault
    courier: TwilioCourier
    _held_back: list[dict[str, str]] = field(default_factory=list)

    async def move(self, status: str, *, error_code: int | None = None) -> None:
        """Take the message to a status, and tell its callback as the fault lets us."""
        self.sms.status, self.sms.error_code = status, error_code
        self.sms.updated_at = self.courier.carrier.clock.now()
        receipt = _receipt(self.sms, account_sid=self.courier.account.sid)
        match self.fault.receipts:
            case Receipts.ONCE | Receipts.BEFORE_ANSWER:
                await self._post(receipt)
            case Receipts.DOUBLED:
                await self._post(receipt)
                await self._post(receipt)
            case Receipts.REORDERED:
                self._held_back.append(receipt)
            case Receipts.NONE:
                pass

    async def end(self) -> None:
        """Post what was held back, the last first."""
        while self._held_back:
            await self._post(self._held_back.pop())

    async def _post(self, receipt: dict[str, str]) -> None:
        if self.sms.callback:
            await self.courier.hooks.post(self.sms.callback, receipt)


def _receipt(sms: Sms, *, account_sid: str) -> dict[str, str]:
    moment = (sms.updated_at or sms.created_at).strftime("%y%m%d%H%M")
    return {
        "AccountSid": account_sid,
        "ApiVersion": API,
        "From": sms.sender,
        "MessageSid": sms.sid,
        "MessageStatus": sms.status,
        "SmsSid": sms.sid,
        "SmsStatus": sms.status,
        "To": sms.to,
        **({"MessagingServiceSid": sms.service_sid} if sms.service_sid else {}),
        **({"ErrorCode": str(sms.error_code)} if sms.error_code else {}),
        **({"RawDlrDoneDate": moment} if sms.status == "delivered" else {}),
    }
