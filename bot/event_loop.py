"""How a process that stays runs: its event loop, and a garbage collector that knows what is here for good."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

YOUNG = 20_000  # objects; a batch of texts makes some ten thousand, which reference counting frees by itself
OLDER = (20, 50)
TURN = 0.0005  # seconds that one thread may keep Python while another one waits for it


def run_long(main: Coroutine[Any, Any, Result]) -> Result:
    """Run `main` to its end, as `asyncio.run` does: on uvloop where there is one (not on Windows).

    Call it when everything is imported: what exists by then is never looked through again, and what comes later less
    often than by Python's defaults, which is a tenth of the work of sending.

    Threads take shorter turns than Python's five milliseconds: the loop wants Python anew for each thing that happens
    on a connection, and would wait so long each time while the database's thread is busy.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *OLDER)
    sys.setswitchinterval(TURN)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - it comes with uvicorn, where it can
    except ImportError:
        return None
    return uvloop.Loop
