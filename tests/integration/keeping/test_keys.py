"""Rotating keys without stopping: nothing is ever unreadable, and a key goes only when nothing needs it."""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Connection, select, update

from bot.cli.keys import _listed
from domain.errors import ConflictError, InvalidInputError
from storage import key_file, rotation
from storage.database import Database
from storage.key_file import LAST_NUMBER, SETTLING, new_key_file, prepare, read_keys, retire, rotate
from storage.rotation import SEALED, Resealed, Sealed
from storage.schema import delivery
from storage.vault import LOOK_EVERY, Vault, read_key_file
from tests.fixtures.commands import Usher
from tests.fixtures.database import url_of
from tests.fixtures.keeping import everything_sealed, forget
from tests.fixtures.sending import Desk
from tests.integration.keeping.conftest import open_installed

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
LATER = NOW + SETTLING


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A key file."""
    file = tmp_path / "usher.key"
    new_key_file(file)
    return file


def test_a_rotation_keeps_every_older_key_and_seals_with_the_new_one(path: Path) -> None:
    old = read_keys(path)

    assert [rotate(path, now=NOW), rotate(path, now=LATER)] == [2, 3]

    keys = read_keys(path)
    assert (keys.current, sorted(keys.keys), keys.rotated_at) == (3, [1, 2, 3], LATER)
    assert (keys.keys[1], keys.index) == (old.keys[1], old.index)
    assert len(set(keys.keys.values())) == 3


def test_the_file_stays_its_owners_alone_and_nothing_is_left_beside_it(path: Path) -> None:
    rotate(path, now=NOW)

    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.key"
    link.symlink_to(path)

    rotate(link, now=NOW)

    assert link.is_symlink()
    assert read_keys(path).current == 2


def test_a_prepared_key_does_not_seal_until_it_is_rotated_to(path: Path) -> None:
    assert [prepare(path), prepare(path)] == [2, 2]
    assert read_keys(path).current == 1

    assert rotate(path, now=NOW) == 2
    assert sorted(read_keys(path).keys) == [1, 2]


def test_two_changes_at_once_are_refused_and_the_file_stays_whole(path: Path) -> None:
    before = path.read_bytes()
    path.with_name("usher.key.new").touch()

    with pytest.raises(ConflictError, match="another change is under way"):
        rotate(path, now=NOW)
    assert path.read_bytes() == before


def test_the_last_number_is_the_last(path: Path) -> None:
    content = json.loads(path.read_text())
    content["keys"][str(LAST_NUMBER)] = content["keys"]["1"]
    path.write_text(json.dumps(content | {"current": LAST_NUMBER}))

    with pytest.raises(ConflictError, match="key 255 is the last"):
        rotate(path, now=NOW)


@pytest.mark.parametrize(
    ("number", "now", "says"),
    [
        (2, LATER, "key 2 is the one that seals"),
        (3, LATER, "key 3 is the one that seals, or will"),
        (9, LATER, r"there is no key 9 \(there are: 1, 2, 3\)"),
        (1, LATER - timedelta(seconds=1), "less than 15 minutes ago"),
    ],
)
def test_a_key_that_may_be_needed_is_not_retired(path: Path, number: int, now: datetime, says: str) -> None:
    rotate(path, now=NOW)
    prepare(path)

    with pytest.raises((ConflictError, InvalidInputError), match=says):
        retire(path, number, now=now)
    assert sorted(read_keys(path).keys) == [1, 2, 3]


def test_an_old_key_is_retired_when_every_process_has_looked_at_the_file(path: Path) -> None:
    rotate(path, now=NOW)
    retire(path, 1, now=LATER)

    assert sorted(read_keys(path).keys) == [2]
    assert rotate(path, now=LATER) == 3, "a number is never given twice while a later one is there"


def test_processes_look_far_sooner_than_a_key_may_go() -> None:
    assert timedelta(seconds=LOOK_EVERY) * 10 <= SETTLING


@pytest.mark.parametrize(
    "change",
    [
        {"current": 7},
        {"current": "x"},
        {"keys": {}},
        {"keys": {"1": "c2hvcnQ="}},
        {"keys": {"300": "x"}},
        {"rotated_at": "soon"},
        {"index": ""},
    ],
)
def test_a_file_that_does_not_fit_together_is_refused(path: Path, change: dict[str, object]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(InvalidInputError, match="not a key file"):
        read_keys(path)


def test_keys_are_never_shown() -> None:
    keys = key_file.Keys(keys={1: b"k" * 32}, current=1, index=b"i" * 32)

    assert re.search("kkk|iii", repr(keys)) is None


# --- a process that runs meanwhile ----------------------------------------------------------------------------


def test_a_running_process_opens_what_a_newer_key_sealed(path: Path) -> None:
    running = read_key_file(path)
    rotate(path, now=NOW)
    sealed = read_key_file(path).seal("9:30", "delivery.text")

    assert running.open(sealed, "delivery.text") == "9:30"
    assert running.current == 2, "and seals with it from then on"


def test_a_running_process_seals_with_the_new_key_within_a_minute(path: Path) -> None:
    running = read_key_file(path)
    rotate(path, now=NOW)
    assert running.seal("x", "a")[0] == 1

    running._look_at -= LOOK_EVERY

    assert running.seal("x", "a")[0] == 2


def test_a_process_keeps_what_it_knows_when_a_key_is_retired_or_the_file_is_away(path: Path) -> None:
    running = read_key_file(path)
    sealed = running.seal("staged", "import.party")
    rotate(path, now=NOW)
    retire(path, 1, now=LATER)
    running._look_again(lambda: read_keys(path))
    path.unlink()
    running._look_again(lambda: read_keys(path))

    assert running.open(sealed, "import.party") == "staged"
    assert running.current == 2


def test_a_key_that_nobody_has_is_named(path: Path) -> None:
    running = read_key_file(path)
    foreign = Vault({7: b"7" * 32}, current=7, index_key=b"i" * 32).seal("x", "a")

    with pytest.raises(InvalidInputError, match="key number 7 is missing"):
        running.open(foreign, "a")


def test_another_installations_file_is_not_taken_up(path: Path, tmp_path: Path) -> None:
    running = read_key_file(path)
    path.unlink()
    new_key_file(path)
    rotate(path, now=NOW)

    running._look_again(lambda: read_keys(path))

    assert running.current == 1


def test_what_was_removed_says_so() -> None:
    with pytest.raises(InvalidInputError, match=r"delivery\.text: was removed"):
        Vault({1: b"1" * 32}, current=1, index_key=b"i" * 32).open(b"", "delivery.text")


# --- sealing anew ---------------------------------------------------------------------------------------------


def reseal_all(connection: Connection) -> int:
    """Seal every column anew."""
    return sum(all_of(one, connection).done for one in SEALED)


def all_of(sealed: Sealed, connection: Connection) -> Resealed:
    """Seal one column anew."""
    return rotation.reseal(connection, sealed, rotation.reach(connection, sealed))


def marks(connection: Connection) -> set[int]:
    """The numbers of all keys in use."""
    return {number for sealed in SEALED for number in rotation.counts(connection, sealed)}


async def test_every_sealed_column_comes_under_the_new_key_and_says_the_same(desk: Desk) -> None:
    before = desk.db.read_now(everything_sealed)
    assert all(before.values()), "each column has something to seal"
    newer = Vault({1: b"k" * 32, 2: b"n" * 32}, current=2, index_key=b"i" * 32)

    async with Database(url_of(desk.db), newer) as db:
        assert db.write_now(reseal_all) == sum(map(len, before.values()))
        assert db.read_now(marks) == {2}
        assert db.read_now(everything_sealed) == before
        assert db.write_now(reseal_all) == 0, "once is enough"


async def test_it_may_be_cut_off_and_goes_on_where_it_was(desk: Desk) -> None:
    newer = Vault({1: b"k" * 32, 2: b"n" * 32}, current=2, index_key=b"i" * 32)

    async with Database(url_of(desk.db), newer) as db:
        half = sum(db.write_now(partial(rotation.reseal, sealed=one, ids=range(1, 2))).done for one in SEALED[:4])
        assert db.read_now(marks) == {1, 2}
        assert half + db.write_now(reseal_all) == len(SEALED)
        assert db.read_now(marks) == {2}


async def test_what_was_removed_stays_removed(desk: Desk) -> None:
    forget(desk.db, days=3_000)
    newer = Vault({1: b"k" * 32, 2: b"n" * 32}, current=2, index_key=b"i" * 32)

    async with Database(url_of(desk.db), newer) as db:
        assert db.write_now(reseal_all) == 0
        assert db.read_now(lambda c: c.execute(select(delivery.c.text)).scalar()) == b""


DAMAGED = [b"\x01", b"\x01short", b"\x01" + bytes(20), b"\x01" + bytes(40), b"\x09" + bytes(40)]


@pytest.mark.parametrize("value", DAMAGED, ids=["a mark", "too short", "no tag", "another tag", "no such key"])
async def test_a_value_that_does_not_open_is_named_and_left_and_all_others_are_sealed_anew(
    desk: Desk, value: bytes
) -> None:
    await desk.db.write(lambda c: c.execute(update(delivery).values(text=value)).rowcount)
    newer = Vault({1: b"k" * 32, 2: b"n" * 32}, current=2, index_key=b"i" * 32)

    async with Database(url_of(desk.db), newer) as db:
        found = {one.name: db.write_now(partial(all_of, one)) for one in SEALED}
        [damaged] = db.read_now(lambda c: c.execute(select(delivery.c.id, delivery.c.text)).all())

    assert {name: one.unopened for name, one in found.items() if one.unopened} == {"delivery.text": [damaged.id]}
    assert damaged.text == value
    assert all(one.done for name, one in found.items() if name != "delivery.text")


# --- the command ----------------------------------------------------------------------------------------------


async def test_the_whole_rotation_while_a_process_runs(lived: Usher) -> None:
    running = open_installed()
    before = running.read_now(everything_sealed)

    assert "Key 2 seals from now on" in lived("keys", "rotate").out
    early = lived("keys", "retire", "1")
    assert (early.code, early.err) == (1, "")
    assert "values of delivery.text are sealed with key 1" in early.out
    assert lived("keys", "reseal").out == f"{sum(map(len, before.values()))} values were sealed anew; key 2 seals.\n"
    assert lived("keys", "reseal").out == "0 values were sealed anew; key 2 seals.\n"
    with time_machine.travel(datetime.now(UTC) + SETTLING, tick=False):
        assert lived("keys", "retire", "1").code == 0

    shown = lived("keys", "show").out.split("\n")
    assert (len(shown), shown[0].split()) == (2, ["key", "2", str(sum(map(len, before.values()))), "values", "seals"])
    assert running.read_now(everything_sealed) == before
    assert lived("audit", "verify").code == 0
    running.close_now()


async def test_what_does_not_open_is_named_by_row_and_never_shown(lived: Usher) -> None:
    lived("keys", "rotate")
    running = open_installed()
    running.write_now(lambda c: c.execute(update(delivery).values(text=b"\x01short")).rowcount)
    running.close_now()

    said = lived("keys", "reseal")

    assert (said.code, said.err) == (1, "delivery.text does not open in 1 rows; ids: 1\n")
    assert re.fullmatch(r"\d+ values were sealed anew; key 2 seals\.\n", said.out)
    assert "0 values" not in said.out
    assert lived("keys", "reseal").code == 1, "as long as it is there"


def test_a_few_rows_are_named_and_the_others_counted() -> None:
    assert _listed([1, 2]) == "1, 2"
    assert _listed(range(1, 100)).endswith("19, 20, …")


async def test_retiring_at_once_is_wrong_even_when_nothing_is_sealed(usher: Usher) -> None:
    usher("keys", "rotate")

    said = usher("keys", "retire", "1")

    assert said.code == 2
    assert said.err == "usher: the keys were rotated less than 15 minutes ago; retire key 1 later\n"


async def test_a_prepared_key_is_told_to_be_copied_first(usher: Usher) -> None:
    said = usher("keys", "rotate", "--prepare")

    assert "Key 2 is in var/usher.key and does not seal yet." in said.out
    assert read_keys(Path("var/usher.key")).current == 1


def lose_key_1() -> None:
    """Call the installation's only key by another number."""
    content = json.loads(Path("var/usher.key").read_text())
    content["keys"] = {"2": content["keys"]["1"]}
    Path("var/usher.key").write_text(json.dumps(content | {"current": 2}))


async def test_a_key_that_is_missing_is_shown_as_such(lived: Usher) -> None:
    lose_key_1()

    assert re.search(r"key 1 .* missing!", lived("keys", "show").out)
