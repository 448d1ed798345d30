"""What reaches the log is an event and ids; what people are called, and what they wrote, never does."""

import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pytest
import structlog

from bot.logging import REFUSED, configure_logging, describe_exception
from domain.delivery import Address, ChannelName
from domain.errors import InvalidInputError

MARKER = "Marisol-marker"
PHONE = "+19075550142"
log = structlog.get_logger("usher.test")


class Colour(StrEnum):
    """A word of ours."""

    GREEN = "green"


class Page(io.StringIO):
    """What was logged, line by line."""

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def page(logging_as_before: None) -> Page:
    """Everything logged as JSON, from DEBUG up; logging is as it was afterwards."""
    written = Page()
    configure_logging("json", stream=written, level="DEBUG")
    return written


def test_an_event_is_one_json_object_with_its_ids(page: Page) -> None:
    log.info("delivery.sent", delivery=7, lane=2, code="twilio.30003", late=True, state=Colour.GREEN)

    [line] = page.lines
    at = datetime.fromisoformat(str(line.pop("at")))
    assert at.utcoffset() == UTC.utcoffset(None)
    assert line == {
        "event": "delivery.sent",
        "level": "info",
        "logger": "usher.test",
        "delivery": 7,
        "lane": 2,
        "code": "twilio.30003",
        "late": True,
        "state": "green",
    }


@pytest.mark.parametrize(
    "key", ["address", "body", "chat_id", "family_name", "name", "number", "phone", "text", "to", "url", "value"]
)
@pytest.mark.parametrize("value", [MARKER, 9075550142, [MARKER], {"inner": MARKER}])
def test_a_key_that_may_be_personal_keeps_its_value_to_itself(page: Page, key: str, value: object) -> None:
    log.info("person.seen", **{key: value})

    assert page.lines[0][key] == REFUSED
    assert MARKER not in page.getvalue()


@pytest.mark.parametrize(
    "value", [PHONE, f"to {PHONE}.", [PHONE], {"deep": {"deeper": PHONE}}, "/bot123456789:" + "x" * 35 + "/getMe"]
)
def test_a_number_or_a_token_is_found_under_any_key(page: Page, value: object) -> None:
    log.info("request.made", detail=value)

    assert REFUSED in json.dumps(page.lines[0]["detail"])
    assert PHONE not in page.getvalue()
    assert "123456789:" not in page.getvalue()


def test_an_object_is_told_by_its_type_only(page: Page) -> None:
    log.info("thing.seen", thing=InvalidInputError("x", MARKER), where=Address(ChannelName.SMS, PHONE))

    assert page.lines[0]["thing"] == "domain.errors.InvalidInputError"
    assert page.lines[0]["where"] == "domain.delivery.Address"
    assert MARKER not in page.getvalue()


def test_times_and_paths_speak_for_themselves(page: Page) -> None:
    log.info("file.read", path=Path("courts/a.toml"), due=datetime(2026, 6, 1, tzinfo=UTC))

    assert (page.lines[0]["path"], page.lines[0]["due"]) == ("courts/a.toml", "2026-06-01 00:00:00+00:00")


def test_an_exception_is_told_by_type_and_place_never_by_message(page: Page) -> None:
    try:
        try:
            int(MARKER)
        except ValueError as inner:
            raise InvalidInputError("row", MARKER) from inner
    except InvalidInputError:
        log.exception("row.refused", row=3)

    told = page.lines[0]["raised"]
    assert isinstance(told, dict)
    assert told["type"] == "domain.errors.InvalidInputError"
    assert told["at"].startswith("tests/integration/test_logging.py:")
    assert told["cause"]["type"] == "builtins.ValueError"
    assert MARKER not in page.getvalue()


def test_an_exception_group_tells_each_part() -> None:
    told = describe_exception(ExceptionGroup("all", [ValueError(MARKER), TypeError(MARKER)]))

    assert [part["type"] for part in told["parts"]] == ["builtins.ValueError", "builtins.TypeError"]  # type: ignore[attr-defined] # a list, as every group's
    assert MARKER not in str(told)


def test_an_error_code_of_a_provider_is_kept() -> None:
    error = ValueError(MARKER)
    error.code = 21610  # type: ignore[attr-defined] # as provider errors carry it

    assert describe_exception(error)["code"] == 21610


def test_other_libraries_keep_their_pattern_and_lose_what_they_filled_in(page: Page) -> None:
    logging.getLogger("some.library").info("sent %s to %s", MARKER, PHONE)
    logging.getLogger("some.library").info(f"composed for {MARKER}")  # noqa: G004 - as some libraries do

    first, second = page.lines
    assert first["event"] == "sent %s to %s"
    assert second["event"] == "some.library.spoke"
    assert str(second["at_line"]).startswith("test_logging:")
    assert MARKER not in page.getvalue()
    assert PHONE not in page.getvalue()


def test_another_librarys_exception_loses_its_message_too(page: Page) -> None:
    try:
        int(MARKER)
    except ValueError:
        logging.getLogger("some.library").exception("failed")

    assert page.lines[0]["raised"]["type"] == "builtins.ValueError"  # type: ignore[index] # an object
    assert MARKER not in page.getvalue()


@pytest.mark.parametrize(
    "name", ["twilio.async_http_client", "aiohttp.access", "httpx", "aiogram.event", "sqlalchemy.engine"]
)
def test_loggers_that_write_whole_requests_are_silent_below_warning(page: Page, name: str) -> None:
    logging.getLogger(name).info("POST Request: %s", MARKER)
    logging.getLogger(name).warning("slow")

    assert [line["level"] for line in page.lines] == ["warning"]


def test_uvicorns_own_handlers_are_taken_away(page: Page) -> None:
    logging.getLogger("uvicorn.access").addHandler(logging.StreamHandler(page))
    configure_logging("json", stream=page)

    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "127.0.0.1", "GET", f"/check?n={MARKER}")
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)

    assert [line["event"] for line in page.lines] == ["Started server process [%d]"]


def test_a_warning_becomes_a_line_without_its_text(page: Page) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning(UserWarning(MARKER), UserWarning, "somewhere.py", 1)

    assert page.lines[0]["level"] == "warning"
    assert MARKER not in page.getvalue()


def test_a_thread_that_ends_by_an_exception_is_told_by_type_and_place(page: Page) -> None:
    thread = threading.Thread(target=int, args=(MARKER,))
    thread.start()
    thread.join()

    [line] = page.lines
    assert (line["event"], line["level"]) == ("thread.crashed", "critical")
    assert line["raised"]["type"] == "builtins.ValueError"  # type: ignore[index] # an object
    assert MARKER not in page.getvalue()


def test_what_ends_the_process_is_told_without_its_message() -> None:
    code = f"from bot.logging import configure_logging\nconfigure_logging('json')\nint('{MARKER}')"

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert json.loads(ended.stderr)["raised"]["type"] == "builtins.ValueError"
    assert MARKER not in ended.stderr


def test_for_eyes_the_same_holds(logging_as_before: None) -> None:
    written = io.StringIO()
    configure_logging("console", stream=written)
    try:
        int(MARKER)
    except ValueError:
        log.exception("row.refused", row=3, text=MARKER)

    assert "row.refused" in written.getvalue()
    assert "builtins.ValueError" in written.getvalue()
    assert MARKER not in written.getvalue()
