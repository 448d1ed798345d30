"""The account's books: which number speaks for whom, and listings that lose and repeat nothing."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.phones import BubbleState, Direction
from bot.sandbox.twilio_account import Page, Sms, TwilioAccount

NOON = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)
MARIA, JAMES, COURT = "+19075550101", "+19075550102", "+19075550199"
SERVICE = "MG" + "a1" * 16


def an_account(**services: str) -> TwilioAccount:
    return TwilioAccount("AC" + "0" * 32, COURT, dict(services))


def an_sms(n: int = 0, *, to: str = MARIA, sent_at: datetime | None = NOON, status: str = "sent") -> Sms:
    return Sms(to=to, sender=COURT, body=str(n), created_at=NOON, status=status, segments=1, sent_at=sent_at)


def bodies(listing: dict[str, object]) -> list[str]:
    messages = listing["messages"]
    assert isinstance(messages, list)
    return [message["body"] for message in messages]


def test_every_service_speaks_with_its_number_and_any_other_with_the_account_s() -> None:
    account = an_account(**{SERVICE: "+19075550188"})
    assert account.number_of(SERVICE) == "+19075550188"
    assert account.number_of("MG" + "0" * 32) == COURT
    assert (account.service_of("+19075550188"), account.service_of(COURT)) == (SERVICE, None)


def test_a_person_answers_who_wrote_last() -> None:
    account = an_account()
    assert account.last_sender(MARIA) is None
    for sender in ("+19075550188", COURT):
        account.keep(Sms(to=MARIA, sender=sender, body="", created_at=NOON, status="sent", segments=1))
    account.keep(Sms(to=JAMES, sender="+19075550177", body="", created_at=NOON, status="sent", segments=1))
    assert account.last_sender(MARIA) == COURT


def test_sids_are_never_the_same_and_look_like_twilio_s() -> None:
    sids = {an_sms().sid for _ in range(50)}
    assert len(sids) == 50
    assert all(re.fullmatch("SM[0-9a-f]{32}", sid) for sid in sids)


def test_until_a_sender_is_chosen_a_message_says_neither_number_nor_size() -> None:
    account = an_account()
    shown = account.resource(an_sms(status="accepted", sent_at=None))
    assert (shown["from"], shown["num_segments"], shown["date_sent"]) == (None, "0", None)
    shown = account.resource(an_sms(status="queued", sent_at=None))
    assert (shown["from"], shown["num_segments"], shown["date_sent"]) == (COURT, "1", None)


def test_instants_are_written_as_in_mail() -> None:
    assert an_account().resource(an_sms())["date_sent"] == "Mon, 01 Jun 2026 20:00:00 +0000"


@pytest.mark.parametrize(("direction", "seen"), [("inbound", Direction.WRITTEN), ("outbound-api", Direction.RECEIVED)])
def test_a_message_starts_on_its_way_on_either_side(direction: str, seen: Direction) -> None:
    sms = Sms(to=MARIA, sender=COURT, body="x", created_at=NOON, status="queued", segments=3, direction=direction)
    bubble = sms.as_bubble()
    assert (bubble.direction, bubble.state, bubble.segments) == (seen, BubbleState.ON_ITS_WAY, 3)
    assert bubble.provider_id == sms.sid


@given(count=st.integers(min_value=0, max_value=30), size=st.integers(min_value=1, max_value=12))
def test_following_the_pages_meets_every_message_once_newest_first(count: int, size: int) -> None:
    account = an_account()
    for n in range(count):
        account.keep(an_sms(n))
    met: list[str] = []
    page: Page | None = Page(size=size)
    while page:
        listing = account.listing({}, page)
        met += bodies(listing)
        assert (listing["page"], listing["page_size"], listing["start"]) == (page.number, size, page.number * size)
        assert (listing["previous_page_uri"] is None) is (page.number == 0)
        following = listing["next_page_uri"]
        page = Page(number=int(parse_qs(urlsplit(str(following)).query)["Page"][0]), size=size) if following else None
    assert met == [str(n) for n in reversed(range(count))]


def test_the_next_page_keeps_the_filters() -> None:
    account = an_account()
    for n in range(4):
        account.keep(an_sms(n, to=MARIA if n % 2 else JAMES))
    filters = {"To": MARIA, "DateSent>": "2026-06-01T00:00:00Z"}
    listing = account.listing(filters, Page(size=1))
    query = parse_qs(urlsplit(str(listing["next_page_uri"])).query)
    assert (query["To"], query["DateSent>"]) == ([MARIA], ["2026-06-01T00:00:00Z"])
    assert bodies(listing) == ["3"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["later", "noon", "earlier", "waiting"]),
        ({"DateSent": "2026-06-01"}, ["noon"]),
        ({"DateSent>": "2026-06-01T20:00:00Z"}, ["later", "noon"]),
        ({"DateSent<": "2026-06-01T20:00:00Z"}, ["noon", "earlier"]),
        ({"DateSent>": "2026-06-01T12:00:00-08:00"}, ["later", "noon"]),
        ({"DateSent>": "2026-05-31", "DateSent<": "2026-06-01"}, ["earlier"]),
        ({"From": JAMES}, []),
    ],
)
def test_dates_bound_what_is_listed(filters: dict[str, str], found: list[str]) -> None:
    account = an_account()
    moments = {"waiting": None, "earlier": NOON - timedelta(days=1), "noon": NOON, "later": NOON + timedelta(days=1)}
    for body, sent_at in moments.items():
        sms = an_sms(sent_at=sent_at)
        sms.body = body
        account.keep(sms)
    assert bodies(account.listing(filters, Page())) == found


@given(
    st.lists(st.dates(date(2026, 1, 1), date(2026, 1, 9)), max_size=12), st.dates(date(2026, 1, 1), date(2026, 1, 9))
)
def test_a_day_lists_what_was_sent_on_it_and_nothing_else(days: list[date], asked: date) -> None:
    account = an_account()
    for n, day in enumerate(days):
        account.keep(an_sms(n, sent_at=datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)))
    found = bodies(account.listing({"DateSent": asked.isoformat()}, Page()))
    assert sorted(map(int, found)) == [n for n, day in enumerate(days) if day == asked]


def test_a_date_that_is_none_cannot_be_listed() -> None:
    account = an_account()
    account.keep(an_sms())
    with pytest.raises(ValueError, match="isoformat"):
        account.listing({"DateSent": "yesterday"}, Page())
