"""Each import contract of pyproject.toml holds, and breaks when it should."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["id"]: contract["name"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}

PLANTED = [
    ("layers", "domain", "import storage.schema"),
    ("layers", "storage", "import scheduler"),
    ("layers", "locales", "import storage.schema"),
    ("layers", "storage", "import locales"),
    ("layers", "scheduler", "def later():\n    import handlers"),
    ("layers", "handlers", "import bot.cli"),
    ("pure-domain", "domain", "import asyncio"),
    ("pure-domain", "domain", "from pathlib import Path"),
    ("pure-domain", "domain", "import structlog"),
    ("providers", "handlers", "import twilio.rest"),
    ("providers", "scheduler", "from aiogram import Bot"),
    ("providers", "storage", "import pydantic_settings"),
    ("sql", "locales", "from sqlalchemy import text"),
    ("sql", "domain", "import sqlite3"),
    ("metronome", "scheduler", "from apscheduler.schedulers.asyncio import AsyncIOScheduler"),
    ("metronome", "bot", "import apscheduler"),
    ("settings", "bot", "from bot.settings import Settings"),
    ("settings", "handlers", "import bot.settings"),
]


Verdicts = Callable[[str], subprocess.CompletedProcess[str]]


def copy_to(folder: Path) -> Path:
    """Copy the six packages and their contracts."""
    for package in PYPROJECT["tool"]["importlinter"]["root_packages"]:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """What is said of a contract where all that should break it is planted, each import in a module of its own."""

    @cache
    def judged(contract: str) -> subprocess.CompletedProcess[str]:
        root = copy_to(tmp_path_factory.mktemp(contract))
        for number, (which, package, code) in enumerate(PLANTED):
            if which == contract:
                (root / package / f"planted_{number}.py").write_text(f'"""Planted."""\n\n{code}\n', encoding="utf-8")
        return judge(root, contract)

    return judged


def judge(root: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a tree, on the contracts named."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    chosen = [part for contract in contracts for part in ("--contract", contract)]
    return subprocess.run(
        [*command, "--no-logo", "--no-cache", *chosen], cwd=root, capture_output=True, text=True, check=False
    )


def test_there_are_six_contracts_and_each_is_proven_to_break() -> None:
    assert len(CONTRACTS) == 6
    assert {contract for contract, _, _ in PLANTED} == set(CONTRACTS)


def test_the_tree_keeps_every_contract(tmp_path: Path) -> None:
    verdict = judge(copy_to(tmp_path))

    assert verdict.returncode == 0, verdict.stdout
    assert "Contracts: 6 kept, 0 broken." in verdict.stdout


@pytest.mark.parametrize("number", range(len(PLANTED)), ids=lambda number: " ".join(PLANTED[number]).partition("\n")[0])
def test_a_planted_import_breaks_its_contract(verdicts: Verdicts, number: int) -> None:
    contract, package, _ = PLANTED[number]
    verdict = verdicts(contract)

    assert verdict.returncode == 1, verdict.stdout + verdict.stderr
    assert f"{CONTRACTS[contract]} BROKEN" in verdict.stdout
    assert f"{package}.planted_{number} -> " in verdict.stdout, verdict.stdout


def test_the_metronome_itself_may_beat(tmp_path: Path) -> None:
    root = copy_to(tmp_path)
    (root / "scheduler" / "metronome.py").write_text('"""Beats."""\n\nimport apscheduler\n', encoding="utf-8")

    assert judge(root, "metronome").returncode == 0
