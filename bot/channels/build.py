"""The channels of an installation: one for each lane that its courts write on."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.channels.http import Wire
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from domain.court import Court, SenderSpec
from domain.delivery import Channel, ChannelName
from storage.lanes import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """What sending SMS needs. `sender` is the installation's own, for lanes without one."""

    sid: str
    token: str = field(repr=False)
    sender: str
    base_url: str
    public_url: str


def sms_channels(account: TwilioAccount, courts: Iterable[Court], wire: Wire) -> dict[str, Channel]:
    """Return a channel for every SMS lane, by the lane's key."""
    client = twilio_client(account.sid, account.token, wire, base_url=account.base_url)
    senders = {sender for court in courts for sender in court.senders if sender.channel is ChannelName.SMS}
    return {
        key_of(spec): TwilioSms(client, sender=spec.sender or account.sender, public_url=account.public_url)
        for spec in (SenderSpec(channel=ChannelName.SMS), *senders)
    }
