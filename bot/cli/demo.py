"""`usher demo`: the whole product on invented people, with phones to play with, or as a story that checks itself."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import AnyHttpUrl, SecretStr
from rich.console import Console

from bot.bootstrap import assembled
from bot.demo import story
from bot.demo.playbill import show
from bot.demo.stage import Stage, build_database, curtain, first_monday, free_port, staged
from bot.logging import configure_logging
from bot.sandbox.server import Sandbox
from bot.sandbox.wire import LOOPBACK
from bot.settings import Settings
from domain.clock import SteppedClock, SystemClock
from domain.errors import InvalidInputError

PORT = 8000
LAST_PORT = 65_535


def demo(
    *,
    once: Annotated[
        bool, typer.Option(help="Play a scripted story, print every phone, and check each promise.")
    ] = False,
    port: Annotated[int, typer.Option(help="Where the page of phones is.", min=0, max=LAST_PORT)] = PORT,
    log: Annotated[Path | None, typer.Option(help="Write the log to this file.")] = None,
) -> None:
    """Run all of Usher against a sandbox on this machine: no account, no network, nobody real.

    With --once it exits with 1 if a promise is broken.
    """
    # Left open: logs are written to the very end of the process.
    stream = (log or Path(os.devnull)).open("a", encoding="utf-8")
    configure_logging("json", stream=stream)
    with tempfile.TemporaryDirectory(prefix="usher-demo-") as name:
        kept = asyncio.run(_play_once(Path(name)) if once else _play_on(Path(name), port))
    if not kept:
        raise typer.Exit(1)


async def _play_once(folder: Path) -> bool:
    clock = SteppedClock(curtain(story.FIRST_DAY))
    async with Sandbox(clock) as sandbox, _staged(folder, sandbox, clock, story.FIRST_DAY) as stage:
        told = await story.play(stage)
        zone = stage.court.zone
    show(told, Console(), zone)
    return told.is_kept


async def _play_on(folder: Path, port: int) -> bool:
    first_day = first_monday(SystemClock().now().date())
    clock = SteppedClock(curtain(first_day), running=True)
    stop = asyncio.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wish, stop.set)
    async with _phones_on(port, clock) as sandbox, _staged(folder, sandbox, clock, first_day) as stage:
        await story.open_the_curtain(stage)
        typer.echo(f"The phones are at {sandbox.url}/ (stop with Ctrl-C)")
        await stop.wait()
    return True


@asynccontextmanager
async def _phones_on(port: int, clock: SteppedClock) -> AsyncIterator[Sandbox]:
    """Open the sandbox on a port of somebody's choice.

    Raises:
        InvalidInputError: If it is taken, or not ours to take.
    """
    async with AsyncExitStack() as stack:
        try:
            sandbox = await stack.enter_async_context(Sandbox(clock, port=port))
        except OSError as error:
            raise InvalidInputError("--port", f"cannot listen on {port} ({error.strerror})") from None
        yield sandbox


@asynccontextmanager
async def _staged(folder: Path, sandbox: Sandbox, clock: SteppedClock, first_day: date) -> AsyncIterator[Stage]:
    """Set the stage in `folder`, with settings that point at the sandbox only."""
    set_up = build_database(folder, now=clock.now())
    port = free_port()
    identities = sandbox.identities
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(set_up.url),
        secret_key_file=set_up.key_file,
        public_url=AnyHttpUrl(f"http://{LOOPBACK}:{port}"),
        http_port=port,
        twilio_account_sid=identities.account_sid,
        twilio_auth_token=SecretStr(identities.auth_token),
        twilio_sender=identities.number,
        twilio_api_base_url=AnyHttpUrl(sandbox.url),
        telegram_token=SecretStr(identities.telegram_token),
        telegram_api_base_url=AnyHttpUrl(sandbox.url),
        telegram_mode="polling",
    )
    async with staged(partial(assembled, settings, clock), sandbox, clock, first_day) as stage:
        yield stage
