"""The demo as a newcomer starts it: a real process, the real clients, a sandbox on loopback."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from bot.demo import cast
from bot.demo.promises import Promise
from bot.demo.story import Told

USHER = Path(sys.executable).with_name("usher")
WITHIN = 90  # seconds; it takes about ten
PHONE_NUMBER = re.compile(r"\+?1?907555\d{4}|907-555-\d{4}")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], str]:
    """The story, played once, with its log."""
    log = tmp_path_factory.mktemp("demo") / "log.json"
    done = subprocess.run(
        [USHER, "demo", "--once", "--log", log], capture_output=True, text=True, timeout=WITHIN, check=False
    )
    return done, log.read_text(encoding="utf-8")


def test_every_promise_of_the_story_is_kept(played: tuple[subprocess.CompletedProcess[str], str]) -> None:
    done, _ = played

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "BROKEN" not in done.stdout
    assert done.stdout.count("kept  ") >= 30


def test_the_story_shows_every_phone_in_its_language(played: tuple[subprocess.CompletedProcess[str], str]) -> None:
    done, _ = played

    for member in cast.CAST:
        assert member.phone in done.stdout
    for word in ("noviembre", "ноября", "نوفمبر", "November"):
        assert word in done.stdout


def test_the_log_of_the_story_names_nobody(played: tuple[subprocess.CompletedProcess[str], str]) -> None:
    _, log = played

    assert '"message.handled"' in log, "the log is there"
    words = [member.name for member in cast.CAST] + [
        "Courtroom",
        "3RB",
        "Riverbend",
        "STOP",
        "warrant",
        cast.DMITRI.link,
    ]
    assert [word for word in words if re.search(rf"\b{re.escape(word)}\b", log)] == []
    assert not PHONE_NUMBER.search(log)


def test_a_broken_promise_makes_the_story_fail() -> None:
    assert Told([Promise("It holds.", is_kept=True)], []).is_kept
    assert not Told([Promise("It holds.", is_kept=True), Promise("It does not.", is_kept=False)], []).is_kept


def test_the_page_of_phones_is_served_until_the_process_is_told_to_stop(tmp_path: Path) -> None:
    with subprocess.Popen(
        [USHER, "demo", "--port", "0", "--log", tmp_path / "log"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert found, said
        with urllib.request.urlopen(found[0], timeout=10) as page:  # noqa: S310 - our own loopback page
            assert b"Usher" in page.read()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [USHER, "demo", "--port", str(port)], capture_output=True, text=True, timeout=WITHIN, check=False
        )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"usher: --port: cannot listen on {port} (Address already in use)\n"
