"""What a phone shows of a Telegram text, and what Telegram would not take."""

import json
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.faults import Refusal
from bot.sandbox.phones import Button
from bot.sandbox.telegram_text import LONGEST_TEXT, bad_request, shown_buttons, shown_text

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80).filter(str.strip)


@given(TEXT)
def test_a_quoted_text_is_shown_as_it_was_meant(text: str) -> None:
    assert shown_text(f"<b>{escape(text, quote=False)}</b>", "HTML") == text


@given(TEXT)
def test_without_a_mode_nothing_is_read_into_a_text(text: str) -> None:
    assert shown_text(text, None) == text
    assert shown_text(text, "MarkdownV2") == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('<a href="https://court.example">map</a>', "map"),
        ("<b><i>both</i></b>", "both"),
        ("a &lt; b &amp; c &quot;d&quot;", 'a < b & c "d"'),
        ("<blockquote>said</blockquote>\n<code>1AG</code>", "said\n1AG"),
        ("<tg-spoiler>shh</tg-spoiler>", "shh"),
    ],
)
def test_marks_are_taken_off(text: str, shown: str) -> None:
    assert shown_text(text, "html") == shown


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<b>open", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("<b><i>x</b></i>", "can't parse entities: Unexpected end tag at byte offset 7"),
        ("<p>x</p>", 'can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
        ("<b> </b>", "message text is empty"),
        ("<b>" + "x" * (LONGEST_TEXT + 1) + "</b>", "message is too long"),
    ],
)
def test_what_telegram_would_not_take_is_refused_in_its_words(text: str, why: str) -> None:
    assert shown_text(text, "HTML") == bad_request(why)


def test_length_counts_utf_16_units_after_the_marks_are_gone() -> None:
    assert shown_text("<b>" + "x" * LONGEST_TEXT + "</b>", "HTML") == "x" * LONGEST_TEXT
    assert isinstance(shown_text("😀" * (LONGEST_TEXT // 2 + 1), None), Refusal)


@pytest.mark.parametrize("markup", [None, "", "{}", '{"remove_keyboard":true}'])
def test_no_keyboard_is_no_buttons(markup: str | None) -> None:
    assert shown_buttons(markup) == ()


def test_buttons_keep_their_rows_and_links_are_left_out() -> None:
    rows = [[{"text": "1", "callback_data": "a"}, {"text": "map", "url": "https://court.example"}], [{"text": "2"}]]
    assert shown_buttons(json.dumps({"inline_keyboard": rows})) == ((Button("1", "a"),), (Button("2", ""),))


@pytest.mark.parametrize(("action", "goes"), [("x" * 64, True), ("x" * 65, False), ("ж" * 32, True), ("ж" * 33, False)])
def test_an_action_has_64_bytes(action: str, *, goes: bool) -> None:
    shown = shown_buttons(json.dumps({"inline_keyboard": [[{"text": "x", "callback_data": action}]]}))
    assert isinstance(shown, Refusal) is not goes


def test_markup_that_is_no_json_is_refused() -> None:
    assert shown_buttons("{") == bad_request("can't parse reply keyboard markup JSON object")
