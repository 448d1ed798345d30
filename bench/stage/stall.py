"""How long an event loop stands still: a task that wants to wake up all the time, and how late it was at worst."""

import asyncio
import time

LOOK = 0.01  # seconds between two looks


async def longest() -> float:
    """Look until it is cancelled; return the longest stall in seconds."""
    worst, last = 0.0, time.perf_counter()
    try:
        while True:
            await asyncio.sleep(LOOK)
            now = time.perf_counter()
            worst, last = max(worst, now - last - LOOK), now
    except asyncio.CancelledError:
        return max(worst, time.perf_counter() - last - LOOK)
