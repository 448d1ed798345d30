"""The channel without a provider keeps the channel's promises."""

from datetime import timedelta

import pytest

from bot.channels.memory import InMemoryChannel
from domain.delivery import (
    Address,
    Channel,
    ChannelName,
    Deferred,
    NotFound,
    OutgoingMessage,
    Rejected,
    SendOutcome,
    Sent,
    Unavailable,
    Unknown,
)

TO = Address(ChannelName.SMS, "+19075550100")


def a_message(number: int = 1) -> OutgoingMessage:
    return OutgoingMessage(id=number, to=TO, text=f"text {number}")


async def test_it_sends_at_once_and_remembers_what_people_read() -> None:
    channel: Channel
    memory = channel = InMemoryChannel()
    outcomes = [await channel.send(a_message(number)) for number in (1, 2)]
    assert outcomes == [Sent("mem-1"), Sent("mem-2")]
    assert memory.texts == ["text 1", "text 2"]


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        (Sent("SM1"), True),
        (Deferred("twilio.429", timedelta(seconds=30)), False),
        (Rejected("twilio.21211"), False),
        (Unknown("http.timeout"), False),
    ],
    ids=repr,
)
async def test_it_does_as_it_was_told_once(outcome: SendOutcome, *, left: bool) -> None:
    channel = InMemoryChannel()
    channel.will(outcome)
    assert await channel.send(a_message()) == outcome
    assert bool(channel.sent) is left
    assert isinstance(await channel.send(a_message(2)), Sent)
    assert channel.tried == 2


async def test_a_look_up_tells_whether_an_unknown_left() -> None:
    channel = InMemoryChannel()
    channel.will(Unknown("http.timeout"), and_leave=True)
    channel.will(Unknown("http.timeout"))
    for number in (1, 2):
        await channel.send(a_message(number))
    assert await channel.find(a_message(1)) == Sent("mem-1")
    assert await channel.find(a_message(2)) == NotFound()
    assert channel.texts == ["text 1"]


async def test_a_look_up_can_be_scripted_once() -> None:
    channel = InMemoryChannel()
    channel.will_find(Unavailable("http.timeout"))
    assert await channel.find(a_message()) == Unavailable("http.timeout")
    assert await channel.find(a_message()) == NotFound()
