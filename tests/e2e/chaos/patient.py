"""The director's database: it is tried again until it answers, as staff would who saw an error."""

import asyncio
import time

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storage.database import Database, Result, Work

TRY_AGAIN = 0.1  # seconds
PATIENCE = 240.0  # a unit of work may wait in line behind others, each of which met a fault
AWAY = (DBAPIError, PoolTimeoutError)
"""The second is what those hear who stood in line for a connection while others waited for the server with theirs."""


class PatientDatabase(Database):
    """A database whose units of work are run again until one has come through: all that staff do may be done twice.

    Whoever has waited for PATIENCE sees the error; so does everybody once it is being closed.
    """

    _is_closing = False

    async def close(self) -> None:
        """Let nobody wait any longer, then close."""
        self._is_closing = True
        await super().close()

    async def write(self, work: Work[Result]) -> Result:
        """Write, however often that takes."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return await super().write(work)
            except AWAY:
                if self._is_closing or time.monotonic() > until:
                    raise
                await asyncio.sleep(TRY_AGAIN)

    async def read(self, work: Work[Result]) -> Result:
        """Look, however often that takes."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return await super().read(work)
            except AWAY:
                if self._is_closing or time.monotonic() > until:
                    raise
                await asyncio.sleep(TRY_AGAIN)

    def write_now(self, work: Work[Result]) -> Result:
        """Write in the caller's thread."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return super().write_now(work)
            except AWAY:
                if self._is_closing or time.monotonic() > until:
                    raise
                time.sleep(TRY_AGAIN)

    def read_now(self, work: Work[Result]) -> Result:
        """Look in the caller's thread."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return super().read_now(work)
            except AWAY:
                if self._is_closing or time.monotonic() > until:
                    raise
                time.sleep(TRY_AGAIN)
