"""One worker of a bench: it sends what is due, and says how long that took and for how long its loop stood still.

Arguments: URL PROVIDER CHANNEL.
"""

import asyncio
import json
import sys
import time

import structlog
from sqlalchemy import Connection, text

from bench.stage import stall
from bench.stage.machines import vault, wait_for_go
from bench.stage.street import ACCOUNT, BOT_TOKEN, NOW, PUBLIC_URL, SENDER
from bot.channels.http import HttpWire
from bot.event_loop import run_long
from domain.clock import SteppedClock
from domain.court_file import read_court
from domain.delivery import Channel, ChannelName
from scheduler.dispatcher import Dispatcher
from storage import courts
from storage.database import Database

LOOK_EVERY = 0.1  # seconds; the end is when the last batch was settled, not when that was seen


async def main(url: str, provider: str, channel: ChannelName) -> None:
    """Send until nothing waits."""
    async with Database(url, vault()) as db:
        known = await db.read(lambda connection: courts.load(connection, read_court))
        wire = HttpWire()
        channels = {f"{channel}:default": channel_over(wire, provider, channel)}
        settled = [0.0]
        dispatcher = Dispatcher(
            db, channels, lambda: known, SteppedClock(NOW), on_settled=lambda *_: settled.append(time.perf_counter())
        )
        stop = asyncio.Event()
        wait_for_go()
        began, cpu = time.perf_counter(), time.process_time()
        watching = asyncio.create_task(stall.longest())
        running = asyncio.create_task(dispatcher.run(stop))
        while await db.read(_is_something_open):  # noqa: ASYNC110 - another worker may do the last of it
            await asyncio.sleep(LOOK_EVERY)
        cpu = time.process_time() - cpu
        watching.cancel()
        stood, busy = await watching
        stop.set()
        await running
        await wire.aclose()
    print(json.dumps({"seconds": max(settled[-1] - began, 0.0), "cpu": cpu, "stall": stood, "busy": busy}), flush=True)


def channel_over(wire: HttpWire, provider: str, channel: ChannelName) -> Channel:
    """Return the channel over the real SDK; what the other one would import stays out."""
    if channel is ChannelName.TELEGRAM:
        from bot.channels.telegram import TelegramChannel, telegram_bot  # noqa: PLC0415

        return TelegramChannel(telegram_bot(BOT_TOKEN, wire, base_url=provider))
    from bot.channels.twilio import TwilioSms  # noqa: PLC0415
    from bot.channels.twilio_http import twilio_client  # noqa: PLC0415

    return TwilioSms(twilio_client(ACCOUNT, "secret", wire, base_url=provider), sender=SENDER, public_url=PUBLIC_URL)


def _is_something_open(connection: Connection) -> bool:
    for states in ("'planned', 'held'", "'claimed', 'sending'"):  # as the partial indexes have them
        query = text(f"SELECT 1 FROM notice WHERE state IN ({states}) LIMIT 1")  # noqa: S608 - ours
        if connection.execute(query).first():
            return True
    return False


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    run_long(main(sys.argv[1], sys.argv[2], ChannelName(sys.argv[3])))
