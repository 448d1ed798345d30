"""How a person's SMS comes to the court: Twilio's inbound webhook, and what a TwiML answer makes of it."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

from bot.sandbox.carrier import Carrier, OptOut
from bot.sandbox.faults import NO_FAULT
from bot.sandbox.phones import BubbleState, Phone
from bot.sandbox.twilio_account import API, Sms, TwilioAccount
from bot.sandbox.twilio_courier import TwilioCourier
from bot.sandbox.twilio_hooks import HookAnswer, TwilioHooks
from domain.sms import measure

# https://www.twilio.com/docs/api/errors/12300: the webhook answered in a content type that Twilio cannot use
BAD_CONTENT_TYPE: Final = 12300
_MESSAGE = re.compile(r"<Message\b[^>]*>(.*?)</Message>", re.DOTALL)
_TAGS = re.compile(r"</?Body>")


@dataclass(slots=True)
class TwilioInbound:
    """Takes what people write to the account's numbers to the inbound webhook."""

    carrier: Carrier
    account: TwilioAccount
    hooks: TwilioHooks
    courier: TwilioCourier

    async def write(self, phone: Phone, text: str, *, to: str | None = None) -> None:
        """Send a person's text to the number they would answer: the one that wrote last, or else the account's.

        Returns when the webhook has answered, or has been given up.
        """
        number = to or self.account.last_sender(phone.number) or self.account.number
        sms = self._keep(phone, text, number)
        keyword = self.carrier.hear(phone, text, sender=number)
        form = self._form(sms)
        if keyword and self.carrier.opt_out is OptOut.ADVANCED:
            form["OptOutType"] = keyword
        answer = await self.hooks.post(self.account.inbound_url, form) if self.account.inbound_url else None
        heard = answer is not None and answer.trouble is None
        self.carrier.mark(phone, sms.sid, BubbleState.DELIVERED if heard else BubbleState.UNHEARD)
        if answer and heard:
            await self._play(answer, sms)

    def _keep(self, phone: Phone, text: str, number: str) -> Sms:
        now = self.carrier.clock.now()
        sms = Sms(
            to=number,
            sender=phone.number,
            body=text,
            created_at=now,
            sent_at=now,
            status="received",
            direction="inbound",
            segments=measure(text).count,
            service_sid=self.account.service_of(number),
        )
        self.account.keep(sms)
        self.carrier.book(phone, sms.as_bubble())
        return sms

    def _form(self, sms: Sms) -> dict[str, str]:
        return {
            "ToCountry": "US",
            "ToState": "",
            "ToCity": "",
            "ToZip": "",
            "FromCountry": "US",
            "FromState": "",
            "FromCity": "",
            "FromZip": "",
            "SmsMessageSid": sms.sid,
            "NumMedia": "0",
            "SmsSid": sms.sid,
            "SmsStatus": "received",
            "Body": sms.body,
            "To": sms.to,
            "NumSegments": str(sms.segments),
            "MessageSid": sms.sid,
            "AccountSid": self.account.sid,
            "From": sms.sender,
            "ApiVersion": API,
            **({"MessagingServiceSid": sms.service_sid} if sms.service_sid else {}),
        }

    async def _play(self, answer: HookAnswer, heard: Sms) -> None:
        for text in self._spoken(answer):
            reply = Sms(
                to=heard.sender,
                sender=heard.to,
                body=text,
                created_at=self.carrier.clock.now(),
                status="queued",
                direction="outbound-reply",
                segments=measure(text).count,
            )
            self.account.keep(reply)
            self.carrier.book(self.carrier.phone(reply.to), reply.as_bubble())
            await self.courier.carry(reply, NO_FAULT)

    def _spoken(self, answer: HookAnswer) -> list[str]:
        """Return the texts an answer tells Twilio to send: TwiML's messages, or plain text as it is."""
        if not answer.body:
            return []
        match answer.content_type:
            case "text/xml" | "application/xml":
                return [unescape(_TAGS.sub("", found)).strip() for found in _MESSAGE.findall(answer.body)]
            case "text/plain" | "text/html":
                return [answer.body]
            case _:
                self.hooks.alerts.append(BAD_CONTENT_TYPE)
                return []
