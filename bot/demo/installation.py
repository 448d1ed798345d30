"""What the demo's court plays on: an installation of Usher in one process, or in as many as it is meant to show."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.bootstrap import Usher
from domain.clock import Clock
from storage.courts import Courts
from storage.database import Database


class Hands(Clock, Protocol):
    """A clock that can be pushed on."""

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`."""


class Installation(Protocol):
    """An installation at work."""

    @property
    def db(self) -> Database:
        """Its database."""
        ...

    @property
    def courts(self) -> Courts:
        """Its courts, as they are applied."""
        ...

    async def work_off(self) -> int:
        """Let everything be done that is due now; return how much that was, 0 when nothing was."""
        ...


@dataclass(frozen=True, slots=True)
class OneProcess:
    """All of Usher in this process."""

    usher: Usher

    @property
    def db(self) -> Database:
        """Its database."""
        return self.usher.db

    @property
    def courts(self) -> Courts:
        """Its courts, as they are applied."""
        return self.usher.courts

    async def work_off(self) -> int:
        """Answer all that waits, and send all that is due."""
        return await self.usher.inbox.work_off() + await self.usher.dispatcher.drain_all()
