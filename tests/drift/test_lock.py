"""The lock fits pyproject.toml, names no index, and every package in it carries its hashes."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTED = [
    *PROJECT["project"]["dependencies"],
    *PROJECT["project"]["optional-dependencies"]["dev"],
    *PROJECT["project"]["optional-dependencies"]["otel"],
    *PROJECT["build-system"]["requires"],
]
PINNED = dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,-]+\])?==(\S+)", LOCK, re.MULTILINE))


@pytest.mark.parametrize("text", WANTED)
def test_the_lock_fits_what_the_project_asks_for(text: str) -> None:
    wanted = Requirement(text)

    assert Version(PINNED[canonicalize_name(wanted.name)]) in wanted.specifier


def test_the_lock_names_no_address() -> None:
    assert re.findall(r"https?://\S+|file:\S+|--(?:extra-)?index-url|--find-links", LOCK) == []


def test_every_package_carries_its_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]

    assert len(blocks) == len(re.findall(r"^[a-z0-9][^=\n]*==", LOCK, re.MULTILINE))
    assert [block.split("\n", 1)[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_no_file_of_the_project_names_a_package_index() -> None:
    found = subprocess.run(
        ["git", "grep", "-lIE", r"(index-url|find-links)[ =]+['\"]?(https?|file):", "--", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.stdout.split() == []
