"""Tokens of Telegram deep links: each opens one person's texts in one chat, once, for a while; kept as digests."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from storage.database import vault_of
from storage.schema import start_token

CONTEXT = "start_token"
LASTS = timedelta(days=30)
TOKEN_BYTES = 24  # 32 characters of URL-safe base64; Telegram takes 64


def issue(
    connection: Connection, person_id: int, *, now: datetime, token: str | None = None, lasts: timedelta = LASTS
) -> str:
    """Make a person's token and return it: the only time that it is seen.

    `token` is one that the court printed itself (at most 64 of A-Z, a-z, 0-9, _ and -); given again it stays as it
    is, used or not.
    """
    spoken = token or secrets.token_urlsafe(TOKEN_BYTES)
    digest = _digest(connection, spoken)
    if connection.execute(select(start_token.c.digest).where(start_token.c.digest == digest)).first() is None:
        row = {"digest": digest, "person_id": person_id, "created_at": now, "expires_at": now + lasts}
        connection.execute(insert(start_token).values(row))
    return spoken


def find(connection: Connection, token: str) -> int | None:
    """Return whose token it is, whether or not it may still be used."""
    query = select(start_token.c.person_id).where(start_token.c.digest == _digest(connection, token))
    return connection.execute(query).scalar()


def redeem(connection: Connection, token: str, *, now: datetime) -> int | None:
    """Use a token up and return whose it was; None if there is none, it is too old, or it was used before."""
    usable = (start_token.c.used_at.is_(None), start_token.c.expires_at > now)
    return connection.execute(
        update(start_token)
        .where(start_token.c.digest == _digest(connection, token), *usable)
        .values(used_at=now)
        .returning(start_token.c.person_id)
    ).scalar()


def _digest(connection: Connection, token: str) -> bytes:
    return vault_of(connection).digest(token, CONTEXT)
