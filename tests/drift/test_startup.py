"""Start-up stays quick: help imports nothing that only one command needs."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.settings_text import env_example
from bot.settings import Settings, read_settings, setting_name

ROOT = Path(__file__).parents[2]
SLOW = ("aiogram", "aiohttp", "alembic", "babel", "fastapi", "pydantic", "sqlalchemy", "twilio", "uvicorn")
ALLOWED_SECONDS = 0.5


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, with bytecode as an installation has it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )


def test_the_command_line_imports_nothing_slow() -> None:
    loaded = run("-c", "import sys, bot.cli; print(*sys.modules)").stdout.split()

    assert [name for name in SLOW if name in loaded] == []


def test_help_costs_less_than_half_a_second() -> None:
    run("-m", "compileall", "-q", "bot/cli", "domain")
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run("-c", "from bot.cli import main; main(['--help'])")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    assert min(spent) < ALLOWED_SECONDS


def test_the_example_environment_is_what_happens_without_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(setting_name(field), raising=False)
    unset = read_settings(None)
    defaults = {setting_name(name) for name, value in unset if value is not None}
    file = tmp_path / "env"
    lines = [line.removeprefix("#") for line in env_example().splitlines() if line.startswith("#USHER_")]
    file.write_text("\n".join(line for line in lines if line.partition("=")[0] in defaults), encoding="utf-8")

    assert [line.partition("=")[0] for line in lines] == [setting_name(name) for name in Settings.model_fields]
    assert read_settings(file) == unset


def test_without_a_collector_no_part_of_the_tracing_extra_is_imported() -> None:
    loaded = run("-c", "import sys, bot.bootstrap, bot.cli.clock; print(*sys.modules)").stdout.split()

    assert [name for name in loaded if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))] == []
