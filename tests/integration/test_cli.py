"""The commands that look after an installation: what they make, what they refuse, what they say."""

import json
import os
import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import COMMANDS, load_command
from bot.court_files import example_court
from storage import migrate as migrations
from tests.fixtures.commands import Usher


def mode_of(path: str) -> int:
    """The permission bits of a file."""
    return stat.S_IMODE(Path(path).stat().st_mode)


def test_init_makes_all_that_a_new_installation_needs(usher: Usher) -> None:
    said = usher("init", "--court", "riverton")

    assert said.code == 0
    assert "restarted" not in said.out, "nothing can run yet"
    assert (mode_of(".env"), mode_of("var/usher.key"), mode_of("var/usher.sqlite3")) == (0o600, 0o600, 0o600)
    assert Path("courts/riverton.toml").read_text(encoding="utf-8") == example_court()
    assert migrations.current("sqlite:///var/usher.sqlite3") == migrations.head()
    with sqlite3.connect("var/usher.sqlite3") as database:
        assert database.execute("SELECT key FROM court").fetchall() == [("riverton",)]
        assert database.execute("SELECT count(*) FROM lane").fetchone() == (2,)
    database.close()


def test_init_again_changes_nothing(usher: Usher) -> None:
    usher("init")
    before = {path: path.read_bytes() for path in (Path(".env"), Path("var/usher.key"), Path("courts/example.toml"))}

    said = usher("init", "--court", "another")

    assert said.code == 0
    assert "Made" not in said.out
    assert {path: path.read_bytes() for path in before} == before
    assert [path.name for path in Path("courts").iterdir()] == ["example.toml"]


def test_init_never_makes_a_new_key_beside_an_old_database(usher: Usher) -> None:
    usher("init")
    Path("var/usher.key").unlink()

    said = usher("init")

    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "usher: the database is there, but its key var/usher.key is not: put the key back from your backup\n"
    )
    assert not Path("var/usher.key").exists()


def test_init_with_a_wrong_court_file_makes_nothing(usher: Usher) -> None:
    Path("courts").mkdir()
    Path("courts/riverton.toml").write_text("name = 1\n", encoding="utf-8")

    said = usher("init")

    assert said.code == 2
    assert said.err.startswith("usher: courts/riverton.toml: ")
    assert [path.name for path in Path().iterdir()] == ["courts"]


def test_migrate_applies_what_has_changed_and_only_that(usher: Usher, installed: Path) -> None:
    Path("courts/lakeside.toml").write_text(example_court().replace("Example", "Lakeside"), encoding="utf-8")

    assert usher("migrate").out.splitlines()[1:] == [
        "Applied court lakeside.",
        "What runs goes by the old rules until it is restarted: worker, clock and web, or run.",
    ]
    assert usher("migrate").out.splitlines()[1:] == ["No court file has changed (2 in courts)."]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("nome = 'x'\n", "courts/lakeside.toml: nome: is not a key of this table"),
        ('languages = ["tlh"]\n', "courts/lakeside.toml: languages: 'tlh' is not one of en, "),
    ],
)
def test_one_wrong_court_file_and_none_is_applied(usher: Usher, installed: Path, broken: str, says: str) -> None:
    Path("courts/example.toml").write_text(example_court() + "\n# edited\n", encoding="utf-8")
    text = "\n".join(line for line in example_court().splitlines() if not line.startswith("languages"))
    Path("courts/lakeside.toml").write_text(broken + text, encoding="utf-8")

    said = usher("migrate")

    assert (said.code, said.out) == (2, "")
    assert says in said.err
    with sqlite3.connect("var/usher.sqlite3") as database:
        assert database.execute("SELECT key FROM court WHERE definition LIKE '%# edited%'").fetchall() == []
    database.close()


def test_migrate_without_a_key_changes_nothing(usher: Usher, installed: Path) -> None:
    Path("var/usher.key").unlink()
    Path("var/usher.sqlite3").unlink()

    assert usher("migrate").code == 2
    assert not Path("var/usher.sqlite3").exists()


def test_check_names_every_court_file_that_is_wrong(usher: Usher, installed: Path) -> None:
    Path("courts/a.toml").write_text("name = 1", encoding="utf-8")
    Path("courts/b.toml").write_text("= 1", encoding="utf-8")

    said = usher("check")

    assert said.code == 1
    assert "courts/a.toml: " in said.err
    assert "courts/b.toml: " in said.err
    assert "courts/example.toml: Example District Court" in said.out
    assert usher("check", "courts/example.toml").code == 0


def test_check_of_an_empty_folder_says_what_to_do(usher: Usher) -> None:
    said = usher("check")

    assert said.code == 2
    assert "usher init" in said.err


def test_status_of_a_new_installation(usher: Usher, installed: Path) -> None:
    assert "sms:default" in usher("status").out
    standing = json.loads(usher("status", "--json").out)

    assert [lane["key"] for lane in standing["lanes"]] == ["sms:default", "telegram:default"]
    assert [court["key"] for court in standing["courts"]] == ["example"]
    assert (standing["notices"], standing["tasks"], standing["heartbeats"]) == ({}, {}, {})


@pytest.mark.parametrize(
    ("reason", "shown"), [("20003", "20003"), (None, "no reason given")], ids=["a reason", "no reason"]
)
def test_status_says_which_lane_is_broken_since_when_and_why(
    usher: Usher, installed: Path, reason: str | None, shown: str
) -> None:
    assert shown not in usher("status").out
    with sqlite3.connect("var/usher.sqlite3") as database:
        database.execute(
            "UPDATE lane SET broken_since = ?, broken_reason = ? WHERE key = 'sms:default'",
            (f"{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%d %H:%M:%S.%f}", reason),
        )
    database.close()

    [line] = (line for line in usher("status").out.splitlines() if "sms:default" in line)

    assert "3 h" in line
    assert shown in line


@pytest.mark.parametrize("command", ["status", "migrate"])
def test_without_an_installation_a_command_says_so_in_one_line(usher: Usher, command: str) -> None:
    said = usher(command)

    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert "usher init" in said.err


def test_a_database_of_an_older_release_waits_for_migrate(usher: Usher, installed: Path) -> None:
    with sqlite3.connect("var/usher.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    database.close()

    assert usher("status").err == (
        f"usher: the database is at 0000, this release needs {migrations.head()}; run: usher migrate\n"
    )


@pytest.fixture
def newer(installed: Path) -> Path:
    """An installation whose database a newer release has migrated."""
    with sqlite3.connect("var/usher.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9998'")
        database.execute("CREATE TABLE of_tomorrow (id INTEGER)")
    database.close()
    return installed


@pytest.mark.parametrize(
    "words",
    [["status"], ["dead-letters"], ["purge"], ["hold"], ["backup", "copy"], ["audit", "verify"]],
    ids=" ".join,
)
def test_with_the_database_of_a_newer_release_a_command_works_and_says_so(
    usher: Usher, newer: Path, words: list[str]
) -> None:
    said = usher(*words)

    [line] = [line for line in said.err.splitlines() if "9998" in line]
    assert line == "usher: the database is at 9998, newer than this release; all works with it, for migrations only add"
    assert "usher migrate" not in said.err
    assert said.code == 0


def test_the_nightly_import_goes_on_while_a_newer_release_comes(usher: Usher, newer: Path) -> None:
    Path("calendar.csv").write_text("court,case_number,starts_at\nexample,3AN-26-00042CR,2036-06-01T09:00\n", "utf-8")

    said = usher("import", "--court", "example", "calendar.csv", "--json")

    assert (said.code, json.loads(said.out)["state"]) == (0, "applied")
    assert "9998" in said.err


@pytest.mark.parametrize("word", ["migrate", "init"])
def test_the_database_of_a_newer_release_is_not_migrated_and_no_court_file_applied(
    usher: Usher, newer: Path, word: str
) -> None:
    Path("courts/lakeside.toml").write_text(example_court().replace("Example", "Lakeside"), encoding="utf-8")

    said = usher(word)

    assert (said.code, said.err) == (0, "")
    assert f"The database is at 9998, newer than this release ({migrations.head()}): nothing to do.\n" in said.out
    assert "Applied" not in said.out
    assert migrations.current("sqlite:///var/usher.sqlite3") == "9998"


def test_doctor_takes_a_newer_release_for_no_fault(usher: Usher, newer: Path) -> None:
    said = usher("doctor")

    assert said.code == 0
    assert "ok  migrations at 9998, newer than this release" in said.out


def test_a_database_that_does_not_answer_is_told_without_its_password(
    usher: Usher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USHER_DATABASE_URL", "postgresql+psycopg://usher:marker-password@127.0.0.1:9/usher")

    said = usher("status")

    assert said.code == 2
    assert said.err.startswith("usher: the database does not answer (OperationalError)")
    assert "marker" not in said.err


def test_doctor_finds_a_new_installation_well(usher: Usher, installed: Path) -> None:
    said = usher("doctor")

    assert said.code == 0, said.out
    assert [line[:15].split()[1] for line in said.out.splitlines()] == (
        ["settings", "key", "database", "migrations", "courts", "catalogs", "public", "twilio", "telegram", "clock"]
    )
    assert all(line.startswith("ok ") for line in said.out.splitlines())


def test_doctor_says_what_to_do_for_each_thing_that_is_not(
    usher: Usher, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("var/usher.key").chmod(0o644)
    Path("courts/lakeside.toml").write_text(example_court(), encoding="utf-8")
    monkeypatch.setenv("USHER_PUBLIC_URL", "http://localhost")

    said = usher("doctor", "--json")
    findings = {line["name"]: line for line in map(json.loads, said.out.splitlines())}

    assert said.code == 1
    assert [name for name, line in findings.items() if not line["ok"]] == ["key", "migrations", "courts", "public URL"]
    assert "chmod 600" in findings["key"]["says"]
    assert all(line["advice"] for line in findings.values() if not line["ok"])


def test_doctor_asks_for_migrate_when_a_court_file_was_edited(usher: Usher, installed: Path) -> None:
    Path("courts/example.toml").write_text(example_court().replace("watch_days = 16", "watch_days = 17"), "utf-8")

    said = usher("doctor")

    assert said.code == 1
    assert "FIX courts     example: the file says something else than what is applied" in said.out
    assert "usher migrate" in said.out


def test_doctor_with_wrong_settings_looks_no_further(usher: Usher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USHER_HTTP_PORT", "eighty")

    said = usher("doctor")

    assert said.code == 1
    assert said.out.count("FIX") == 1
    assert "USHER_HTTP_PORT" in said.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["dotor"], "usher: No such command 'dotor'. Did you mean 'doctor'?"),
        (["init", "--cort", "x"], "usher init: No such option: --cort"),
        (["init", "--court"], "usher: Option '--court' requires an argument."),
        (["init", "--court", "River Ton"], "usher: --court: must be lower-case letters, digits and -"),
        (["status", "now"], "usher status: Got unexpected extra argument(s) (now)"),
    ],
)
def test_wrong_input_is_one_line_and_nothing_is_made(usher: Usher, arguments: list[str], says: str) -> None:
    said = usher(*arguments)

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(says)
    assert said.err.count("\n") == 1
    assert os.listdir() == []  # noqa: PTH208 - the folder the command ran in


def test_without_a_word_usher_shows_its_words(usher: Usher) -> None:
    said = usher()

    assert said.code == 0
    assert all(name in said.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_line_is_the_first_of_its_own_help(name: str) -> None:
    command = load_command(name)

    assert command.help is not None
    assert " ".join(command.help.split("\n\n")[0].split()) == COMMANDS[name][1]


# --- every command, given wrong input --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["init", "--court"], "usher: Option '--court' requires an argument."),
        (["init", "--court", ""], "usher: --court: must be lower-case letters"),
        (["init", "--court", "../etc"], "usher: --court: must be lower-case letters"),
        (["import"], "usher import: Missing option '--court'."),
        (["import", "--court", "example", "a.csv", "b.csv"], "usher import: Got unexpected extra argument"),
        (["simulate"], "usher simulate: Missing "),
        (
            ["simulate", "x.csv", "--court", "example", "--role", "judge"],
            "usher simulate: Invalid value for '--role': ",
        ),
        (["why"], "usher why: Missing argument 'person'."),
        (["why", "1", "tomorrow"], "usher why: Invalid value for 'hearing': Input should be a valid integer"),
        (["backup"], "usher backup: Missing argument 'file'."),
        (["restore"], "usher: FILE: must be given"),
        (["restore", "a", "b"], "usher restore: Got unexpected extra argument (b)"),
        (["purge", "--court"], "usher: Option '--court' requires an argument."),
        (["purge", "example"], "usher purge: Got unexpected extra argument (example)"),
        (["hold", "A", "B"], "usher hold: Got unexpected extra argument (B)"),
        (["status", "--jsn"], "usher status: No such option: --jsn"),
        (["doctor", "--fix"], "usher doctor: No such option: --fix"),
        (["migrate", "0001"], "usher migrate: Got unexpected extra argument (0001)"),
        (["dead-letters", "--replay"], "usher: Option '--replay' requires an argument."),
        (["dead-letter"], "usher: No such command 'dead-letter'."),
        (["demo", "--port", "http"], "usher demo: Invalid value for '--port': Input should be a valid integer"),
        (["audit", "verfy"], "usher audit: No such command 'verfy'."),
        (["locales", "chek"], "usher locales: No such command 'chek'."),
        (["keys", "show", "1"], "usher keys show: Got unexpected extra argument (1)"),
        (["run", "now"], "usher run: Got unexpected extra argument (now)"),
        (["web", "--port", "1"], "usher web: No such option: --port"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_slip_of_the_hand_is_answered_in_one_line_that_names_the_command(
    usher: Usher, arguments: list[str], says: str
) -> None:
    said = usher(*arguments)

    assert (said.code, said.out) == (2, "")
    assert said.err.replace("(s)", "").startswith(says)
    assert said.err.count("\n") == 1
    assert os.listdir() == []  # noqa: PTH208 - the folder the command ran in


@pytest.mark.parametrize(
    "arguments",
    [
        ["why", "1"],
        ["dead-letters"],
        ["dead-letters", "--replay", "inbound:1"],
        ["hold"],
        ["purge"],
        ["purge", "--dry-run", "--json"],
        ["audit", "verify"],
        ["keys", "rotate"],
        ["keys", "reseal"],
        ["keys", "retire", "1"],
        ["backup", "copy.sqlite3"],
        ["import", "calendar.csv", "--court", "example"],
        ["run"],
        ["status", "--json"],
    ],
    ids=" ".join,
)
def test_where_there_is_no_installation_every_command_says_how_to_make_one_and_makes_nothing(
    usher: Usher, arguments: list[str]
) -> None:
    said = usher(*arguments)

    assert (said.code, said.out) == (2, "")
    assert said.err == "usher: there is no database at var/usher.sqlite3; run: usher init\n"
    assert os.listdir() == []  # noqa: PTH208 - the folder the command ran in


@pytest.mark.parametrize("word", ["keys", "audit", "locales"])
def test_a_word_with_words_of_its_own_shows_them(usher: Usher, word: str) -> None:
    said = usher(word)

    shown = said.out + said.err
    assert all(name in shown for name in {"keys": ("rotate", "reseal", "retire", "show")}.get(word, ()))
    assert "Usage: usher" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_does_nothing_when_asked_for_help(usher: Usher, name: str) -> None:
    said = usher(name, "--help")

    assert (said.code, said.err) == (0, "")
    assert f"Usage: usher {name}" in said.out
    assert os.listdir() == []  # noqa: PTH208 - the folder the command ran in


def test_the_catalogs_are_well_and_are_said_to_be(usher: Usher) -> None:
    assert usher("locales", "check").out == "Every language says the same.\n"


def test_check_reads_the_files_it_is_given_and_no_other(usher: Usher, installed: Path) -> None:
    Path("courts/broken.toml").write_text("= 1", encoding="utf-8")

    well = usher("check", "courts/example.toml")
    both = usher("check", "courts/example.toml", "courts/broken.toml")
    missing = usher("check", "courts/nowhere.toml")

    assert (well.code, well.err) == (0, "")
    assert well.out == "courts/example.toml: Example District Court, America/Anchorage, 10 reminders, en, es, ru, ar\n"
    assert (both.code, both.out) == (1, well.out), "one mistake hides nothing of the others"
    assert both.err.startswith("courts/broken.toml: ")
    assert (missing.code, missing.out) == (1, "")
    assert "courts/nowhere.toml" in missing.err


def test_a_setting_that_is_wrong_stops_every_command_before_it_does_anything(
    usher: Usher, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USHER_HTTP_PROT", "8080")

    for arguments in (["status"], ["migrate"], ["purge"], ["backup", "copy.sqlite3"], ["keys", "rotate"]):
        said = usher(*arguments)

        assert (said.code, said.out) == (2, "")
        assert said.err == "usher: settings: USHER_HTTP_PROT: there is no such setting\n"
    assert not Path("copy.sqlite3").exists()
