"""`usher simulate`: what it shows, what it refuses, and that it needs and leaves nothing."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from bot.cli import main
from bot.cli.simulate import show_texts
from bot.settings import Settings, setting_name
from tests.integration.simulation.calendars import ALASKA, DEFINITIONS, MARKERS, native, party
from tests.integration.simulation.conftest import Play

ROOT = Path(__file__).parents[3]
FEED = ROOT.parent / "shared" / "data" / "calendars" / "anchorage" / "acs_cr_event.csv"
DAYS = ("--from", "2026-10-26", "--until", "2026-12-31")
LONGEST = 60.0

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Simulate = Callable[..., Said]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with court files and a calendar, and nothing that `usher init` makes."""
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields:
        monkeypatch.delenv(setting_name(field), raising=False)
    (tmp_path / "courts").mkdir()
    for key, definition in DEFINITIONS.items():
        (tmp_path / "courts" / f"{key}.toml").write_text(definition, encoding="utf-8")
    (tmp_path / "calendar.csv").write_text(ALASKA, encoding="utf-8")
    return tmp_path


@pytest.fixture
def simulate(folder: Path, capsys: pytest.CaptureFixture[str], logging_as_before: None) -> Simulate:
    """Run the command in that folder."""

    def run(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main(["simulate", *arguments])
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run


def test_it_shows_who_is_sent_what_when_and_the_sums(simulate: Simulate) -> None:
    said = simulate("calendar.csv", "--court", "riverton", *DAYS)

    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "Calendar of riverton by mapping criminal: 6 rows, 5 hearings new."
    assert lines[1] == (
        "4 people on invented numbers, 4 of them invented for cases that name nobody. "
        "2026-10-26 to 2026-12-31: 4 times somebody is expected; all are told."
    )
    [row] = [line for line in lines if line.startswith("Mon 2026-12-14 10:00")]
    assert re.search(r"1CR-26-00170CR +defendant \+190755501\d\d +\w\w +sms +reminder: consequence +\d ", row)
    assert re.search(r"^12 texts, \d+ segments\.$", said.out, re.MULTILINE)
    for title in ("By language", "By kind", "By channel", "By segments"):
        assert title in said.out
    assert [marker for marker in MARKERS if marker in said.out] == []


def test_a_long_text_is_folded_and_not_cut(simulate: Simulate) -> None:
    said = simulate("calendar.csv", "--court", "riverton", *DAYS)

    assert "…" not in said.out
    assert "Craig Courthouse" in " ".join(said.out.split())


def test_where_there_is_no_room_the_words_stand_below_the_rest(play: Play) -> None:
    page = io.StringIO()
    outcome = play(native([party("3RV-26-00001CR", "2026-11-20T09:00", courtroom="[red]Room 2[/red] :bomb:")]))

    show_texts(Console(file=page, width=60, markup=False, emoji=False), outcome)

    lines = page.getvalue().splitlines()
    assert max(map(len, lines)) <= 60
    assert "Tue 2026-11-17 10:00" in page.getvalue()
    assert "    Where: [red]Room 2[/red] :bomb:." in [line.rstrip() for line in lines]


def test_what_a_court_writes_is_shown_as_it_is(simulate: Simulate, folder: Path) -> None:
    odd = party("3RV-26-00001CR", "2026-11-20T09:00", courtroom="[red]Room 2[/red] :bomb:", language="en")
    (folder / "odd.csv").write_text(native([odd]), encoding="utf-8")

    assert "[red]Room 2[/red] :bomb:" in simulate("odd.csv", "--court", "riverton", *DAYS).out


def test_what_is_not_sent_and_the_desks_work_are_shown(simulate: Simulate, folder: Path) -> None:
    rows = [
        party("3RV-26-00001CR", "2026-11-20T09:00", confidentiality="sealed"),
        party("3RV-26-00002CR", "2026-11-02T09:00", in_custody="true"),
        party("3RV-26-00003CR", "2026-10-26T16:00"),
        party("3RV-26-00004CR", "soon"),
    ]
    (folder / "other.csv").write_text(native(rows), encoding="utf-8")

    said = simulate("other.csv", "--court", "riverton", *DAYS)

    plain = " ".join(said.out.split())
    assert said.code == 0
    assert "3 rows, 3 hearings new, 1 rows in quarantine." in plain
    assert "3 times somebody is expected; 2 are told nothing." in plain
    assert "dropped The case is sealed." in plain
    assert "in_custody" in plain.split("Held back for a while")[1]
    assert "short notice call 1" in plain.split("Open at the desk")[1]


def test_json_is_one_object_that_agrees_with_itself(simulate: Simulate) -> None:
    said = simulate("calendar.csv", "--court", "riverton", *DAYS, "--json")
    outcome = json.loads(said.out)

    assert (said.code, said.err, said.out.count("\n")) == (0, "", 1)
    texts = outcome["texts"]
    assert outcome["totals"]["all"] == {"texts": len(texts), "segments": sum(one["segments"] for one in texts)}
    assert outcome["totals"]["by_language"].keys() == {one["language"] for one in texts}
    assert outcome["import"]["mapping"] == "criminal"


def test_the_part_of_invented_people_can_be_chosen(simulate: Simulate) -> None:
    said = simulate("calendar.csv", "--court", "riverton", *DAYS, "--role", "witness", "--json")

    assert {one["role"] for one in json.loads(said.out)["texts"]} == {"witness"}


def test_it_makes_nothing_in_the_installation(simulate: Simulate, folder: Path) -> None:
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))

    assert simulate("calendar.csv", "--court", "riverton", *DAYS).code == 0
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["calendar.csv", "--court", "riverton", "--from", "soon", "--until", "2026-12-31"], "--from: must be a day"),
        (["calendar.csv", "--court", "riverton", "--from", "20261026", "--until", "2026-12-31"], "--from: must be"),
        (["calendar.csv", "--court", "riverton", "--from", "2026-10-26", "--until", "2026-02-30"], "--until: must be"),
        (["calendar.csv", "--court", "riverton", "--from", "0001-01-01", "--until", "2026-01-01"], "--from: must be"),
        (["calendar.csv", "--court", "riverton", "--from", "2026-10-26", "--until", "2026-10-25"], "--until: lies"),
        (["calendar.csv", "--court", "rivertown", *DAYS], "there is no court 'rivertown' in courts (known: lakeside, "),
        (["nowhere.csv", "--court", "riverton", *DAYS], "nowhere.csv: cannot be read: No such file or directory"),
        (["courts", "--court", "riverton", *DAYS], "courts: cannot be read: Is a directory"),
        (["calendar.csv", "--court", "riverton", *DAYS, "--mapping", "nightly"], "has no mapping 'nightly'"),
        (["calendar.csv", "--court", "riverton", *DAYS, "--role", "judge"], "'judge' is not one of"),
        (["calendar.csv", "--court", "riverton", "--until", "2026-12-31"], "Missing option '--from'"),
        (["empty.csv", "--court", "riverton", *DAYS], "FILE: There is no row in this file"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_two(
    simulate: Simulate, folder: Path, arguments: list[str], says: str
) -> None:
    (folder / "empty.csv").touch()

    said = simulate(*arguments)

    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert said.err.count("\n") == 1


def test_without_court_files_it_says_what_to_do(simulate: Simulate, folder: Path) -> None:
    for path in (folder / "courts").iterdir():
        path.unlink()

    said = simulate("calendar.csv", "--court", "riverton", *DAYS)

    assert said.code == 2
    assert "usher init" in said.err


def test_a_calendar_comes_by_standard_input_and_no_trace_of_it_stays(folder: Path) -> None:
    (scratch := folder / "scratch").mkdir()
    usher = [sys.executable, "-c", "from bot.cli import main; main()"]
    command = [*usher, "simulate", "-", "--court", "riverton", *DAYS, "--json"]
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)}

    done = subprocess.run(command, input=ALASKA.encode(), capture_output=True, env=environment, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (0, b"")
    assert len(json.loads(done.stdout)["texts"]) == 12
    assert list(scratch.iterdir()) == []


@pytest.mark.skipif(not FEED.exists(), reason="Alaska's feed is not beside this project")
def test_alaskas_feed_takes_under_a_minute_and_names_nobody(simulate: Simulate) -> None:
    began = time.monotonic()

    said = simulate(str(FEED), "--court", "riverton", "--from", "2017-09-15", "--until", "2017-12-31", "--json")

    assert time.monotonic() - began < LONGEST
    assert said.code == 0
    outcome = json.loads(said.out)
    assert outcome["import"]["quarantined"] == 0
    assert outcome["hearings"] == {"people_expected": 19, "told_nothing": 0}
    with FEED.open(encoding="utf-8", newline="") as feed:
        families = {row["last_name"] for row in csv.DictReader(feed)}
    assert [name for name in families if re.search(rf"\b{re.escape(name)}\b", said.out)] == []
