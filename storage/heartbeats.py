"""The pulse: when each part last did its work."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from storage.schema import heartbeat


def beat(connection: Connection, name: str, *, now: datetime) -> None:
    """Note that the part `name` did its work at `now`."""
    touched = connection.execute(update(heartbeat).where(heartbeat.c.name == name).values(at=now))
    if not touched.rowcount:
        connection.execute(insert(heartbeat).values(name=name, at=now))


def read(connection: Connection) -> dict[str, datetime]:
    """Return when each part was last heard of."""
    return {row.name: row.at for row in connection.execute(select(heartbeat.c.name, heartbeat.c.at))}
