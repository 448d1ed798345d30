"""A nursery of processes: it imports all of Usher once, then forks a process on demand, in milliseconds.

Run as a script it reads a JSON object a line: which part, with what environment, where to log. It answers with the
process' id, and says later with what code it ended. When its input ends, so do its children and itself.
"""

import asyncio
import json
import os
import select
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[3]
READY = "ready"


@dataclass(slots=True)
class Child:
    """One process of the nursery's."""

    name: str
    pid: int
    ended: "asyncio.Future[int]"

    def send(self, what: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        if not self.ended.done():
            os.kill(self.pid, what)


@dataclass(slots=True)
class Nursery:
    """The nursery from outside: starts children and knows how each ended."""

    _process: asyncio.subprocess.Process
    _born: "asyncio.Queue[int]" = field(default_factory=asyncio.Queue)
    _children: dict[int, Child] = field(default_factory=dict)
    _listening: "asyncio.Task[None] | None" = None

    @classmethod
    async def opened(cls) -> "Nursery":
        """Start it; it takes the time that importing takes."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        nursery = cls(process)
        assert process.stdout is not None
        assert json.loads(await process.stdout.readline()) == READY
        nursery._listening = asyncio.create_task(nursery._listen())
        return nursery

    async def start(self, name: str, part: str, environment: dict[str, str], log: Path) -> Child:
        """Fork one process; its environment is this one and nothing else. One at a time."""
        assert self._process.stdin is not None
        order = {"part": part, "environment": environment, "log": str(log)}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        pid = await self._born.get()
        child = self._children.setdefault(pid, Child(name, pid, asyncio.get_running_loop().create_future()))
        child.name = name
        return child

    async def close(self) -> None:
        """End it, and with it whatever still lives."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        if self._listening is not None:
            await self._listening

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        loop = asyncio.get_running_loop()
        while line := await self._process.stdout.readline():
            said: dict[str, int] = json.loads(line)
            if "born" in said:
                self._born.put_nowait(said["born"])
                continue
            child = self._children.setdefault(said["ended"], Child("?", said["ended"], loop.create_future()))
            if not child.ended.done():
                child.ended.set_result(said["code"])


def _say(what: object) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _bury(children: set[int]) -> None:
    """Say of every child that has ended how it did."""
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            children.discard(pid)
            _say({"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _be(order: dict[str, Any], run: Any) -> NoReturn:  # noqa: ANN401 - parts.main
    """Become a part: nothing of the nursery is left but what it imported."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for place, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(target, place)
    os.environ.clear()
    os.environ.update(order["environment"])
    code = 1
    try:
        run(order["part"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the process ends here, and its log must say of what
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _serve() -> None:
    from tests.e2e.chaos.parts import main  # noqa: PLC0415 - the director imports this module too, and not all of Usher

    read, write = os.pipe()
    for end in (read, write):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write)
    _say(READY)
    orders = b""
    children: set[int] = set()
    while True:
        ready, _, _ = select.select([0, read], [], [])
        if read in ready:
            os.read(read, 4096)
            _bury(children)
        if 0 not in ready:
            continue
        if not (piece := os.read(0, 65_536)):
            break
        orders += piece
        *whole, orders = orders.split(b"\n")
        for line in whole:
            pid = os.fork()
            if pid == 0:
                _be(json.loads(line), main)
            children.add(pid)
            _say({"born": pid})
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _serve()
