"""What the ways with servers of their own have in common; run in a virtual environment that has nothing of Usher's."""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

ACCOUNT, SENDER = "AC" + "0" * 32, "MG" + "0" * 32
LOOK = 0.02  # seconds between two looks for the end
WITHIN = 600.0  # seconds


def connected(path: str) -> sqlite3.Connection:
    """Open the table of messages; every statement is a commit that is on the disk."""
    table = sqlite3.connect(path, isolation_level=None, timeout=60)
    table.execute("PRAGMA synchronous=FULL")
    return table


def row_of(table: sqlite3.Connection, number: int) -> tuple[str, str]:
    """Return the phone and the words of a message."""
    to, case = table.execute("SELECT phone, number FROM message WHERE id = ?", (number,)).fetchone()
    return to, f"You have court tomorrow at 9:30 a.m. Case {case}. Come 15 minutes early."


def sent(table: sqlite3.Connection, number: int, sid: str) -> None:
    """Write down that a message was taken."""
    table.execute("UPDATE message SET sid = ? WHERE id = ?", (sid, number))


@contextmanager
def measured(path: str, messages: int) -> Iterator[None]:
    """Take the time until every message was sent, once what is done here has begun it; print the seconds."""
    table = connected(path)
    began = time.perf_counter()
    yield
    until = began + WITHIN
    while table.execute("SELECT COUNT(*) FROM message WHERE sid IS NULL").fetchone() != (0,):
        if time.perf_counter() > until:
            sys.exit(f"not all of {messages} were sent within {WITHIN:.0f} s")
        time.sleep(LOOK)
    print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
