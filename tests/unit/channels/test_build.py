"""The SMS channels of an installation: one for each sender of its courts, each writing from its own number."""

from dataclasses import replace

import pytest

from bot.channels.build import TwilioAccount, sms_channels
from domain.court import Court, SenderSpec
from domain.delivery import Address, ChannelName, OutgoingMessage, Sent
from tests.unit.channels.scripted_wire import ScriptedWire, answer

OURS, NORTH, SERVICE = "+19075550190", "+19075550191", "MG" + "a" * 32
ACCOUNT = TwilioAccount(
    sid="AC" + "0" * 32,
    token="marker-token",
    sender=OURS,
    base_url="https://api.twilio.example",
    public_url="https://court.example",
)
BY_NORTH = SenderSpec(channel=ChannelName.SMS, sender=NORTH)
BY_SERVICE = SenderSpec(channel=ChannelName.SMS, sender=SERVICE)
BY_CHAT = SenderSpec(channel=ChannelName.TELEGRAM)


def with_senders(court: Court, *senders: SenderSpec) -> Court:
    """The example court, writing from these senders."""
    return replace(court, senders=senders)


@pytest.mark.parametrize(
    ("senders", "keys"),
    [
        ((), {"sms:default"}),
        ((BY_NORTH,), {"sms:default", f"sms:{NORTH}"}),
        ((BY_NORTH, BY_SERVICE), {"sms:default", f"sms:{NORTH}", f"sms:{SERVICE}"}),
        ((BY_CHAT,), {"sms:default"}),
    ],
    ids=["none of its own", "a number", "a number and a service", "a bot is no SMS"],
)
def test_every_sender_has_a_channel_and_so_has_the_installation(
    court: Court, senders: tuple[SenderSpec, ...], keys: set[str]
) -> None:
    assert set(sms_channels(ACCOUNT, [with_senders(court, *senders)], ScriptedWire())) == keys


def test_courts_that_share_a_sender_share_its_channel(court: Court) -> None:
    courts = [with_senders(court, BY_NORTH), replace(with_senders(court, BY_NORTH), key="second")]

    assert set(sms_channels(ACCOUNT, courts, ScriptedWire())) == {"sms:default", f"sms:{NORTH}"}


def test_an_installation_without_courts_can_still_answer() -> None:
    assert set(sms_channels(ACCOUNT, [], ScriptedWire())) == {"sms:default"}


@pytest.mark.parametrize(
    ("key", "field", "sender"),
    [
        ("sms:default", "From", OURS),
        (f"sms:{NORTH}", "From", NORTH),
        (f"sms:{SERVICE}", "MessagingServiceSid", SERVICE),
    ],
    ids=["the installation's", "a court's number", "a court's service"],
)
async def test_a_channel_writes_from_its_own_sender_and_asks_for_receipts_at_our_address(
    court: Court, key: str, field: str, sender: str
) -> None:
    wire = ScriptedWire(answer(201, {"sid": "SM" + "1" * 32, "status": "queued"}))
    channels = sms_channels(ACCOUNT, [with_senders(court, BY_NORTH, BY_SERVICE)], wire)
    message = OutgoingMessage(id=71, to=Address(ChannelName.SMS, "+19075550100"), text="Court at 9:30.")

    assert await channels[key].send(message) == Sent("SM" + "1" * 32)

    [asked] = wire.asked
    assert asked.url.startswith("https://api.twilio.example/")
    assert asked.form[field] == sender
    assert asked.form["StatusCallback"] == "https://court.example/hooks/twilio/status?m=71#rc=5&rp=ct,rt,5xx"
    assert {"From", "MessagingServiceSid"} & set(asked.form) == {field}


def test_an_account_shows_no_token() -> None:
    assert "marker" not in f"{ACCOUNT!r} {ACCOUNT}"
