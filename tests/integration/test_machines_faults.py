"""What a machine refuses, a file or the database, is one line and exit code 2 like what a person mistypes."""

import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.cli import COMMANDS, main
from tests.fixtures.commands import Said, Usher

UNREADABLE = "/proc/self/mem"
"""A file that also the superuser, who runs these tests in a container, cannot read from its beginning."""
TOO_LONG = "x" * 300


def is_one_line(said: Said, *words: str) -> bool:
    """Whether a command ended with 2 and said these words in one line."""
    return said.code == 2 and said.err.count("\n") == 1 and all(word in said.err for word in words)


# --- files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["status", "init", "migrate"])
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda env: env.symlink_to(UNREADABLE), "usher: .env: cannot be read: Input/output error"),
        (lambda env: env.write_bytes(b"USHER_HTTP_HOST=\xff\n"), "usher: .env: is not UTF-8"),
    ],
    ids=["not readable", "not UTF-8"],
)
def test_settings_that_cannot_be_read(
    usher: Usher, installed: Path, word: str, spoil: Callable[[Path], object], says: str
) -> None:
    Path(".env").unlink()
    spoil(Path(".env"))

    assert is_one_line(usher(word), says)
    examined = usher("doctor")
    assert (examined.code, examined.err) == (1, "")
    assert examined.out.startswith(f"FIX settings   {says.removeprefix('usher: ')}")


def test_a_database_behind_a_door_that_is_closed_to_us(
    usher: Usher, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USHER_DATABASE_URL", f"sqlite:///{TOO_LONG}/usher.sqlite3")

    assert is_one_line(usher("status"), "usher: ", "usher.sqlite3 cannot be reached: File name too long")
    examined = usher("doctor")
    assert (examined.code, examined.err) == (1, "")
    assert "FIX database   " in examined.out


def test_a_folder_that_cannot_be_looked_into(usher: Usher, installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USHER_SECRET_KEY_FILE", f"{TOO_LONG}/usher.key")

    assert is_one_line(usher("init"), "usher: ", "File name too long")


def test_a_key_file_that_is_not_utf_8(usher: Usher, installed: Path) -> None:
    Path("var/usher.key").write_bytes(b"\xff\xfe{}")

    assert is_one_line(usher("status"), "usher: var/usher.key: this is not a key file of `usher init`")
    assert "FIX key        var/usher.key: this is not a key file" in usher("doctor").out


@pytest.mark.parametrize("place", [".", "..", "/", "courts"])
def test_a_backup_into_a_folder(usher: Usher, installed: Path, place: str) -> None:
    assert is_one_line(usher("backup", place), f"usher: {place} is there already; it is not overwritten")


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite://", "sqlite:///"])
@pytest.mark.parametrize("word", ["migrate", "init", "status"])
def test_a_database_in_memory(usher: Usher, monkeypatch: pytest.MonkeyPatch, url: str, word: str) -> None:
    monkeypatch.setenv("USHER_DATABASE_URL", url)

    assert is_one_line(usher(word), "USHER_DATABASE_URL: needs a file")
    assert os.listdir() == []  # noqa: PTH208 - the folder the command ran in


# --- ports ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["65536", "99999", "-1", "eighty"])
def test_a_demo_on_a_port_that_there_is_not(usher: Usher, port: str) -> None:
    assert is_one_line(usher("demo", "--port", port), "usher demo: Invalid value for '--port': Input should be")


# --- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted", ["inbound:²", "inbound:12345678901234567890123", "inbound:", "stream:-1", "outbound:1", "inbound:1 "]
)
def test_an_id_that_is_none(usher: Usher, installed: Path, wanted: str) -> None:
    assert is_one_line(usher("dead-letters", "--replay", wanted), "must be an id from the list, such as inbound:12")


def test_the_longest_id_that_may_be_one(usher: Usher, installed: Path) -> None:
    wanted = f"inbound:{'9' * 18}"

    assert is_one_line(usher("dead-letters", "--replay", wanted), f"there is no dead letter {wanted}")


# --- the database ---------------------------------------------------------------------------------------------


def test_a_database_that_fails_in_the_middle_of_a_command(usher: Usher, installed: Path) -> None:
    with closing(sqlite3.connect("var/usher.sqlite3")) as database:
        database.execute("DROP TABLE lane")

    assert is_one_line(usher("status"), "usher: the database did not do it (OperationalError)")


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let `usher check` raise this."""

    def check() -> None:
        """Fail."""
        raise error

    module = "tests.integration.test_machines_faults"
    monkeypatch.setattr(f"{module}.broken", check, raising=False)
    monkeypatch.setitem(COMMANDS, "check", (f"{module}:broken", "Fail."))


class LockNotAvailable(Exception):  # noqa: N818 - the driver's name for it
    """What psycopg raises where somebody has a table locked."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError("SELECT marker", {"name": "marker"}, LockNotAvailable("marker")), "LockNotAvailable"),
        (PoolTimeoutError("marker"), "TimeoutError"),
    ],
    ids=["a lock", "no connection in time"],
)
def test_neither_a_statement_nor_a_value_is_shown(
    usher: Usher, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: str
) -> None:
    failing(monkeypatch, error)

    said = usher("check")

    assert is_one_line(said, f"usher: the database did not do it ({kind}): it is away or in use; try again")
    assert "marker" not in said.err


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied", "var"), "usher: var: Permission denied\n"),
        (OSError(28, "No space left on device"), "usher: No space left on device\n"),
        (socket.gaierror(), "usher: gaierror\n"),
    ],
    ids=["a file", "a disk", "without words"],
)
def test_a_file_or_a_disk_is_named(usher: Usher, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str) -> None:
    failing(monkeypatch, error)

    said = usher("check")

    assert (said.code, said.err) == (2, says)


@pytest.mark.parametrize(
    "error",
    [KeyError("bug"), IntegrityError("INSERT", {}, Exception("bug")), DBAPIError("SELECT", {}, Exception("bug"))],
    ids=["ours", "a duplicate", "another"],
)
def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    failing(monkeypatch, error)

    with pytest.raises(type(error)):
        main(["check"])
