"""How long an event loop stands still: a task that wants to wake up all the time, and how late it was at worst."""

import asyncio
import time

LOOK = 0.01  # seconds between two looks


async def longest() -> tuple[float, float]:
    """Look until it is cancelled; return the longest stall, and the most processor time in a stall, in seconds.

    The second leaves out what others on the machine do, and what the loop waits for; the first is what people notice.
    """
    worst = busiest = 0.0
    last, spent = time.perf_counter(), time.process_time()
    try:
        while True:
            await asyncio.sleep(LOOK)
            now, used = time.perf_counter(), time.process_time()
            late = now - last - LOOK
            worst, busiest = max(worst, late), max(busiest, min(late, used - spent))
            last, spent = now, used
    except asyncio.CancelledError:
        return max(worst, time.perf_counter() - last - LOOK), busiest
