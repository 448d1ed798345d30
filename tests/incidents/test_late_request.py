"""Once, a request that had been given up during an outage arrived when the line was whole again: a text too many."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels.connection import MaybeSentError
from bot.channels.http import HttpWire
from bot.channels.routes import Limits
from tests.e2e.chaos.cables import Cable

SHORT = Limits(total=timedelta(milliseconds=400))


async def test_what_was_given_up_while_the_line_was_dead_never_arrives() -> None:
    arrived: list[bytes] = []
    gone = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(await reader.read())
        writer.close()
        gone.set()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    cable = Cable([int(server.sockets[0].getsockname()[1])])
    await cable.lay()
    wire = HttpWire(SHORT, proxies={})
    cable.hold()

    with pytest.raises(MaybeSentError):
        await wire.exchange("POST", f"http://127.0.0.1:{cable.port}/Messages.json", headers={}, body=b"Body=once")
    cable.mend()
    async with asyncio.timeout(10):
        await gone.wait()

    assert arrived == [b""]
    await wire.aclose()
    await cable.remove()
    server.close()
