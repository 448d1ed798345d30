"""Processes of our own for end-to-end tests, each forked from one that has imported everything and done nothing."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bot.cli import main

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [f"bot.cli.{command}" for command in ("clock", "run", "web", "worker")] + ["tests.e2e.dispatch_driver"]
)


class Forked:
    """A process that runs a function of ours from its start to its end."""

    def __init__(self, run: Callable[..., None], *arguments: object) -> None:
        self._process: ForkServerProcess = FORKS.Process(target=run, args=arguments)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its id."""
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, how: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        if self._process.is_alive():
            os.kill(self.pid, how)

    async def wait(self) -> int:
        """Wait until it is gone; return its exit code, or minus the signal that killed it."""
        gone = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, gone.set)
        await gone.wait()
        loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode


def usher(command: str, folder: Path, environment: dict[str, str], log: Path) -> Forked:
    """Run one command of Usher in a folder, with this environment and no other; what it says is added to a log."""
    return Forked(_usher, command, folder, environment, log)


def _usher(command: str, folder: Path, environment: dict[str, str], log: Path) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(said, stream)
    main([command])
