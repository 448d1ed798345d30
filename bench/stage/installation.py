"""A whole installation in a folder of its own: made by `usher init`, filled with a street, run as one or as three."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bench.stage import machines, street
from storage.database import Database
from storage.vault import read_key_file

TOKEN = "invented"  # noqa: S105 - it is
READY_WITHIN = 60.0  # seconds
APART = ("web", "worker", "clock")
USHER = (sys.executable, "-c", "from bot.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Installation:
    """Where an installation is and how it is called."""

    folder: Path
    database_url: str
    port: int
    environment: dict[str, str]

    def call(self, *arguments: str) -> None:
        """Run one command of `usher` to its end."""
        subprocess.run([*USHER, *arguments], cwd=self.folder, env=self.environment, check=True, capture_output=True)

    @contextmanager
    def running(self, *, core: int) -> Iterator[tuple[int, float]]:
        """Run `usher run` on one core; yield its process id and the seconds until it was ready."""
        began = time.perf_counter()
        with self._process("run", self.environment, core=core) as process:
            self._wait(process)
            yield process.pid, time.perf_counter() - began

    @contextmanager
    def running_apart(self, nats: str, *, core: int) -> Iterator[list[int]]:
        """Run web, worker and clock over a NATS server, together on one core; yield their process ids."""
        environment = self.environment | {"USHER_NATS_URL": nats}
        with ExitStack() as stack:
            parts = [stack.enter_context(self._process(part, environment, core=core)) for part in APART]
            self._wait(parts[0])
            for part, process in zip(APART, parts, strict=True):
                self._wait_for_word(part, process)
            yield [process.pid for process in parts]

    def opened(self) -> Database:
        """Open its database with its key."""
        return Database(self.database_url, read_key_file(self.folder / "var" / "usher.key"))

    @contextmanager
    def _process(self, part: str, environment: dict[str, str], *, core: int) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.folder / f"{part}.log").open("wb") as log:
            process = subprocess.Popen([*USHER, part], cwd=self.folder, env=environment, stdout=log, stderr=log)
        os.sched_setaffinity(process.pid, {core})
        try:
            yield process
        finally:
            process.terminate()
            process.wait()

    def _wait_for_word(self, part: str, process: "subprocess.Popen[bytes]") -> None:
        log, until = self.folder / f"{part}.log", time.monotonic() + READY_WITHIN
        while f"{part}.started" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.02)

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            assert process.poll() is None, self._said()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1).close()
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.02)
            else:
                return
        raise AssertionError(self._said())

    def _said(self) -> str:
        return "\n".join(log.read_text() for log in self.folder.glob("*.log"))


@contextmanager
def installed(engine: str, provider: str, people: int) -> Iterator[Installation]:
    """Make an installation whose court knows so many people; nobody is written to before tomorrow."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as name, machines.fresh_database(engine) as url:
        port = _free_port()
        own = {
            "USHER_DATABASE_URL": url,
            "USHER_PUBLIC_URL": street.PUBLIC_URL,
            "USHER_TWILIO_ACCOUNT_SID": street.ACCOUNT,
            "USHER_TWILIO_AUTH_TOKEN": TOKEN,
            "USHER_TWILIO_SENDER": street.SENDER,
            "USHER_TWILIO_API_BASE_URL": provider,
            "USHER_HTTP_PORT": str(port),
        }
        others = {key: value for key, value in os.environ.items() if not key.startswith("USHER_")}
        path = {"PYTHONPATH": str(machines.ROOT)}
        installation = Installation(Path(name), url, port, others | own | path)
        # `init` refuses a new key beside an old database, so the key comes first.
        empty = Installation(
            Path(name), url, port, others | own | path | {"USHER_DATABASE_URL": f"sqlite:///{name}/no"}
        )
        empty.call("init")
        installation.call("migrate")
        database = installation.opened()
        now = datetime.now(UTC)
        database.write_now(partial(street.build, people=people, now=now, due_in=timedelta(hours=20)))
        database.close_now()
        yield installation


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
