"""The documents say what the code does: generated pages are fresh, and every court key, command and link is there."""

import re
import tomllib
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from docs.generate import PAGES as GENERATED
from docs.generate import page
from domain.court_file import TABLES, known_keys, read_court

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
HEADINGS = {
    "": "## The court",
    **{name: f"## `[{name}]`" for name in ("quiet", "brake", "failover", "retention")},
    **{name: f"## `[[{name}]]`" for name in ("reminder", "sender")},
}


@pytest.mark.parametrize("path", GENERATED)
def test_a_generated_page_is_fresh(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == page(path), "run: make docs"


@pytest.mark.parametrize("table", ["", *TABLES])
def test_every_key_of_a_court_file_is_explained_and_no_other(table: str) -> None:
    page = (REFERENCE / "court-file.md").read_text(encoding="utf-8")
    section = page.split(HEADINGS[table] + "\n")[1].split("\n## ")[0]
    explained = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)

    assert len(explained) == len(set(explained))
    assert set(explained) == known_keys(table)


def test_the_defaults_explained_are_those_of_the_code() -> None:
    page = (REFERENCE / "court-file.md").read_text(encoding="utf-8")
    top, _, rest = page.partition("## `[[reminder]]`")
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", top, re.MULTILINE)
    face = 'name = "N"\nshort_name = "S"\naddress = "A"\nphone = "907-555-0100"\nzone = "America/Anchorage"\n'
    quiet = {"start", "end", "jitter"}
    brake = {"moved_share", "shrunk_share", "at_least"}
    retention = known_keys("retention")
    lines = [f"{key} = {value}" for key, value in rows if key not in quiet | brake | retention]
    lines += ["[quiet]", *(f"{key} = {value}" for key, value in rows if key in quiet)]
    lines += ["[brake]", *(f"{key} = {value}" for key, value in rows if key in brake)]
    lines += ["[retention]", *(f"{key} = {value}" for key, value in rows if key in retention)]

    assert len(rows) >= 16
    assert rest
    assert read_court("n", face + "\n".join(lines)) == read_court("n", face)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    inside = [target for target in LINK.findall(text) if "://" not in target]

    assert [target for target in inside if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_names_only_commands_and_targets_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9]+):", makefile, re.MULTILINE))

    assert set(re.findall(r"`usher ([a-z][a-z-]*)", text)) - set(COMMANDS) == set()
    assert set(re.findall(r"`make ([a-z0-9]+)", text)) - targets == set()


def test_every_page_is_found_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "adr"}

    assert pages - set(LINK.findall(readme)) == set()


def test_decisions_are_numbered_one_after_the_other_and_carry_their_number() -> None:
    titles = [page.read_text(encoding="utf-8").splitlines()[0] for page in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    names = sorted(page.name for page in (ROOT / "docs" / "adr").iterdir())

    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert [title.partition(".")[0] for title in titles] == [f"# {number}" for number in range(1, len(names) + 1)]


def test_every_target_of_make_says_what_it_is_for() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.findall(r"^\.PHONY: ([a-z0-9]+)$", makefile, re.MULTILINE)

    assert phony == re.findall(r"^([a-z0-9]+):.*## .+$", makefile, re.MULTILINE)
    assert set(phony) >= {
        "help",
        "demo",
        "run",
        "test",
        "check",
        "lint",
        "types",
        "arch",
        "i18n",
        "bench",
        "docs",
        "setup",
    }


def test_contributing_is_short() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda path: path.name)
def test_a_decision_is_one_page_with_its_price(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
    assert len(text.split()) <= 600
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Situation", "Choice", "Price"]


def test_the_wheel_carries_the_example_court() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert "bot" in pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert (ROOT / "bot" / "courts" / "example.toml").is_file()
