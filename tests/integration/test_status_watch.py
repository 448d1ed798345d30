"""`usher status --watch` in a real terminal: it draws, ends with q or Ctrl-C, and leaves the terminal as it was."""

import io
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from rich.console import Console
from sqlalchemy.exc import OperationalError

from bot.cli import main
from bot.cli.watching import keyboard, watch
from tests.fixtures.installation import forget_settings

PATIENCE = 30  # seconds
ROOT = Path(__file__).parents[2]
WATCH = """
import os
os.close(os.open(os.ttyname(0), os.O_RDWR))  # who opens a terminal first is its owner: Ctrl-C comes here
from bot.cli import main
main(["status", "--watch"])
"""


@pytest.fixture
def installation(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh installation."""
    monkeypatch.chdir(installed)
    forget_settings(monkeypatch)
    return installed


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 80))
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


@contextmanager
def catch_unraisable() -> Iterator[None]:
    """Keep quiet about what Python could not raise, and see that there was something."""
    forgotten: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, forgotten.append
    try:
        yield
    finally:
        sys.unraisablehook = before
    assert forgotten


def read_until(ours: int, word: str) -> str:
    """Read what is drawn until a word comes."""
    drawn, until = b"", time.monotonic() + PATIENCE
    while word.encode() not in drawn:
        ready, _, _ = select.select([ours], [], [], max(until - time.monotonic(), 0))
        assert ready, f"no {word!r} in {drawn.decode()!r}"
        drawn += os.read(ours, 65_536)
    return drawn.decode()


@pytest.mark.parametrize("key", [b"q", b"\x03"], ids=["q", "Ctrl-C"])
def test_it_draws_until_a_key_ends_it_and_leaves_the_terminal_as_it_was(
    installation: Path, terminal: tuple[int, int], key: bytes
) -> None:
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "COLUMNS": "80", "LINES": "24"}
    with subprocess.Popen(
        [sys.executable, "-c", WATCH],
        cwd=installation,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as running:
        assert "q ends" in read_until(ours, "telegram:default")
        os.write(ours, key)
        read_until(ours, "\x1b[?1049l")  # before it is waited for: who draws waits for who reads
        assert running.wait(PATIENCE) == 0

    assert termios.tcgetattr(theirs) == before


def test_an_interrupt_that_python_forgets_ends_it_all_the_same() -> None:
    looks, otherwise = 0, signal.getsignal(signal.SIGINT)

    class Untidy:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)  # what is raised while something is tidied up is lost

    def look() -> NoReturn:
        nonlocal looks
        looks += 1
        with catch_unraisable():
            Untidy()
        raise OperationalError("SELECT", {}, Exception("away"))

    with keyboard(io.StringIO()) as quits:
        watch(look, Console(file=io.StringIO()), quits)

    assert looks == 1
    assert signal.getsignal(signal.SIGINT) is otherwise


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["no terminal", "JSON"])
def test_it_is_refused_where_nobody_looks(
    installation: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["status", "--watch", *more])

    assert ended.value.code == 2
    assert "usher status --json" in capsys.readouterr().err
