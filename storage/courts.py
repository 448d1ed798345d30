"""Courts as applied: their definitions live in the database, so that every process reads the same ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from domain.court import Court
from domain.errors import NotFoundError
from storage.schema import court

ReadCourt = Callable[[str, str], Court]  # (key, TOML text) -> Court; `domain.court_file.read_court`


@dataclass(frozen=True, slots=True)
class Courts:
    """All courts of this installation, by id and by key."""

    by_id: Mapping[int, Court]
    ids: Mapping[str, int]

    def id_of(self, key: str) -> int:
        """Return the id of a court.

        Raises:
            NotFoundError: If no court has this key.
        """
        if key not in self.ids:
            known = ", ".join(sorted(self.ids)) or "none; run: usher migrate"
            raise NotFoundError(f"there is no court {key!r} (known: {known})")
        return self.ids[key]

    def __getitem__(self, court_id: int) -> Court:
        return self.by_id[court_id]


def apply(connection: Connection, definitions: Mapping[str, str], *, now: datetime) -> list[str]:
    """Write court files (key -> TOML text, already checked) into the database; return the keys that changed.

    A court whose file has gone stays: its cases and its record do.
    """
    known = {row.key: row.definition for row in connection.execute(select(court.c.key, court.c.definition))}
    changed = [key for key, text in definitions.items() if known.get(key) != text]
    for key in changed:
        values = {"definition": definitions[key], "applied_at": now}
        if key in known:
            connection.execute(update(court).where(court.c.key == key).values(values))
        else:
            connection.execute(insert(court).values(key=key, **values))
    return changed


def load(connection: Connection, read: ReadCourt) -> Courts:
    """Read every applied court."""
    rows = connection.execute(select(court.c.id, court.c.key, court.c.definition)).all()
    return Courts({row.id: read(row.key, row.definition) for row in rows}, {row.key: row.id for row in rows})


def feed_seen(connection: Connection, court_id: int, *, now: datetime) -> None:
    """Note that the court's calendar was imported just now."""
    connection.execute(update(court).where(court.c.id == court_id).values(feed_seen_at=now))
