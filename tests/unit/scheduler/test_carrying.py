"""A batch on the wire: each message has its own outcome whatever the others do, and the lease bounds who may leave."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.memory import InMemoryChannel
from domain.clock import SteppedClock
from domain.delivery import (
    Address,
    ChannelName,
    Consequence,
    Deferred,
    FindOutcome,
    NotFound,
    OutgoingMessage,
    Rejected,
    SendOutcome,
    Sent,
    Unknown,
)
from scheduler.carrying import AT_ONCE, NOT_BEGUN, carry
from scheduler.lease import HANDED_OVER_WITHIN, OVER, SKEW, Leased

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
SOON = timedelta(milliseconds=50)
MOMENT = timedelta(microseconds=1)


def message(number: int, *, attempted_at: datetime | None = None) -> OutgoingMessage:
    to = Address(ChannelName.SMS, f"+1907555{number:04d}")
    return OutgoingMessage(id=number, to=to, text=f"text {number}", attempted_at=attempted_at)


class Provider:
    """Answers each message by its number; None is one that never answers. Counts how many it has at once."""

    def __init__(self, answer: Callable[[int], SendOutcome | None]) -> None:
        self.answer = answer
        self.begun: list[int] = []
        self.at_once = self.most = 0

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Take a moment, then answer, raise or hang."""
        self.begun.append(message.id)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(0)
            outcome = self.answer(message.id)
            if outcome is None:
                await asyncio.Event().wait()
            assert outcome is not None
            return outcome
        finally:
            self.at_once -= 1

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        """Know of nothing."""
        return NotFound()


def raising(number: int) -> SendOutcome:
    raise RuntimeError(f"a bug about {number}")


class TestCarry:
    async def test_outcomes_come_in_the_order_of_the_messages(self) -> None:
        outcomes: list[SendOutcome] = [Sent("a"), Deferred("b"), Rejected("c"), Unknown("d")]
        provider = Provider(lambda number: outcomes[number])

        assert await carry(provider, [message(number) for number in (2, 0, 3, 1)]) == [
            Rejected("c"),
            Sent("a"),
            Unknown("d"),
            Deferred("b"),
        ]

    async def test_a_channel_that_raises_is_a_bug_about_one_message_which_may_have_left(self) -> None:
        provider = Provider(lambda number: raising(number) if number == 1 else Sent(str(number)))

        found = await carry(provider, [message(number) for number in range(3)])

        assert found == [Sent("0"), Unknown("wire.fault"), Sent("2")]

    async def test_who_gets_no_answer_in_time_may_have_left_and_holds_up_nobody(self) -> None:
        provider = Provider(lambda number: None if number == 1 else Sent(str(number)))

        found = await carry(provider, [message(number) for number in range(3)], within=SOON)

        assert found == [Sent("0"), Unknown("wire.timeout"), Sent("2")]

    async def test_what_there_was_no_time_for_never_left(self) -> None:
        provider = Provider(lambda _: None)
        crowd = [message(number) for number in range(AT_ONCE + 5)]

        found = await carry(provider, crowd, within=SOON)

        assert found == [Unknown("wire.timeout")] * AT_ONCE + [NOT_BEGUN] * 5
        assert len(provider.begun) == AT_ONCE

    @pytest.mark.parametrize("count", [1, AT_ONCE - 1, AT_ONCE, AT_ONCE * 3 + 1])
    async def test_so_many_at_once_and_each_exactly_once(self, count: int) -> None:
        provider = Provider(lambda number: Sent(str(number)))

        found = await carry(provider, [message(number) for number in range(count)])

        assert found == [Sent(str(number)) for number in range(count)]
        assert sorted(provider.begun) == list(range(count))
        assert provider.most == min(count, AT_ONCE)

    async def test_a_bug_takes_one_carrier_and_the_others_carry_on(self) -> None:
        provider = Provider(lambda number: raising(number) if number < AT_ONCE - 1 else Sent(str(number)))
        crowd = [message(number) for number in range(AT_ONCE + 20)]

        found = await carry(provider, crowd)

        assert found == [Unknown("wire.fault")] * (AT_ONCE - 1) + [
            Sent(str(n)) for n in range(AT_ONCE - 1, AT_ONCE + 20)
        ]

    @pytest.mark.parametrize(
        "rest",
        [
            Deferred("twilio.20429", timedelta(seconds=30), lane_wide=True),
            Deferred("telegram.401", consequence=Consequence.LANE_BROKEN),
        ],
        ids=["slow down", "account refused"],
    )
    async def test_when_the_lane_must_rest_what_has_not_begun_rests_with_it(self, rest: Deferred) -> None:
        provider = Provider(lambda number: rest if number == 1 else Sent(str(number)))
        crowd = [message(number) for number in range(AT_ONCE * 4)]

        found = await carry(provider, crowd)

        begun = len(provider.begun)
        assert begun <= AT_ONCE + 1, "those that were with the provider, and who had been answered before"
        assert [outcome for outcome in found[:begun] if outcome != rest] == [
            Sent(str(number)) for number in range(begun) if number != 1
        ]
        assert found[begun:] == [rest] * (len(crowd) - begun)

    async def test_what_only_one_text_must_wait_for_stops_no_other(self) -> None:
        provider = Provider(lambda number: Deferred("twilio.30001") if number == 1 else Sent(str(number)))
        crowd = [message(number) for number in range(AT_ONCE * 2)]

        assert (await carry(provider, crowd)).count(Deferred("twilio.30001")) == 1
        assert len(provider.begun) == len(crowd)


class TestLeased:
    @pytest.mark.parametrize(
        ("age", "leaves"),
        [
            (timedelta(0), True),
            (HANDED_OVER_WITHIN, True),
            (HANDED_OVER_WITHIN + MOMENT, False),
            (timedelta(days=1), False),
            (-SKEW, True),
            (-SKEW - MOMENT, False),
        ],
        ids=str,
    )
    async def test_a_text_leaves_only_while_nobody_else_can_have_taken_it_for_lost(
        self,
        age: timedelta,
        leaves: bool,  # noqa: FBT001
    ) -> None:
        inner = InMemoryChannel()
        channel = Leased(inner, SteppedClock(NOW))

        outcome = await channel.send(message(1, attempted_at=NOW - age))

        assert outcome == (Sent("mem-1") if leaves else Deferred(OVER))
        assert len(inner.sent) == int(leaves)

    async def test_a_text_that_no_lease_is_on_just_leaves(self) -> None:
        inner = InMemoryChannel()

        assert await Leased(inner, SteppedClock(NOW)).send(message(1)) == Sent("mem-1")

    async def test_looking_a_text_up_is_never_too_late(self) -> None:
        inner = InMemoryChannel()
        clock = SteppedClock(NOW)
        channel = Leased(inner, clock)
        mine = message(1, attempted_at=NOW)
        await channel.send(mine)
        clock.advance(timedelta(days=9))

        assert await channel.find(mine) == Sent("mem-1")
        assert await channel.find(message(2, attempted_at=NOW)) == NotFound()
