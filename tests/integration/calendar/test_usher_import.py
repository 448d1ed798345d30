"""`usher import`, as a clerk or a script meets it."""

import io
import json
from pathlib import Path

import pytest

from bot.cli import main
from tests.fixtures.calendars.rows import Row, hearing, native, row
from tests.fixtures.installation import forget_settings

COURT = Path(__file__).parents[2] / "fixtures" / "calendars" / "court.toml"


@pytest.fixture(autouse=True)
def within(installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In an installation of one's own, whose texts would go to a stand-in on this machine."""
    forget_settings(monkeypatch)
    monkeypatch.setenv("USHER_TWILIO_API_BASE_URL", "http://127.0.0.1:1/")
    monkeypatch.chdir(installed)
    Path("courts/third.toml").write_text(COURT.read_text(encoding="utf-8"), encoding="utf-8")
    usher("migrate")
    capsys.readouterr()


def usher(*words: str) -> int:
    """Run the command; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def calendar(*rows: Row) -> str:
    """Write a calendar of years to come; return its path."""
    path = Path("calendar.csv")
    path.write_bytes(native([{**one, "starts_at": one["starts_at"].replace("2026", "2097")} for one in rows]))
    return str(path)


def test_what_came_in_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code = usher("import", calendar(row(), row(party_id="P2", phone="UNKNOWN")), "--court", "example")

    said = capsys.readouterr().out
    assert code == 0
    assert "Calendar of example by mapping native: 2 rows read." in said
    for words in ("new", "hearing set", "reminder", "unreachable", "Tasks for the desk: 1.", "Import 1 applied."):
        assert words in said
    assert "Ada" not in said
    assert "555" not in said


def test_a_row_in_quarantine_is_exit_code_1_and_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code = usher("import", calendar(row(), row(starts_at="soon")), "--court", "example")

    assert code == 1
    assert "line 3: starts_at is not a date and time like" in capsys.readouterr().out
    assert usher("import", "--quarantine", "--court", "example") == 1
    listed = capsys.readouterr().out
    assert "line 3: starts_at is not a date" in listed
    assert "Import 1 of example (native, applied): 1 in quarantine." in listed
    assert "Ada" not in listed, "rows name people: they are shown only when asked for"
    assert usher("import", "--quarantine", "--show-rows", "--court", "example") == 1
    assert "Ada,Lane" in capsys.readouterr().out


def test_a_script_reads_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert usher("import", calendar(row(), row(starts_at="soon")), "--court", "example", "--json") == 1

    report = json.loads(capsys.readouterr().out)
    assert (report["state"], report["rows"], report["hearings"]) == ("applied", 1, {"new": 1})
    assert report["bad_rows"] == [
        {"line": 3, "column": "starts_at", "reason": "is not a date and time like 2026-06-01T09:00"}
    ]
    assert usher("import", "--quarantine", "--json", "--court", "example") == 1
    assert json.loads(capsys.readouterr().out)["line"] == 3


def test_a_dry_run_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    path = calendar(row())

    assert usher("import", path, "--court", "example", "--dry-run") == 0
    assert "Notices that would be planned" in capsys.readouterr().out
    assert usher("import", path, "--court", "example", "--json") == 0
    assert json.loads(capsys.readouterr().out)["hearings"] == {"new": 1}


def test_what_the_brake_holds_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [hearing(case_number=f"3EX-26-{number:05}CR") for number in range(6)]
    usher("import", calendar(*rows), "--court", "example")
    path = calendar(*({**one, "starts_at": "2026-06-16T09:30"} for one in rows))

    assert usher("import", path, "--court", "example") == 2
    held = capsys.readouterr().out
    assert "6 of the 6 coming hearings of example would be moved or cancelled: 100 %" in held
    assert "HELD: nothing was changed, nobody is told" in held
    assert "--accept-changes" in held
    assert usher("import", path, "--court", "example", "--accept-changes") == 0
    assert "moved later" in capsys.readouterr().out


def test_an_empty_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.csv").touch()

    assert usher("import", "empty.csv", "--court", "example") == 2
    assert "There is no row in this file; yesterday's calendar stays." in capsys.readouterr().out


def test_standard_input_is_a_calendar_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(native([hearing()]))))

    assert usher("import", "-", "--court", "example") == 0
    assert "1 rows read" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("import", "--court", "example"), "usher: FILE: must be given"),
        (("import", "nowhere.csv", "--court", "example"), "usher: nowhere.csv: cannot be read: No such file"),
        (
            ("import", "calendar.csv", "--court", "nowhere"),
            "usher: there is no court 'nowhere' (known: example, third)",
        ),
        (("import", "calendar.csv", "--court", "third", "--mapping", "x"), "usher: court 'third' has no mapping 'x'"),
        (("import", "--court", "nowhere", "--quarantine"), "usher: there is no court 'nowhere'"),
        (("import", "calendar.csv"), "usher import: Missing option '--court'"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    words: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar(row())

    assert usher(*words) == 2
    said = capsys.readouterr()
    assert said.err.startswith(why)
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_invented_numbers_stay_out_where_texts_are_real(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("USHER_TWILIO_API_BASE_URL")

    usher("import", calendar(row()), "--court", "example", "--json")

    assert json.loads(capsys.readouterr().out)["parties"] == {"new": 1, "unreachable": 1}
