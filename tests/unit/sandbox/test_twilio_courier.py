"""The way of an SMS under any fault: it lands once or never, and its receipts tell no more than what happened."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.carrier import Carrier
from bot.sandbox.errands import Errands, Pace
from bot.sandbox.faults import NO_FAULT, Fate, Fault, Receipts, late
from bot.sandbox.phones import BubbleState
from bot.sandbox.twilio_account import Sms, TwilioAccount
from bot.sandbox.twilio_courier import VALIDITY_EXPIRED, TwilioCourier
from bot.sandbox.twilio_hooks import HookAnswer, Signing, TwilioHooks
from bot.sandbox.wire import Caller
from domain.clock import SteppedClock

NOON = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)
MARIA, COURT = "+19075550101", "+19075550199"
HOURS_10 = timedelta(hours=10)
FATES = st.one_of(
    st.just((Fate.DELIVERED, None)),
    st.just((Fate.LOST, None)),
    st.tuples(st.just(Fate.UNDELIVERED), st.sampled_from([30003, 30006])),
)


@dataclass(slots=True)
class Postbox(TwilioHooks):
    """Keeps what would have been posted."""

    posted: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    async def post(self, url: str, form: Mapping[str, str]) -> HookAnswer:
        self.posted.append((url, form))
        return HookAnswer(None)

    @property
    def statuses(self) -> list[str]:
        return [form["MessageStatus"] for _, form in self.posted]


class Street:
    """A carrier, a courier and one phone."""

    def __init__(self) -> None:
        self.clock = SteppedClock(NOON)
        self.carrier = Carrier(self.clock)
        self.errands = Errands()
        self.postbox = Postbox(Caller(), Signing("x"), Pace(0))
        account = TwilioAccount("AC" + "0" * 32, COURT)
        self.courier = TwilioCourier(self.carrier, account, self.postbox, self.errands, Pace(0))
        self.phone = self.carrier.sms_phone(MARIA)

    def letter(self, text: str = "hello", *, service: bool = False, valid_for: timedelta = HOURS_10) -> Sms:
        sms = Sms(
            to=MARIA,
            sender=COURT,
            body=text,
            created_at=self.clock.now(),
            status="accepted" if service else "queued",
            segments=1,
            service_sid="MG" + "0" * 32 if service else None,
            callback="http://127.0.0.1:1/status",
            valid_for=valid_for,
        )
        self.carrier.book(self.phone, sms.as_bubble())
        return sms


@given(
    end=FATES,
    receipts=st.sampled_from(Receipts),
    minutes=st.integers(min_value=0, max_value=90),
    valid_minutes=st.integers(min_value=1, max_value=90),
    service=st.booleans(),
)
def test_a_text_lands_exactly_when_nothing_is_against_it(
    end: tuple[Fate, int | None], receipts: Receipts, minutes: int, valid_minutes: int, *, service: bool
) -> None:
    fate, code = end
    fault = Fault(fate=fate, error_code=code, receipts=receipts, lands_after=timedelta(minutes=minutes))
    street = Street()
    sms = street.letter(service=service, valid_for=timedelta(minutes=valid_minutes))

    asyncio.run(street.courier.carry(sms, fault))

    has_expired = minutes > valid_minutes
    lands = fate is Fate.DELIVERED and not has_expired
    assert street.carrier.ledger.count(MARIA) == len(street.phone.texts) == int(lands)
    story = (["queued"] if service else []) + _story(fate, has_expired=has_expired)
    assert sms.status == story[-1]
    assert street.postbox.statuses == _told(story, receipts)
    assert sms.error_code == (VALIDITY_EXPIRED if has_expired else code)


def test_a_text_without_a_callback_tells_nobody() -> None:
    street = Street()
    sms = street.letter()
    sms.callback = None
    asyncio.run(street.courier.carry(sms, NO_FAULT))
    assert (street.postbox.posted, sms.status) == ([], "delivered")


@pytest.mark.parametrize(
    ("away", "valid_for", "state"),
    [
        (timedelta(minutes=29), timedelta(minutes=30), BubbleState.DELIVERED),
        (timedelta(minutes=30), timedelta(minutes=30), BubbleState.DELIVERED),
        (timedelta(minutes=31), timedelta(minutes=30), BubbleState.EXPIRED),
        (timedelta(hours=9), HOURS_10, BubbleState.DELIVERED),
        (timedelta(hours=11), HOURS_10, BubbleState.EXPIRED),
    ],
)
async def test_a_phone_that_was_off_gets_what_is_still_valid(
    away: timedelta, valid_for: timedelta, state: BubbleState
) -> None:
    street = Street()
    street.courier.switch(street.phone, on=False)
    await street.courier.carry(street.letter(valid_for=valid_for), NO_FAULT)
    assert street.phone.transcript == []

    street.clock.advance(away)
    street.courier.switch(street.phone, on=True)
    await street.errands.settle(within=timedelta(seconds=5))

    assert street.phone.bubbles[0].state is state
    assert street.postbox.statuses[-1] == ("delivered" if state is BubbleState.DELIVERED else "failed")


async def test_turning_a_phone_on_twice_brings_nothing_twice() -> None:
    street = Street()
    street.courier.switch(street.phone, on=False)
    for text in ("one", "two"):
        await street.courier.carry(street.letter(text), NO_FAULT)
    for _ in range(2):
        street.courier.switch(street.phone, on=True)
    await street.errands.settle(within=timedelta(seconds=5))
    assert sorted(street.phone.texts) == ["one", "two"]


async def test_a_late_text_keeps_the_time_at_which_it_landed() -> None:
    street = Street()
    street.courier.switch(street.phone, on=False)
    await street.courier.carry(street.letter(), late(timedelta(minutes=5)))
    street.clock.advance(timedelta(hours=1))
    street.courier.switch(street.phone, on=True)
    await street.errands.settle(within=timedelta(seconds=5))
    assert street.phone.transcript[0].at == NOON + timedelta(hours=1)
    assert street.postbox.posted[-1][1]["RawDlrDoneDate"] == "2606012100"


def _story(fate: Fate, *, has_expired: bool) -> list[str]:
    if has_expired:
        return ["failed"]
    return {
        Fate.DELIVERED: ["sent", "delivered"],
        Fate.LOST: ["sent"],
        Fate.UNDELIVERED: ["sent", "undelivered"],
    }[fate]


def _told(story: list[str], receipts: Receipts) -> list[str]:
    match receipts:
        case Receipts.NONE:
            return []
        case Receipts.DOUBLED:
            return [status for status in story for _ in range(2)]
        case Receipts.REORDERED:
            return story[::-1]
        case _:
            return story
