"""What a phone shows of a Telegram text: HTML without its marks, and buttons; or why Telegram would not take it."""

from html.parser import HTMLParser
from typing import Final

import orjson

from bot.sandbox.faults import Refusal
from bot.sandbox.phones import Button

LONGEST_TEXT: Final = 4096  # UTF-16 units, after the marks are gone
LONGEST_ACTION: Final = 64  # bytes of UTF-8
_LINE_TAGS = ("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "code", "tg-emoji")
_TAGS = frozenset({*_LINE_TAGS, "pre", "blockquote"})


def shown_text(text: str, parse_mode: str | None) -> str | Refusal:
    """Return the text as a phone shows it, or Telegram's refusal. Markdown is shown as it was written."""
    shown = _without_marks(text) if parse_mode and parse_mode.upper() == "HTML" else text
    if isinstance(shown, Refusal):
        return shown
    if not shown.strip():
        return bad_request("message text is empty")
    if len(shown.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        return bad_request("message is too long")
    return shown


def shown_buttons(reply_markup: str | None) -> tuple[tuple[Button, ...], ...] | Refusal:
    """Return the rows of buttons of an inline or a reply keyboard; buttons that open a link are left out."""
    if not reply_markup:
        return ()
    try:
        markup = orjson.loads(reply_markup)
    except orjson.JSONDecodeError:
        return bad_request("can't parse reply keyboard markup JSON object")
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
    buttons = tuple(tuple(_button(each) for each in row if "url" not in each) for row in rows)
    if any(len(button.action.encode()) > LONGEST_ACTION for row in buttons for button in row):
        return bad_request("BUTTON_DATA_INVALID")
    return buttons


def bad_request(why: str) -> Refusal:
    """Return Telegram's refusal of a request that it could read."""
    return Refusal(400, 400, f"Bad Request: {why}")


class _Marks(HTMLParser):
    """Collects the text between tags, and the first trouble with them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.open: list[str] = []
        self.trouble: str | None = None

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.trouble = self.trouble or f'Unsupported start tag "{tag}" at byte offset {self._offset}'
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.trouble = self.trouble or f"Unexpected end tag at byte offset {self._offset}"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def _offset(self) -> int:
        return self.getpos()[1]


def _without_marks(text: str) -> str | Refusal:
    marks = _Marks()
    marks.feed(text)
    marks.close()
    trouble = marks.trouble or (
        f'Can\'t find end tag corresponding to start tag "{marks.open[-1]}"' if marks.open else ""
    )
    return bad_request(f"can't parse entities: {trouble}") if trouble else "".join(marks.texts)


def _button(raw: dict[str, str]) -> Button:
    return Button(raw.get("text", ""), raw.get("callback_data", ""))
