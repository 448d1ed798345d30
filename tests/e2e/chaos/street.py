"""What goes on in the town while things break: calendars come in, hearings change rooms, people write."""

import asyncio
import io
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count

from phonenumbers import is_valid_number_for_region, parse
from sqlalchemy import Connection, select

from domain.wall_clock import local_day
from handlers import hearings
from handlers.calendar import ImportOptions, import_calendar
from storage.schema import hearing
from tests.e2e.chaos.town import COURT, Town
from tests.fixtures.calendars.rows import native

AREA_CODES = [code for code in range(201, 990) if is_valid_number_for_region(parse(f"+1{code}5550100"), "US")]
MOST_PEOPLE = len(AREA_CODES) * 100  # so many numbers are kept for inventions: 555-0100 to 555-0199 of each area
CONVERSATIONS = (("HELP", "{case}", "HELP"), ("STOP", "START", "HELP"), ("{case}", "HELP", "{case}"))
VICTIM_EVERY = 10  # one in so many parties is somebody to whom nothing is sent a second time without a human
FIRST_DAY = 20  # days ahead: nothing but the first text is due while the town is looked at


@dataclass(slots=True)
class Party:
    """Somebody of a hearing, with a phone that nobody else has. `rooms`: every courtroom it was in, the last is true.

    `is_in`: the calendar that names them was imported; from then on they must be told.
    """

    key: str
    phone: str
    case: str
    role: str
    rooms: list[str]
    is_in: bool = False

    def row(self, town: Town, day: int) -> dict[str, str]:
        """Return their line of a calendar."""
        date = local_day(town.time.now(), town.courts[town.courts.id_of(COURT)].zone) + timedelta(days=day)
        return {
            "court": COURT,
            "case_number": self.case,
            "confidentiality": "public",
            "hearing_id": self.key,
            "hearing_kind": "Arraignment",
            "starts_at": f"{date}T09:30",
            "courtroom": self.rooms[0],
            "party_id": self.key,
            "role": self.role,
            "given_name": "Ada",
            "language": "en",
            "phone": self.phone,
        }


@dataclass(slots=True)
class Asker:
    """Somebody who writes: what they wrote, in order, and whether the court took it."""

    phone: str
    said: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(slots=True)
class Street:
    """The people of a town, and the work that they make."""

    town: Town
    chance: random.Random
    parties: list[Party] = field(default_factory=list)
    askers: list[Asker] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)
    _phones: "count[int]" = field(default_factory=count)
    _waves: "count[int]" = field(default_factory=count)

    async def wave(self, size: int, *, ahead: int | None = None) -> list[Party]:
        """Let a calendar come in with so many new people, each to be told at once; `ahead` is in days."""
        new = [self._party() for _ in range(size)]
        self.parties += new
        day = FIRST_DAY + next(self._waves) % 300 if ahead is None else ahead
        file = native([one.row(self.town, day) for one in new])
        await asyncio.to_thread(self._bring, file)
        for one in new:
            one.is_in = True
        return new

    async def change(self) -> None:
        """Move one hearing into another courtroom."""
        known = [one for one in self.parties if one.is_in]
        if not known:
            return
        one = self.chance.choice(known)
        room = f"Courtroom {1000 + next(self._numbers)}"
        await self.town.db.write(partial(self._change, key=one.key, room=room))
        one.rooms.append(room)

    async def ask(self) -> None:
        """Let somebody new write to the court, a few texts one after the other."""
        asker = Asker(self._phone())
        self.askers.append(asker)
        known = [one.case for one in self.parties if one.is_in and len(one.rooms) == 1]
        for words in self.chance.choice(CONVERSATIONS):
            said = words.format(case=self.chance.choice(known) if known else "HELP")
            asker.said.append((said, await self.town.provider.write(asker.phone, said)))

    @asynccontextmanager
    async def lived(self, seconds: float) -> AsyncIterator[None]:
        """Let life go on beside the block, for so many seconds at least, and until everything begun was done."""
        living = asyncio.create_task(self.live(seconds))
        try:
            yield
        except BaseException:
            living.cancel()
            raise
        await living

    async def live(self, seconds: float, *, every: float = 0.5) -> None:
        """Let all of that happen again and again for so many seconds, whatever breaks; then let it come to its end."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        acts: tuple[Callable[[], Awaitable[object]], ...] = (partial(self.wave, 8), self.ask, self.ask, self.change)
        async with asyncio.TaskGroup() as group:
            while loop.time() < until:
                for act in acts:
                    group.create_task(_run(act))
                await asyncio.sleep(every)

    def _party(self) -> Party:
        number = next(self._numbers)
        role = "victim" if number % VICTIM_EVERY == VICTIM_EVERY - 1 else "defendant"
        case = f"3RB-26-{number:05d}CR"
        return Party(f"p{number}", self._phone(), case, role, [f"Courtroom {1000 + number}"])

    def _phone(self) -> str:
        number = next(self._phones)
        return f"+1{AREA_CODES[number // 100]}55501{number % 100:02d}"

    def _bring(self, file: bytes) -> None:
        import_calendar(
            self.town.db,
            io.BytesIO(file),
            court=COURT,
            courts=self.town.courts,
            clock=self.town.time,
            options=ImportOptions(allow_fictional=True, accept_changes=True),
        )

    def _change(self, connection: Connection, *, key: str, room: str) -> None:
        hearing_id = connection.execute(select(hearing.c.id).where(hearing.c.external_id == key)).scalar_one()
        now = self.town.time.now()
        hearings.change_room(connection, hearing_id, room, staff="chaos", courts=self.town.courts, now=now)


async def _run(act: Callable[[], Awaitable[object]]) -> None:
    await act()
