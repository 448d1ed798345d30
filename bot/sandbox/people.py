"""What the people of the sandbox can do with their phones, whatever the channel: the page and the demo act by it."""

from dataclasses import dataclass
from typing import assert_never

from bot.sandbox.carrier import Carrier
from bot.sandbox.phones import Phone
from bot.sandbox.telegram_people import TelegramPeople
from bot.sandbox.twilio_courier import TwilioCourier
from bot.sandbox.twilio_inbound import TwilioInbound
from domain.delivery import ChannelName
from domain.errors import InvalidInputError

LONGEST_TEXT = 1_600


@dataclass(slots=True)
class People:
    """Acts as the person who holds a phone. Numbers are E.164, or Telegram chat ids in digits."""

    carrier: Carrier
    sms: TwilioInbound
    courier: TwilioCourier
    telegram: TelegramPeople

    async def write(self, number: str, text: str, *, to: str | None = None) -> None:
        """Send a text to the court; `to` is a number of the court's, for SMS.

        Returns when the SMS webhook has answered; a Telegram update is only queued.

        Raises:
            InvalidInputError: If the text is empty, or too long for a phone to send.
            KeyError: If there is no such phone.
        """
        if not text.strip():
            raise InvalidInputError("text", "nothing to send")
        if len(text) > LONGEST_TEXT:
            raise InvalidInputError("text", f"longer than {LONGEST_TEXT} characters")
        phone = self.carrier.phone(number)
        match phone.channel:
            case ChannelName.SMS:
                await self.sms.write(phone, text, to=to)
            case ChannelName.TELEGRAM:
                self.telegram.write(phone, text)
            case _:
                assert_never(phone.channel)

    def tap(self, number: str, provider_id: str, action: str) -> None:
        """Tap an inline button of a Telegram message.

        Raises:
            KeyError: If there is no such phone, or no such button on it.
        """
        self.telegram.tap(self.carrier.phone(number), provider_id, action)

    def edit(self, number: str, provider_id: str, text: str) -> None:
        """Edit a Telegram message that the person sent.

        Raises:
            KeyError: If there is no such phone or message.
        """
        self.telegram.edit(self.carrier.phone(number), provider_id, text)

    def switch(self, number: str, *, on: bool) -> Phone:
        """Turn a phone on or off: a Telegram user blocks the bot instead, which is what the court notices.

        Raises:
            KeyError: If there is no such phone.
        """
        phone = self.carrier.phone(number)
        match phone.channel:
            case ChannelName.SMS:
                self.courier.switch(phone, on=on)
            case ChannelName.TELEGRAM:
                self.telegram.block(phone, blocked=not on)
            case _:
                assert_never(phone.channel)
        return phone
