"""What a phone shows: in the order in which it came, and nothing that never did."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.carrier import Carrier, Keyword, OptOut
from bot.sandbox.phones import Bubble, BubbleState, Button, Direction, Phone
from domain.clock import SteppedClock
from domain.delivery import ChannelName

NOON = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)
MARIA, COURT, OTHER_COURT = "+19075550101", "+19075550199", "+19075550198"


def _bubble(text: str, *, provider_id: str | None = None, state: BubbleState = BubbleState.ON_ITS_WAY) -> Bubble:
    return Bubble(at=NOON, direction=Direction.RECEIVED, text=text, state=state, provider_id=provider_id or text)


@pytest.fixture
def carrier() -> Carrier:
    return Carrier(SteppedClock(NOON), opt_out=OptOut.CARRIER)


def test_what_is_on_its_way_is_not_on_the_phone() -> None:
    phone = Phone(number=MARIA)
    phone.show(_bubble("one"))
    assert (len(phone.bubbles), phone.transcript, phone.texts) == (1, [], [])


def test_what_lands_is_the_last_thing_on_the_phone() -> None:
    phone = Phone(number=MARIA)
    for text in ("one", "two"):
        phone.show(_bubble(text))
    phone.land("two", at=NOON)
    phone.land("one", at=NOON + timedelta(seconds=1))
    assert phone.texts == ["two", "one"]
    assert phone.transcript[-1].at == NOON + timedelta(seconds=1)


@pytest.mark.parametrize("state", [BubbleState.LOST, BubbleState.UNDELIVERED, BubbleState.EXPIRED])
def test_what_failed_keeps_its_place_and_is_not_seen(state: BubbleState) -> None:
    phone = Phone(number=MARIA)
    for text in ("one", "two"):
        phone.show(_bubble(text))
    phone.mark("one", state, error_code=30003)
    assert [(bubble.text, bubble.error_code) for bubble in phone.bubbles] == [("one", 30003), ("two", None)]
    assert phone.texts == []


def test_what_a_person_wrote_is_seen_even_if_the_court_never_heard_it() -> None:
    phone = Phone(number=MARIA)
    phone.show(Bubble(at=NOON, direction=Direction.WRITTEN, text="hello?", state=BubbleState.UNHEARD))
    assert [bubble.text for bubble in phone.transcript] == ["hello?"]
    assert phone.texts == [], "it did not reach them: they wrote it"


def test_an_edit_replaces_text_and_buttons() -> None:
    phone = Phone(number=MARIA)
    phone.show(_bubble("old", provider_id="7"))
    phone.rewrite("7", "new", ((Button("Yes", "y"),),))
    bubble = phone.find("7")
    assert bubble is not None
    assert (bubble.text, bubble.is_edited, bubble.buttons[0][0].label) == ("new", True, "Yes")


def test_a_bubble_that_is_not_there_cannot_change() -> None:
    phone = Phone(number=MARIA)
    assert phone.find("1") is None
    with pytest.raises(KeyError):
        phone.land("1", at=NOON)
    with pytest.raises(KeyError):
        phone.mark("1", BubbleState.LOST)
    with pytest.raises(KeyError):
        phone.rewrite("1", "x")


@given(st.permutations(range(6)), st.sets(st.integers(min_value=0, max_value=5)))
def test_a_phone_shows_what_landed_in_the_order_of_landing(order: list[int], lost: set[int]) -> None:
    phone = Phone(number=MARIA)
    for n in range(6):
        phone.show(_bubble(str(n)))
    for n in order:
        if n in lost:
            phone.mark(str(n), BubbleState.LOST)
        else:
            phone.land(str(n), at=NOON)
    assert phone.texts == [str(n) for n in order if n not in lost]


@given(st.lists(st.sampled_from(["land", "mark", "show"]), max_size=12))
def test_every_change_of_a_phone_is_news(steps: list[str]) -> None:
    phone = Phone(number=MARIA)
    phone.show(_bubble("0"))
    for n, step in enumerate(steps, start=1):
        before = phone.turn
        match step:
            case "land":
                phone.land("0", at=NOON)
            case "mark":
                phone.mark("0", BubbleState.ON_ITS_WAY)
            case _:
                phone.show(_bubble(str(n)))
        assert phone.turn > before


def test_two_phones_cannot_have_one_number(carrier: Carrier) -> None:
    carrier.add(Phone(number=MARIA))
    with pytest.raises(ValueError, match="one number"):
        carrier.add(Phone(number=MARIA))


def test_somebody_holds_every_number_but_not_every_chat(carrier: Carrier) -> None:
    phone = carrier.sms_phone(MARIA)
    assert (phone.channel, carrier.sms_phone(MARIA), list(carrier)) == (ChannelName.SMS, phone, [phone])
    assert carrier.known("7000000103") is None
    with pytest.raises(KeyError):
        carrier.phone("7000000103")


def test_the_ledger_counts_what_landed_and_nothing_else(carrier: Carrier) -> None:
    phone = carrier.sms_phone(MARIA)
    for text in ("one", "two"):
        carrier.book(phone, _bubble(text))
    carrier.land(phone, "one")
    carrier.mark(phone, "two", BubbleState.LOST)
    assert (carrier.ledger.count(), carrier.ledger.count(MARIA), carrier.ledger.count(COURT)) == (1, 1, 0)
    assert carrier.ledger.doubled() == []


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        *((word, Keyword.STOP) for word in ("STOP", "stop", " Cancel\n", "END", "quit", "OptOut", "revoke")),
        *((word, Keyword.START) for word in ("START", "yes", "Unstop")),
        *((word, Keyword.HELP) for word in ("HELP", "info")),
        *((word, None) for word in ("STOP 2", "stop.", "yes please", "ALTO", "")),
    ],
)
def test_a_carrier_hears_its_words_and_no_others(carrier: Carrier, text: str, keyword: Keyword | None) -> None:
    phone = carrier.sms_phone(MARIA)
    assert carrier.hear(phone, text, sender=COURT) is keyword
    assert len(phone.texts) == (keyword is not None)
    assert carrier.is_stopped(MARIA, COURT) is (keyword is Keyword.STOP)
    assert not carrier.is_stopped(MARIA, OTHER_COURT)


@pytest.mark.parametrize(("opt_out", "stops"), [(OptOut.OURS, False), (OptOut.CARRIER, True), (OptOut.ADVANCED, True)])
def test_the_switch_says_whose_words_they_are(opt_out: OptOut, *, stops: bool) -> None:
    carrier = Carrier(SteppedClock(NOON), opt_out=opt_out)
    carrier.hear(carrier.sms_phone(MARIA), "STOP", sender=COURT)
    assert carrier.is_stopped(MARIA, COURT) is stops
    carrier.hear(carrier.sms_phone(MARIA), "START", sender=COURT)
    assert not carrier.is_stopped(MARIA, COURT)
