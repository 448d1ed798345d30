"""CI runs what everyone runs, in a shell that stops at the first failure."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
CI = ROOT / ".ci" / "run"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_ci_runs_make_test_and_stops_at_the_first_failure() -> None:
    lines = [line for line in CI.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]

    assert lines[0] == "set -euo pipefail"
    assert lines[-1].startswith("make test")
    assert os.access(CI, os.X_OK)
    assert subprocess.run(["bash", "-n", str(CI)], check=False).returncode == 0


def test_test_runs_every_check() -> None:
    [needs] = re.findall(r"^test: (.*?) ##", MAKEFILE, re.MULTILINE)

    assert needs.split() == ["lint", "types", "arch", "i18n"]
    assert re.search(r"^check: test ##", MAKEFILE, re.MULTILINE)


def test_make_alone_lists_every_wish() -> None:
    said = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^  make (\S+) +\S", said, re.MULTILINE)

    assert listed == re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, re.MULTILINE)


def test_set_up_without_python_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "pyproject.toml").touch()
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "make"):
        found = subprocess.run(["which", tool], capture_output=True, text=True, check=True).stdout.strip()
        (tools / tool).symlink_to(found)
    make = [str(tools / "make"), "setup"]

    said = subprocess.run(
        make,
        cwd=tmp_path,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    assert said.returncode != 0
    assert "Usher needs Python 3.11 or newer" in said.stderr
    assert not (tmp_path / ".venv").exists()
