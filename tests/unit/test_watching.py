"""What `usher status --watch` draws: everything that is open, in 80 columns, and what is wrong in red."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from rich.console import Console
from sqlalchemy.exc import OperationalError

from bot.cli.spans import ago, span
from bot.cli.watching import LOOK_EVERY, MANY_LANES, picture, watch
from bot.stream.standing import AWAY, Standing
from storage.status import CourtStatus, Status
from tests.unit.web.test_metrics import NOW, a_lane, a_status

RED, YELLOW = "\x1b[1;31m", "\x1b[33m"


def drawn(found: Status, stream: Standing | None = None, *, width: int = 80, color: bool = False) -> str:
    """Draw as a terminal of `width` columns shows it."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=color, color_system="standard" if color else None)
    console.print(picture(found, stream))
    return file.getvalue()


def line_with(text: str, word: str) -> str:
    """The line that has a word in it."""
    [line] = [line for line in text.splitlines() if word in line]
    return " ".join(line.split())


def busy(**other: object) -> Status:
    """An installation with something of everything."""
    due = {"reply": NOW - timedelta(minutes=6)}
    late = a_lane(due=1234, waiting=20_000, tokens=0.4, oldest_due=due, oldest_due_at=due["reply"])
    rests = {"paused_until": NOW + timedelta(minutes=3), "paused_reason": "twilio.429"}
    service = a_lane(f"sms:MG{'0' * 28}cafe", id=2, rate=100.0, burst=100, tokens=50.0, **rests)
    everything: dict[str, object] = {
        "lanes": (late, service),
        "courts": (CourtStatus(key="lakeside", feed_seen_at=None, last_import=None, last_import_at=None),),
        "heartbeats": {"reconcile": NOW, "worker": NOW - timedelta(minutes=3)},
        "tasks": {"unsettled": 1, "missing_translation": 12, "stopped_but_changed": 3, "short_notice_call": 40},
        "in_flight": 200,
        "unknown": 3,
        "unknown_since": NOW - timedelta(minutes=31),
        "inbound_waiting": 2,
        "inbound_since": NOW - timedelta(minutes=3),
    }
    return a_status(**everything, **other)


def test_everything_that_is_open_is_on_one_screen() -> None:
    shown = drawn(busy())

    assert "in flight 200 unknown 3 for 31 min unanswered 2 for 3 min" in " ".join(shown.replace("\xa0", " ").split())
    assert line_with(shown, "sms:default") == "sms:default 1 ━━━━━ 0 1,234 20,000 6 min"
    assert line_with(shown, "cafe") == "sms:MG…cafe rests 3 min twilio.429 100 ━━━━━ 50 0 0 -"
    assert line_with(shown, "worker") == "At work reconcile 0 s ago worker 3 min ago"
    assert line_with(shown, "lakeside") == "Calendars lakeside never"
    assert "q ends" in shown


@pytest.mark.parametrize("width", [80, 100, 200])
def test_no_line_is_longer_than_the_terminal_and_no_figure_is_lost(width: int) -> None:
    shown = drawn(busy(), width=width)

    assert max(len(line) for line in shown.splitlines()) <= width
    assert len(shown.splitlines()) <= 24, "a terminal as it opens"
    for figure in ("1,234", "20,000", "6 min", "twilio.429", "short_notice_call\xa040"):
        assert figure in shown


@pytest.mark.parametrize(
    ("wrong", "color"),
    [("6 min", RED), ("worker\xa03\xa0min\xa0ago", RED), ("unanswered\xa02", RED), ("unknown\xa03", YELLOW)],
)
def test_what_is_wrong_stands_out(wrong: str, color: str) -> None:
    assert f"{color}{wrong}" in drawn(busy(), color=True)
    assert RED not in drawn(a_status(heartbeats={"reconcile": NOW}), color=True)


@pytest.mark.parametrize(
    ("stream", "says", "is_red"),
    [
        (None, "", False),
        (Standing(), "Stream 0 waiting", False),
        (
            Standing(waiting=1234, oldest_at=NOW - timedelta(minutes=2)),
            "Stream 1,234 waiting, the oldest for 2 min",
            False,
        ),
        (Standing(waiting=3, oldest_at=NOW - timedelta(minutes=9)), "Stream 3 waiting, the oldest for 9 min", True),
        (AWAY, "Stream NATS does not answer", True),
    ],
    ids=["no stream", "nothing lies in it", "a moment", "nobody reads", "away"],
)
def test_the_stream_says_what_lies_in_it(stream: Standing | None, says: str, is_red: bool) -> None:  # noqa: FBT001 - a case
    lines = [" ".join(line.split()) for line in drawn(a_status(), stream).splitlines() if "Stream" in line]

    assert lines == ([says] if says else [])
    assert (RED in drawn(a_status(heartbeats={"reconcile": NOW}), stream, color=True)) is is_red


def test_a_broken_lane_says_so_and_a_retired_one_only_while_something_waits() -> None:
    lanes = (
        a_lane(broken_since=NOW - timedelta(minutes=9), broken_reason="twilio.20003", paused_until=NOW + LOOK_EVERY),
        a_lane("sms:old", id=2, is_retired=True),
        a_lane("sms:leaving", id=3, is_retired=True, waiting=1),
    )

    shown = drawn(a_status(lanes=lanes))

    assert line_with(shown, "sms:default").startswith("sms:default broken 9 min twilio.20003 ")
    assert "sms:leaving" in shown
    assert "sms:old" not in shown


def test_nothing_is_said_to_be_nothing() -> None:
    shown = drawn(a_status())

    assert line_with(shown, "At work") == "At work nothing"
    assert line_with(shown, "Desk") == "Desk nothing"


def test_of_very_many_lanes_the_idle_are_only_counted() -> None:
    lanes = tuple(a_lane(f"sms:MG{number:032d}", id=number) for number in range(MANY_LANES + 8))
    lanes = (*lanes, a_lane("telegram:default", id=99, waiting=1))

    shown = drawn(a_status(lanes=lanes))

    assert line_with(shown, "telegram:default").startswith("telegram:default 1")
    assert f"{MANY_LANES + 8} more with nothing to do" in shown


def test_it_looks_again_until_somebody_ends_it_and_waits_for_a_database_that_is_away() -> None:
    turns: Iterator[Status | Exception] = iter(
        [a_status(), OperationalError("SELECT 1", {}, Exception("secret")), busy()]
    )
    pauses: list[timedelta] = []
    file = io.StringIO()
    pictures: list[str] = []

    def look() -> tuple[Status, None]:
        turn = next(turns)
        if isinstance(turn, Exception):
            raise turn
        return turn, None

    def quits(pause: timedelta) -> bool:
        pauses.append(pause)
        pictures.append(file.getvalue())
        return len(pauses) == 3

    watch(look, Console(file=file, width=80, force_terminal=True), quits)

    assert pauses == [LOOK_EVERY] * 3
    assert "The database does not answer (OperationalError)" in pictures[1]
    assert "secret" not in pictures[2]
    assert "1,234" in pictures[2]


def test_ctrl_c_ends_it_without_a_fault() -> None:
    def interrupted(_: timedelta) -> bool:
        raise KeyboardInterrupt

    watch(lambda: (a_status(), None), Console(file=io.StringIO(), width=80), interrupted)


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(-3, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_lengths_are_told_as_people_glance_at_them(seconds: int, says: str) -> None:
    assert span(timedelta(seconds=seconds)) == says
    assert ago(NOW - timedelta(seconds=seconds), NOW) == f"{says} ago"


def test_what_never_was_is_never() -> None:
    assert ago(None, NOW) == "never"
