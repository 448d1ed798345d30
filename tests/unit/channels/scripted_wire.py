"""A wire without a network: it answers what the test says, and remembers what was asked."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import orjson

from bot.channels.connection import Answer, WireError


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    total: float | None

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), strict_parsing=True))


class ScriptedWire:
    """Gives the scripted answers in order, then the last one again; an exception among them is raised."""

    def __init__(self, *script: Answer | WireError) -> None:
        self.asked: list[Asked] = []
        self._script = deque(script)

    async def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", total: float | None = None
    ) -> Answer:
        self.asked.append(Asked(method, url, dict(headers), body, total))
        turn = self._script.popleft() if len(self._script) > 1 else self._script[0]
        if isinstance(turn, WireError):
            raise turn
        return turn


def answer(status: int, body: object, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)
