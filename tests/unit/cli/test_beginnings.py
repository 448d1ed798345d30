"""What every command begins with: who gives it, where the database is, and one sentence where there is none."""

import getpass
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.cli.bars import LONGEST_ACTOR, bars, operator
from bot.cli.opening import DatabaseAwayError, open_database, reaching, revision_of, sqlite_file
from bot.settings import Settings
from domain.errors import InvalidInputError
from storage import migrate


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No account in the environment until a test names one."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "actor"),
    [("kim", "cli:kim"), ("kim.o'neill", "cli:kim.o'neill"), ("k" * 100, "cli:" + "k" * (LONGEST_ACTOR - 4))],
    ids=["an account", "an odd one", "a very long one"],
)
def test_the_record_names_whoever_gave_the_command(account: pytest.MonkeyPatch, name: str, actor: str) -> None:
    account.setenv("LOGNAME", name)

    assert operator() == actor


def test_without_a_name_in_the_environment_the_machine_is_asked(account: pytest.MonkeyPatch) -> None:
    assert operator() == f"cli:{getpass.getuser()}"


def test_no_bar_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with bars() as tell:
        for done in range(3):
            tell("pages", done, 3)

    said = capsys.readouterr()
    assert (said.out, said.err.strip()) == ("", "")


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///var/usher.sqlite3", "var/usher.sqlite3"),
        ("sqlite:////srv/usher.sqlite3", "/srv/usher.sqlite3"),
        ("sqlite://", None),
        ("postgresql+psycopg://usher:pw@host/usher", None),
    ],
    ids=["beside us", "from the root", "in memory", "another engine"],
)
def test_only_an_embedded_database_is_a_file(url: str, file: str | None) -> None:
    assert sqlite_file(url) == (None if file is None else Path(file))


def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    missing = tmp_path / "usher.sqlite3"

    with pytest.raises(DatabaseAwayError, match=f"there is no database at {missing}; run: usher init"):
        revision_of(f"sqlite:///{missing}")

    assert not missing.exists()


def test_a_file_that_was_never_migrated_is_at_nothing(tmp_path: Path) -> None:
    file = tmp_path / "usher.sqlite3"
    sqlite3.connect(file).close()
    file.touch()
    settings = Settings(_env_file=None, database_url=f"sqlite:///{file}")

    assert revision_of(f"sqlite:///{file}") is None
    with (
        pytest.raises(
            DatabaseAwayError, match=f"is at nothing, this release needs {migrate.head()}; run: usher migrate"
        ),
        open_database(settings),
    ):
        pytest.fail("it must not be opened")


@pytest.mark.parametrize("content", [b"this is no database at all, only words" * 40], ids=["words"])
def test_a_file_that_is_no_database_is_one_sentence_without_its_content(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "usher.sqlite3"
    file.write_bytes(content)

    with pytest.raises(DatabaseAwayError, match=r"the database does not answer \(DatabaseError\)") as refused:
        revision_of(f"sqlite:///{file}")

    assert "words" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_without_its_key_a_database_is_not_opened(sqlite_url: str, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, database_url=sqlite_url, secret_key_file=tmp_path / "no.key")

    with pytest.raises(InvalidInputError, match=r"no\.key"), open_database(settings):
        pytest.fail("it must not be opened")


def test_a_driver_s_words_are_not_passed_on() -> None:
    with pytest.raises(DatabaseAwayError) as refused, reaching():
        raise OperationalError("SELECT", {}, Exception("could not connect to usher:marker-password@host"))

    assert "marker" not in str(refused.value)
    assert "USHER_DATABASE_URL" in str(refused.value)


def test_what_is_no_driver_s_refusal_is_a_bug_and_flies_on() -> None:
    with pytest.raises(ZeroDivisionError), reaching():
        raise ZeroDivisionError
    assert not issubclass(ZeroDivisionError, DBAPIError)
