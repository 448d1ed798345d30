"""Faults as words: a run is a list of them, drawn from a seed or written by hand, and can be played again.

One a line: `12.5 kill worker-1 2.0` is "after 12.5 seconds end worker-1 with SIGKILL and start it again 2 seconds
later". The last number is how long it lasts, how many bytes still pass, or how many texts it meets.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tests.e2e.chaos.cables import Way, a_few_bytes
from tests.e2e.chaos.provider import FAULTS
from tests.e2e.chaos.town import CABLES, PROCESSES, Town

LONGEST = 4.0  # seconds; with the lease at six some outlast it and some do not, pauses last longer
LONG_PAUSE = 9.0
MEAN_GAP = 0.8  # seconds between two faults of a drawn run
DELAY = 0.3  # seconds that a slow cable takes for each piece


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that breaks, `at` seconds after the beginning."""

    at: float
    kind: str
    target: str
    much: float

    def __str__(self) -> str:
        return f"{self.at:.2f} {self.kind} {self.target} {self.much:g}"

    @classmethod
    def read(cls, line: str) -> "Fault":
        """Read one as it was printed.

        Raises:
            ValueError: If it is none.
        """
        at, kind, *target, much = line.split()
        fault = cls(float(at), kind, " ".join(target), float(much))
        if kind not in KINDS or fault.target not in TARGETS[kind]:
            raise ValueError(f"no such fault: {line}")
        return fault


def drawn(seed: int, seconds: float) -> list[Fault]:
    """Draw the faults of a run: the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - drawn so that it can be drawn again
    faults: list[Fault] = []
    at = 0.0
    while (at := at + chance.expovariate(1 / MEAN_GAP)) < seconds:
        [kind] = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        faults.append(Fault(round(at, 2), kind, chance.choice(TARGETS[kind]), _much(kind, chance)))
    return faults


async def play(town: Town, faults: Sequence[Fault], tell: Callable[[str], None] = lambda _: None) -> None:
    """Let them happen in their time, each beside the others; return when the last is over.

    A fault whose target is down already, or broken otherwise, is passed over.
    """
    loop = asyncio.get_running_loop()
    began, busy = loop.time(), set[str]()

    async def one(fault: Fault) -> None:
        await asyncio.sleep(max(began + fault.at - loop.time(), 0))
        if fault.target in busy:
            return
        busy.add(fault.target)
        tell(str(fault))
        try:
            await KINDS[fault.kind](town, fault)
        finally:
            busy.discard(fault.target)

    async with asyncio.TaskGroup() as group:
        for fault in faults:
            group.create_task(one(fault))


def lines(faults: Sequence[Fault]) -> Iterator[str]:
    """Write faults down so that they can be read again."""
    return map(str, faults)


def _much(kind: str, chance: random.Random) -> float:
    match kind:
        case "snap":
            return a_few_bytes(chance)
        case "provider":
            return chance.randrange(1, 12)
        case "pause":
            return round(chance.uniform(0.1, LONG_PAUSE), 1)
        case _:
            return round(chance.uniform(0.1, LONGEST), 1)


async def _kill(town: Town, fault: Fault) -> None:
    await town.end(fault.target)
    await asyncio.sleep(fault.much)
    await town.start(fault.target)


async def _pause(town: Town, fault: Fault) -> None:
    town.pause(fault.target)
    await asyncio.sleep(fault.much)
    town.let_go_on(fault.target)


async def _cut(town: Town, fault: Fault) -> None:
    with town.cables[fault.target].away():
        await asyncio.sleep(fault.much)


async def _hold(town: Town, fault: Fault) -> None:
    cable = town.cables[fault.target]
    cable.hold()
    await asyncio.sleep(fault.much)
    cable.mend()


async def _slow(town: Town, fault: Fault) -> None:
    cable = town.cables[fault.target]
    cable.slow_down(DELAY)
    await asyncio.sleep(fault.much)
    cable.mend()


async def _snap(town: Town, fault: Fault) -> None:
    cable = town.cables[fault.target]
    assert cable.way is Way.OPEN
    cable.snap_after = int(fault.much)
    await asyncio.sleep(LONGEST)
    cable.mend()


async def _forget(town: Town, fault: Fault) -> None:
    cable = town.cables[fault.target]
    cable.forgets = b"COMMIT"
    await asyncio.sleep(fault.much)
    cable.forgets = None


async def _down(town: Town, fault: Fault) -> None:
    server = town.postgres if fault.target == "pg" else town.nats
    await asyncio.to_thread(server.kill if fault.kind == "kill-server" else server.stop)
    await asyncio.sleep(fault.much)
    await asyncio.to_thread(server.start)


async def _provider(town: Town, fault: Fault) -> None:
    await town.provider.will(fault.target, times=int(fault.much))


Cause: TypeAlias = Callable[[Town, Fault], Awaitable[None]]
KINDS: Mapping[str, Cause] = {
    "kill": _kill,
    "pause": _pause,
    "cut": _cut,
    "hold": _hold,
    "slow": _slow,
    "snap": _snap,
    "forget": _forget,
    "kill-server": _down,
    "stop-server": _down,
    "provider": _provider,
}
SERVERS = ("pg", "nats")
TARGETS: Mapping[str, Sequence[str]] = {
    "kill": PROCESSES,
    "pause": PROCESSES,
    "cut": CABLES,
    "hold": CABLES,
    "slow": CABLES,
    "snap": CABLES,
    "forget": [cable for cable in CABLES if cable.endswith(":pg")],
    "kill-server": SERVERS,
    "stop-server": SERVERS,
    "provider": list(FAULTS),
}
WEIGHTS = {
    "kill": 4,
    "pause": 3,
    "cut": 4,
    "hold": 3,
    "slow": 1,
    "snap": 3,
    "forget": 2,
    "kill-server": 1,
    "stop-server": 1,
    "provider": 5,
}
