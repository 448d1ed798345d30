"""How a unit of work runs: the only place that begins, commits and rolls back."""

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, TypeAlias, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.errors import InvalidInputError
from storage import driver
from storage.vault import Vault
from storage.writer import Job, Writer

Result = TypeVar("Result")
Work: TypeAlias = Callable[[Connection], Result]

AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
"""The database is not there, or full, or locked: no fault of what was to be written."""
READERS = 4
TRIES = 12  # of a transaction that another one was in the way of (a deadlock, a lock not waited for); more than writers
BUSY_TRIES = 5  # of one that has waited for SQLite's only writer, each time for BUSY_SECONDS
MET_TRIES = 4  # of one that met rows which another one had just written, or taken away: it sees them the next time
BUSY_SECONDS = 30
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5  # seconds between tries: two that met once must not meet again
ENDINGS = "endings"
WAL_PAGES = 8_000  # of 4 KiB, before they are moved into the database: at 1,000 an import does little else
IN_THE_WAY = {"40001", "40P01", "0A000"}
"""Of PostgreSQL: what another transaction stopped, and a kept plan whose tables a migration has changed since. The
driver forgets its plans when it rolls back."""
JUST_MET = {"23505", "23503"}
"""Of PostgreSQL: a key that is there already, or no more. Who looked first and then wrote could not see who was writing
the same; if it is no such meeting but a fault of ours, it is raised all the same after a few tries."""
READ_ONLY, IDLE_TOO_LONG = "25006", "25P03"  # a standby, or a primary no more; a process stopped in mid-transaction
POSTGRES_OPTIONS = "-c timezone=UTC -c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000"
"""Milliseconds. Who is stopped in the middle of a transaction must not hold a lane for longer."""
POSTGRES_CABLE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Seconds, the last one milliseconds: a server whose machine is gone is noticed before a lease is over. The system's
own limits are a quarter of an hour for an answer, and two hours for a silent connection. A URL may say otherwise."""
WRITER_KIB, READER_KIB = 65536, 8192  # of SQLite's own cache for each connection; the system caches the rest


class Database:
    """One SQLite file or one PostgreSQL database, used through units of work.

    A unit of work is a plain function of a `Connection`; it cannot await, so no transaction is ever open while a
    provider is called. Writes go through one thread with group commit: everything that has queued since the last
    commit runs in one transaction; if one raises, the transaction is rolled back and each runs again in its own. On
    PostgreSQL, where others write side by side, each has a transaction of its own: for each locks rows in one order
    (`storage.locks`), and several in a row do not. There, what goes first has a thread and a connection of its own.
    **So a unit of work may run twice**: it has no effect but on its connection. Callers are answered after the
    commit. Reads run beside it in a few threads, each in a snapshot of its own.

    Raises (on opening):
        InvalidInputError: If the URL is not one of the two engines.
    """

    def __init__(self, url: str, vault: Vault) -> None:
        parsed = _checked(url)
        self.engine_name = parsed.get_backend_name()
        self.vault = vault
        self._writing = _engine(parsed, vault, writes=True)
        self._reading = _engine(parsed, vault, writes=False)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="usher-read")
        if self.engine_name == "sqlite":
            self._writer = self._door = Writer(self.write_now, name="usher-write")
        else:
            self._writer = Writer(self.write_now, name="usher-write", most=1)
            self._door = Writer(self.write_now, name="usher-door", most=1)

    async def write(self, work: Work[Result]) -> Result:
        """Run a unit of work that may change rows; return its result once it is durable."""
        return await _done_by(self._writer, work, goes_first=False)

    async def write_first(self, work: Work[Result]) -> Result:
        """The same, before all else that has queued: for what is short, and waited for at a door."""
        return await _done_by(self._door, work, goes_first=True)

    async def read(self, work: Work[Result]) -> Result:
        """Run a unit of work that only looks; what it writes is rolled back."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    def write_now(self, work: Work[Result]) -> Result:
        """Run a unit of work in the caller's thread, in a transaction of its own: for commands without a loop."""
        return _attempt(self._writing, work)

    def read_now(self, work: Work[Result]) -> Result:
        """Look, in the caller's thread; what it writes is rolled back."""
        with self._reading.connect() as connection:
            connection.begin()  # SQLAlchemy would with its own first statement, but not with one of the driver's
            return _done(connection, work)

    async def close(self) -> None:
        """Finish what has queued, then close every connection."""
        await asyncio.get_running_loop().run_in_executor(None, self.close_now)

    def close_now(self) -> None:
        """Close from a thread without a loop."""
        for writer in {self._writer, self._door}:
            writer.close()
        self._readers.shutdown()
        self._writing.dispose()
        self._reading.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _done_by(writer: Writer, work: Work[Result], *, goes_first: bool) -> Result:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()
    writer.put(Job(work, loop, future, goes_first))
    return await future


def at_the_end(connection: Connection, work: Work[None]) -> None:
    """Let something be done just before the commit of this transaction, after every unit of work that shares it.

    For what keeps all others waiting until the commit. Outside of a `Database`'s own transactions it is done at once.
    """
    endings: list[Work[None]] | None = connection.info.get(ENDINGS)
    if endings is None:
        work(connection)
    else:
        endings.append(work)


def vault_of(connection: Connection) -> Vault:
    """Return the vault that seals and opens this database's personal values."""
    return cast("Vault", connection.info["vault"])


class InTheWayError(Exception):
    """Another transaction has what this one needs, and to wait for it could be a deadlock: it runs again later."""


def _attempt(engine: Engine, work: Work[Result]) -> Result:
    met = 0
    for tried in range(TRIES):
        is_last = tried + 1 == TRIES
        try:
            with engine.begin() as connection:
                return _to_its_end(connection, work)
        except InTheWayError as raised:
            if is_last:
                raise OperationalError(None, None, raised) from raised
        except DBAPIError as raised:
            error = _away_if_it_is(raised)
            met += _state(error) in JUST_MET
            if is_last or met >= MET_TRIES or tried + 1 >= _tries(error):
                raise error from raised.__cause__
        _stand_back(tried)
    raise AssertionError("unreachable")


def _to_its_end(connection: Connection, work: Work[Result]) -> Result:
    endings: list[Work[None]] = []
    info = connection.info  # of a connection that is cut off in between it could not be asked for any more
    info[ENDINGS] = endings
    try:
        result = _done(connection, work)
        for ending in endings:
            ending(connection)
    finally:
        info.pop(ENDINGS, None)
    return result


def _done(connection: Connection, work: Work[Result]) -> Result:
    """Run a unit of work. No future can hold a StopIteration: whoever waits for it would wait for ever."""
    try:
        return work(connection)
    except StopIteration as raised:
        raise RuntimeError("a unit of work ran out of what it looked for") from raised


def _stand_back(tried: int) -> None:
    """Wait before another try, the longer the more there were, and never as long as somebody else."""
    longest = min(FIRST_PAUSE * 2**tried, LONGEST_PAUSE)
    time.sleep(random.uniform(longest / 2, longest))  # noqa: S311 - nobody guesses it for a gain


def _away_if_it_is(error: DBAPIError) -> DBAPIError:
    """Return an OperationalError for what says in other words that the database is away; anything else as it is."""
    if _state(error) in {READ_ONLY, IDLE_TOO_LONG} and error.orig is not None:
        return OperationalError(error.statement, None, error.orig)
    return error


def _tries(error: DBAPIError) -> int:
    """Return how often a transaction may run that ended so: once, unless another one, or a migration, stopped it."""
    if _state(error) in IN_THE_WAY | JUST_MET:
        return TRIES
    return BUSY_TRIES if "database is locked" in str(error.orig) else 1


def _state(error: DBAPIError) -> str | None:
    """Return PostgreSQL's code for what went wrong."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InvalidInputError("USHER_DATABASE_URL", "is not a database URL") from None
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise InvalidInputError("USHER_DATABASE_URL", "must begin with sqlite:/// or postgresql+psycopg://")
    if parsed.get_backend_name() == "sqlite" and not parsed.database:
        raise InvalidInputError("USHER_DATABASE_URL", "needs a file: sqlite:///path")
    return parsed


def _engine(url: URL, vault: Vault, *, writes: bool) -> Engine:
    size = 3 if writes else READERS
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=size,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        _tune_sqlite(engine, writes=writes)
    else:
        cable = {name: value for name, value in POSTGRES_CABLE.items() if name not in url.query}
        arguments = {"options": POSTGRES_OPTIONS, **cable}
        engine = create_engine(url, hide_parameters=True, pool_size=size, pool_pre_ping=True, connect_args=arguments)

    @event.listens_for(engine, "handle_error")
    def _hide_values(context: ExceptionContext) -> None:
        driver.hide_values(context.original_exception)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (str(context.original_exception),)

    @event.listens_for(engine, "connect")
    def _hand_over_vault(_: object, record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's pool record
        record.info["vault"] = vault

    return engine


def _tune_sqlite(engine: Engine, *, writes: bool) -> None:
    begin, cache = ("BEGIN IMMEDIATE", WRITER_KIB) if writes else ("BEGIN", READER_KIB)

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _: object) -> None:  # noqa: ANN401 - a sqlite3 connection behind SQLAlchemy
        connection.isolation_level = None  # we begin ourselves; Python's own way would begin too late
        for pragma in (
            *("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"),
            f"wal_autocheckpoint={WAL_PAGES}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA cache_size=-{cache}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
