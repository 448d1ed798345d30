"""Each import contract of pyproject.toml holds, and breaks when it should."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["id"]: contract["name"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}

PLANTED = [
    ("layers", "domain/planted.py", "import storage.schema"),
    ("layers", "storage/planted.py", "import scheduler"),
    ("layers", "locales/planted.py", "import storage.schema"),
    ("layers", "storage/planted.py", "import locales"),
    ("layers", "scheduler/planted.py", "def later():\n    import handlers"),
    ("layers", "handlers/planted.py", "import bot.cli"),
    ("pure-domain", "domain/planted.py", "import asyncio"),
    ("pure-domain", "domain/planted.py", "from pathlib import Path"),
    ("pure-domain", "domain/planted.py", "import structlog"),
    ("providers", "handlers/planted.py", "import twilio.rest"),
    ("providers", "scheduler/planted.py", "from aiogram import Bot"),
    ("providers", "storage/planted.py", "import pydantic_settings"),
    ("sql", "locales/planted.py", "from sqlalchemy import text"),
    ("sql", "domain/planted.py", "import sqlite3"),
    ("metronome", "scheduler/planted.py", "from apscheduler.schedulers.asyncio import AsyncIOScheduler"),
    ("metronome", "bot/planted.py", "import apscheduler"),
    ("settings", "bot/planted.py", "from bot.settings import Settings"),
    ("settings", "handlers/planted.py", "import bot.settings"),
]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the six packages and their contracts."""
    for package in PYPROJECT["tool"]["importlinter"]["root_packages"]:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


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


def test_the_tree_keeps_every_contract(copied: Path) -> None:
    verdict = judge(copied)

    assert verdict.returncode == 0, verdict.stdout
    assert "Contracts: 6 kept, 0 broken." in verdict.stdout


@pytest.mark.parametrize(("contract", "path", "code"), PLANTED, ids=lambda value: value.partition("\n")[0])
def test_a_planted_import_breaks_its_contract(copied: Path, contract: str, path: str, code: str) -> None:
    (copied / path).write_text(f'"""Planted."""\n\n{code}\n', encoding="utf-8")

    verdict = judge(copied, contract)

    assert verdict.returncode == 1, verdict.stdout + verdict.stderr
    assert f"{CONTRACTS[contract]} BROKEN" in verdict.stdout


def test_the_metronome_itself_may_beat(copied: Path) -> None:
    (copied / "scheduler" / "metronome.py").write_text('"""Beats."""\n\nimport apscheduler\n', encoding="utf-8")

    assert judge(copied, "metronome").returncode == 0
