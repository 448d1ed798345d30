"""The director's database: it is tried again until it answers, as staff would who saw an error."""

import asyncio
import time

from sqlalchemy.exc import DBAPIError

from storage.database import Database, Result, Work

TRY_AGAIN = 0.1  # seconds


class PatientDatabase(Database):
    """A database whose units of work are run again until one has come through: all that staff do may be done twice."""

    async def write(self, work: Work[Result]) -> Result:
        """Write, however long that takes."""
        while True:
            try:
                return await super().write(work)
            except DBAPIError:
                await asyncio.sleep(TRY_AGAIN)

    async def read(self, work: Work[Result]) -> Result:
        """Look, however long that takes."""
        while True:
            try:
                return await super().read(work)
            except DBAPIError:
                await asyncio.sleep(TRY_AGAIN)

    def write_now(self, work: Work[Result]) -> Result:
        """Write in the caller's thread."""
        while True:
            try:
                return super().write_now(work)
            except DBAPIError:
                time.sleep(TRY_AGAIN)

    def read_now(self, work: Work[Result]) -> Result:
        """Look in the caller's thread."""
        try:
            return super().read_now(work)
        except DBAPIError:
            time.sleep(TRY_AGAIN)
            return self.read_now(work)
