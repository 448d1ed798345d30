"""The two state machines, notice and delivery: they move along their table, and never back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.delivery import Address, ChannelName, DeliveryRank, DeliveryState, OutgoingMessage
from domain.notice import ALLOWED, FINAL, MAY_HAVE_LEFT, WAITING, NoticeState, Priority

TERMINAL = {state for state, after in ALLOWED.items() if not after}


def test_every_state_of_a_notice_has_its_steps() -> None:
    assert set(ALLOWED) == set(NoticeState)


@pytest.mark.parametrize("state", NoticeState)
def test_a_notice_never_steps_onto_itself(state: NoticeState) -> None:
    assert not state.may_become(state)


@pytest.mark.parametrize("state", sorted(TERMINAL))
@pytest.mark.parametrize("other", NoticeState)
def test_what_is_over_stays_over(state: NoticeState, other: NoticeState) -> None:
    assert not state.may_become(other)


def test_only_a_late_receipt_or_a_new_plan_moves_a_notice_that_has_ended() -> None:
    assert set(TERMINAL) == {NoticeState.DELIVERED, NoticeState.EXPIRED}
    assert ALLOWED[NoticeState.FAILED] == {NoticeState.DELIVERED, NoticeState.PLANNED}
    for end in FINAL - TERMINAL - {NoticeState.FAILED}:
        assert ALLOWED[end] == {NoticeState.PLANNED}, "it never left, and the facts want it again"


@pytest.mark.parametrize("state", sorted(MAY_HAVE_LEFT))
def test_what_may_have_left_is_never_claimed_without_being_planned_again(state: NoticeState) -> None:
    assert not state.may_become(NoticeState.CLAIMED)
    assert not state.is_waiting


@pytest.mark.parametrize("state", sorted(WAITING | {NoticeState.CLAIMED}))
def test_nothing_is_sent_without_being_recorded_as_sending_first(state: NoticeState) -> None:
    assert not state.may_become(NoticeState.SENT)
    assert not state.may_become(NoticeState.UNKNOWN)
    assert not state.may_have_left


def test_a_notice_that_was_sent_is_never_superseded_or_dropped() -> None:
    for end in (NoticeState.SUPERSEDED, NoticeState.DROPPED, NoticeState.EXPIRED):
        assert not NoticeState.SENT.may_become(end)
        assert not NoticeState.DELIVERED.may_become(end)


@pytest.mark.parametrize("state", NoticeState)
def test_a_state_is_waiting_gone_or_over_as_its_sets_say(state: NoticeState) -> None:
    assert state.is_waiting == (state in WAITING)
    assert state.may_have_left == (state in MAY_HAVE_LEFT)
    assert state.is_final == (state in FINAL)
    assert not (state.is_waiting and state.is_final)


@given(st.lists(st.sampled_from(NoticeState), max_size=30))
def test_whatever_is_tried_a_delivered_notice_stays_delivered(tries: list[NoticeState]) -> None:
    state, was_delivered = NoticeState.PLANNED, False
    for wish in tries:
        if state.may_become(wish):
            state = wish
        was_delivered = was_delivered or state is NoticeState.DELIVERED
    assert not was_delivered or state is NoticeState.DELIVERED


@given(st.lists(st.sampled_from(DeliveryState), max_size=12))
def test_receipts_in_any_order_end_at_the_highest_rank(receipts: list[DeliveryState]) -> None:
    state = DeliveryState.SENDING
    for receipt in receipts:
        if receipt.rank > state.rank:
            state = receipt
    assert state.rank == max([DeliveryRank.SENDING, *(receipt.rank for receipt in receipts)])


def test_every_delivery_state_has_a_rank_of_its_own() -> None:
    assert len({state.rank for state in DeliveryState}) == len(DeliveryState) == len(DeliveryRank)


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        (DeliveryState.SENDING, DeliveryState.UNKNOWN),
        (DeliveryState.UNKNOWN, DeliveryState.ACCEPTED),
        (DeliveryState.ACCEPTED, DeliveryState.SENT),
        (DeliveryState.SENT, DeliveryState.UNDELIVERED),
        (DeliveryState.UNDELIVERED, DeliveryState.DELIVERED),
        (DeliveryState.FAILED, DeliveryState.DELIVERED),
        (DeliveryState.DELIVERED, DeliveryState.READ),
    ],
)
def test_what_is_known_only_grows(lower: DeliveryState, higher: DeliveryState) -> None:
    assert lower.rank < higher.rank


def test_replies_go_before_urgent_news_and_that_before_reminders_and_broadcasts() -> None:
    assert sorted(Priority) == [
        Priority.REPLY,
        Priority.URGENT,
        Priority.REMINDER,
        Priority.BROADCAST,
        Priority.OTHER,
    ]


def test_an_address_and_a_text_never_show_in_a_traceback() -> None:
    address = Address(ChannelName.SMS, "+19075550123")
    message = OutgoingMessage(id=1, to=address, text="Your hearing")
    for shown in (repr(address), str(address), f"{address}", repr(message)):
        assert "907555" not in shown
        assert "Your hearing" not in shown
    assert str(address).endswith("23")
