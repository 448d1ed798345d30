"""The demo's people can be nobody, its docket is a calendar the court could send, and a broken promise is seen."""

import csv
import io
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from bot.demo import cast
from bot.demo.cast import CAST, DOCKET, NEXT_MONTH, SHORT_NOTICE, WATCHED, Entry, Member
from bot.demo.playbill import show
from bot.demo.promises import Promise, Transcript
from bot.demo.story import Told
from bot.sandbox.phones import Bubble, BubbleState, Direction
from domain.delivery import ChannelName
from domain.hearing import Confidentiality, HearingStatus
from domain.mapping import NATIVE
from domain.phone import Phone, Unreachable, parse_phone
from domain.roles import Role
from locales.reader import LANGUAGES

MONDAY = date(2026, 6, 1)
ALL = (*DOCKET, SHORT_NOTICE, WATCHED, *NEXT_MONTH)
ALASKA = ZoneInfo("America/Anchorage")
NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
BY_SMS = [one for one in CAST if one.channel is ChannelName.SMS]


def rows(*entries: Entry) -> list[dict[str, str]]:
    """Read the docket back as the court's file."""
    return list(csv.DictReader(io.StringIO(cast.calendar(entries, MONDAY).decode())))


@pytest.mark.parametrize("member", BY_SMS, ids=lambda one: one.name)
def test_a_number_of_the_cast_is_kept_for_fiction(member: Member) -> None:
    assert re.fullmatch(r"\+190755501\d\d", member.phone)
    assert isinstance(parse_phone(member.phone, region="US", allow_fictional=False), Unreachable), "never in earnest"
    assert isinstance(parse_phone(member.phone, region="US", allow_fictional=True), Phone)


def test_no_two_of_the_cast_share_a_phone_a_name_or_a_link() -> None:
    links = [one.link for one in CAST if one.link]

    assert len({one.phone for one in CAST}) == len({one.name for one in CAST}) == len(CAST)
    assert len(set(links)) == len(links)


def test_the_cast_reads_every_language_on_both_channels() -> None:
    assert {one.language for one in CAST} == set(LANGUAGES)
    assert {one.channel for one in CAST} == set(ChannelName)


def test_the_phones_of_the_page_are_those_of_the_cast() -> None:
    shown = {(one.number, one.channel, one.owner, one.language) for one in cast.phones()}

    assert shown == {(one.phone, one.channel, one.name, one.language) for one in CAST}
    assert not any(one.has_written or one.has_blocked for one in cast.phones()), "the story has not begun"


def test_the_docket_has_only_columns_of_the_court_s_own_csv() -> None:
    assert set(cast.COLUMNS) <= {str(name) for name in NATIVE}


@pytest.mark.parametrize("entry", ALL, ids=lambda one: one.id)
def test_an_entry_of_the_docket_is_one_row_for_each_party(entry: Entry) -> None:
    written = rows(entry)

    assert len(written) == max(len(entry.parties), 1)
    assert {row["starts_at"] for row in written} == {f"{MONDAY + timedelta(days=entry.day)}T{entry.at}"}
    assert {row["hearing_id"] for row in written} == {entry.id}
    assert {row["status"] for row in written} <= {one.value for one in HearingStatus}
    assert {row["confidentiality"] for row in written} <= {one.value for one in Confidentiality}
    assert {row["role"] for row in written} - {""} <= {one.value for one in Role}


def test_no_two_hearings_have_one_id_and_a_number_is_in_two_courts_once() -> None:
    assert not [id_ for id_, times in Counter(one.id for one in ALL).items() if times > 1]
    places = {(one.number, one.court) for one in ALL}
    shared = [number for number, courts in Counter(number for number, _ in places).items() if courts > 1]
    assert shared == ["3RB-26-00160MO"], "which the story asks back about"


@pytest.mark.parametrize(
    ("member", "phone", "link"),
    [
        (cast.ANA, "+19075550101", ""),
        (cast.DMITRI, "", "riverbend-70101"),
        (cast.NOOR, "", ""),
        (cast.JO, "", ""),
    ],
    ids=["by SMS", "a chat with a printed link", "a chat the court does not know", "a phone the court does not know"],
)
def test_the_feed_holds_the_phones_that_the_court_knows_and_no_chat(member: Member, phone: str, link: str) -> None:
    entry = Entry(id="x", number="3RB-26-00900CR", day=1, at="09:00", parties=((member, "defendant"),))

    [row] = rows(entry)

    assert (row["phone"], row["telegram_token"], row["language"]) == (phone, link, member.language)
    assert (row["party_id"], row["given_name"]) == (member.name.lower(), member.name)


# --- what is printed ------------------------------------------------------------------------------------------------


def bubble(text: str, direction: Direction = Direction.RECEIVED) -> Bubble:
    """A text on a phone."""
    return Bubble(at=NOW, direction=direction, text=text, state=BubbleState.DELIVERED)


def printed(told: Told) -> str:
    """What a terminal of a hundred columns shows."""
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    show(told, console, ALASKA)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_each_phone_is_printed_with_who_wrote_what_on_the_court_s_clock() -> None:
    talk = [bubble("Will you come? Reply 1 or 2."), bubble("1", Direction.WRITTEN)]

    said = printed(Told([], [Transcript(cast.ANA, talk)]))

    assert "Ana: sms +19075550101, es" in said
    assert "Mon 01 Jun 10:00 court: Will you come? Reply 1 or 2." in said
    assert "Mon 01 Jun 10:00 Ana: 1" in said


def test_a_broken_promise_stands_out_and_is_counted() -> None:
    told = Told([Promise("Nobody is told twice.", True), Promise("STOP ends it.", False)], [])

    said = printed(told)

    assert not told.is_kept
    assert "kept   Nobody is told twice." in said
    assert "BROKEN STOP ends it." in said
    assert said.endswith("1 of 2 promises kept.\n")


def test_a_story_without_a_broken_promise_is_kept() -> None:
    assert Told([Promise("One.", True), Promise("Two.", True)], []).is_kept


@pytest.mark.parametrize(
    "text", ["[bold]Courtroom[/] [2]", "a [link=x]b", "[/]"], ids=["marks", "half a link", "an end"]
)
def test_what_people_write_is_printed_as_it_is(text: str) -> None:
    assert text in printed(Told([Promise(text, True)], [Transcript(cast.SAM, [bubble(text)])]))


def test_a_long_text_is_printed_whole_on_its_line() -> None:
    text = "Courtroom 204, 120 Harbor Street. " * 12

    assert text.strip() in printed(Told([], [Transcript(cast.SAM, [bubble(text)])]))
