"""The pulse: when each part last did its work."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import heartbeat

SILENT_AFTER = timedelta(minutes=2)  # a part that beats every few seconds and was silent for so long is not well
GONE_FOR = timedelta(hours=1)  # so long it is worth a look that a process was killed
KEPT_FOR = timedelta(days=1)  # so long it is remembered at all
_DONE = "done:"
_IS_PART = ~heartbeat.c.name.startswith(_DONE, autoescape=True)


class Done(StrEnum):
    """Work that no part does by itself: a timer or a human begins it."""

    BACKUP = "backup"
    PURGE = "purge"
    IMPORT = "import"


def beat(connection: Connection, name: str, *, now: datetime) -> None:
    """Note that the part `name` did its work at `now`."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(heartbeat).values(name=name, at=now)
    connection.execute(first.on_conflict_do_update(index_elements=[heartbeat.c.name], set_={"at": now}))


def forget(connection: Connection, name: str) -> None:
    """Note that the part `name` has ended."""
    connection.execute(delete(heartbeat).where(heartbeat.c.name == name))


def forget_older(connection: Connection, *, before: datetime) -> None:
    """Drop the parts that were last heard of before an instant: they will not come back."""
    connection.execute(delete(heartbeat).where(heartbeat.c.at < before, _IS_PART))


def note_done(connection: Connection, work: Done, *, now: datetime) -> None:
    """Note that work which somebody has to begin was done at `now`."""
    beat(connection, f"{_DONE}{work}", now=now)


def last_done(connection: Connection) -> dict[str, datetime]:
    """Return when each such work was last done, by its name; what never was is not there."""
    query = select(heartbeat.c.name, heartbeat.c.at).where(~_IS_PART)
    return {row.name.removeprefix(_DONE): row.at for row in connection.execute(query)}


def newest(heartbeats: Mapping[str, datetime]) -> dict[str, datetime]:
    """Return when each kind of part was last heard of: "worker:HOST:PID" is one of the workers."""
    found: dict[str, datetime] = {}
    for name, at in heartbeats.items():
        kind = name.partition(":")[0]
        found[kind] = max(found.get(kind, at), at)
    return found


def silent(heartbeats: Mapping[str, datetime], parts: Iterable[str], *, now: datetime) -> list[str]:
    """Return those of `parts` that were not heard of for SILENT_AFTER, or never."""
    heard = newest(heartbeats)
    return [part for part in parts if part not in heard or now - heard[part] > SILENT_AFTER]


def processes(heartbeats: Mapping[str, datetime], *, now: datetime) -> dict[str, tuple[int, int]]:
    """Count the processes of each kind: those that are alive, and those that fell silent within GONE_FOR.

    One that ended in order is neither.
    """
    found: dict[str, tuple[int, int]] = {}
    for name, at in heartbeats.items():
        kind, is_process, _ = name.partition(":")
        if not is_process:
            continue
        alive, gone = found.get(kind, (0, 0))
        silent = now - at
        found[kind] = (alive + (silent <= SILENT_AFTER), gone + (SILENT_AFTER < silent <= GONE_FOR))
    return found


def read(connection: Connection) -> dict[str, datetime]:
    """Return when each part was last heard of."""
    return {row.name: row.at for row in connection.execute(select(heartbeat.c.name, heartbeat.c.at).where(_IS_PART))}
