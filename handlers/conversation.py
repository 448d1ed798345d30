"""The conversation: what a message does, and what we answer; effect and reply are one unit of work."""

from datetime import datetime

from sqlalchemy import Connection

from handlers.incoming import Incoming, World


def answer(connection: Connection, message: Incoming, world: World, *, now: datetime) -> str:
    """Do what a message asks for and put the replies in the outbox; return what it was taken for, as a code."""
    raise NotImplementedError(connection, message, world, now)
