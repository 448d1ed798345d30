"""What opens a chat: which words are Telegram's /start, what its token may be, and whom a shared number connects."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from domain.delivery import ChannelName
from domain.gate import EndpointState
from storage import endpoints, people, start_tokens
from storage.schema import consent_event, person_endpoint, start_token
from tests.fixtures.conversation import Phone, kinds, play
from tests.fixtures.facts import NOW, Scene

TOKEN = "riverbend-70101"


@pytest.fixture
def line(connection: Connection) -> Connection:
    """One engine is enough: tokens are tested on both in storage."""
    return connection


@pytest.fixture
def chat(line: Connection, scene: Scene) -> Phone:
    """A chat that nobody knows."""
    return Phone(line, scene.courts, number="7001", channel=ChannelName.TELEGRAM)


@pytest.fixture
def owner(line: Connection, scene: Scene) -> int:
    """The defendant, on whose papers a link is printed."""
    person_id = scene.parties[0].person_id
    start_tokens.issue(line, person_id, now=NOW, token=TOKEN)
    return person_id


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (f"/start {TOKEN}", "linked"),
        (f"/start   {TOKEN}  ", "linked"),
        (f"/START {TOKEN}", "linked"),
        (f"/start@usher_bot {TOKEN}", "linked"),
        (f"\n/start {TOKEN}\n", "linked"),
        ("/start", "greeted"),
        ("/start ", "greeted"),
        ("/start@usher_bot", "greeted"),
        ("/start nobody-knows-it", "refused"),
        (f"/start {TOKEN.upper()}", "refused"),
        (f"/start {TOKEN[:-1]}", "refused"),
        ("/start " + "x" * 64, "refused"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_start_is_read_as_telegram_and_people_write_it(chat: Phone, owner: int, text: str, taken: str) -> None:
    said = chat.text(text)

    assert len(said) == 1
    assert chat.taken == taken
    assert (people.at(chat.connection, chat.endpoint_id) == [owner]) is (taken == "linked")


@pytest.mark.parametrize(
    "text", [f"start {TOKEN}", f"/starter {TOKEN}", TOKEN, f"please /start {TOKEN}", f"/start {TOKEN} now"]
)
def test_words_around_it_connect_nobody(chat: Phone, owner: int, text: str) -> None:
    chat.text(text)

    assert chat.taken not in {"linked", "refused"}
    assert people.at(chat.connection, chat.endpoint_id) == []


def test_a_link_typed_into_an_sms_connects_nobody(line: Connection, stranger: Phone, owner: int) -> None:
    stranger.text(f"/start {TOKEN}")

    assert people.at(line, stranger.endpoint_id) == []
    assert line.execute(select(start_token.c.used_at)).scalar_one() is None, "and the link is still good"


def test_a_chat_that_is_connected_has_agreed_and_is_written_to_before_the_phone(
    line: Connection, chat: Phone, owner: int
) -> None:
    chat.text(f"/start {TOKEN}")

    links = select(person_endpoint.c.endpoint_id, person_endpoint.c.source).where(person_endpoint.c.person_id == owner)
    by_preference = line.execute(links.order_by(person_endpoint.c.preference.desc())).all()
    assert [row.source for row in by_preference] == ["telegram", "feed"]
    events = select(consent_event.c.action, consent_event.c.evidence)
    [said] = line.execute(events.where(consent_event.c.endpoint_id == chat.endpoint_id))
    assert tuple(said) == ("granted", "text")


def test_pressing_the_link_again_changes_nothing_and_frightens_nobody(
    line: Connection, chat: Phone, owner: int
) -> None:
    play(chat, [(f"/start {TOKEN}", "This chat is connected"), (f"/start {TOKEN}", "This chat is connected")])

    assert chat.taken == "repeated"
    assert people.at(line, chat.endpoint_id) == [owner]
    assert kinds(line) == []


def test_a_chat_that_had_said_stop_is_connected_and_asked_before_anything_is_sent(
    line: Connection, chat: Phone, owner: int
) -> None:
    chat.text("STOP")

    play(chat, [(f"/start {TOKEN}", "Do you want texts about your court dates again?")])

    assert people.at(line, chat.endpoint_id) == [owner]


@pytest.mark.parametrize(
    ("state", "connects"),
    [
        (EndpointState.ACTIVE, True),
        (EndpointState.DOUBTFUL, False),
        (EndpointState.FROZEN, False),
        (EndpointState.DEAD, False),
    ],
    ids=lambda value: value.value if isinstance(value, EndpointState) else "",
)
def test_a_shared_number_connects_only_where_that_phone_is_trusted(
    line: Connection, scene: Scene, chat: Phone, state: EndpointState, *, connects: bool
) -> None:
    phone_id = scene.parties[0].endpoint_id
    assert phone_id is not None
    endpoints.change(line, phone_id, state=state)

    chat.share("+19075550100")

    assert (people.at(line, chat.endpoint_id) != []) is connects
    assert chat.taken == ("linked" if connects else "greeted")


def test_a_number_whose_people_were_unlinked_connects_nobody(line: Connection, scene: Scene, chat: Phone) -> None:
    line.execute(update(person_endpoint).values(ended_at=NOW - timedelta(days=1)))

    chat.share("+19075550100")

    assert people.at(line, chat.endpoint_id) == []
