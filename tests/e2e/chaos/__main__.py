"""Breaks everything at random, for as long as asked: `python -m tests.e2e.chaos --seconds 300 --seed 7`.

It prints the seed, each fault as it happens, and the ledger; it exits with 1 if anything does not fit. The same seed
draws the same faults; `--faults FILE` plays a list of them instead, one a line as they were printed: take lines out
until only what matters is left.
"""

import argparse
import asyncio
import random
import secrets
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

from tests.e2e.chaos import accounts, faults
from tests.e2e.chaos.accounts import Account
from tests.e2e.chaos.faults import Fault
from tests.e2e.chaos.street import Street
from tests.e2e.chaos.town import PROCESSES, Town, built

AT_REST_WITHIN = 600.0  # seconds, if something moves: what piles up in two minutes of faults takes a slow machine long
CALM = 2.0  # seconds of work before the first fault, and after the last


async def run(town: Town, planned: list[Fault], *, seed: int, seconds: float, every: float = 0.5) -> Account:
    """Let the town live while things break, mend everything, wait until all is quiet, and settle the accounts."""
    await town.start(*PROCESSES)
    street = Street(town, random.Random(seed))  # noqa: S311 - drawn so that it can be drawn again
    living = asyncio.create_task(street.live(seconds + 2 * CALM, every=every))
    await asyncio.sleep(CALM)
    await faults.play(town, planned, tell=_say)
    await town.heal()
    await living
    await accounts.until_quiet(town, within=AT_REST_WITHIN)
    return await accounts.settle(town, street)


async def main(arguments: argparse.Namespace) -> int:
    """Run once as asked; return the exit code."""
    planned = faults.drawn(arguments.seed, arguments.seconds)
    if arguments.faults is not None:
        planned = [
            Fault.read(line) for line in arguments.faults.read_text(encoding="utf-8").splitlines() if line.strip()
        ]
    _say(f"seed {arguments.seed}, {arguments.seconds:g} seconds, {len(planned)} faults")
    folder = Path(tempfile.mkdtemp(prefix="usher-chaos-"))
    async with built(folder) as town:
        try:
            account = await run(town, planned, seed=arguments.seed, seconds=arguments.seconds)
        except BaseException:
            _say(f"seed {arguments.seed}: it broke off\n{traceback.format_exc()}")  # to end a town may take minutes
            raise
    _say(f"seed {arguments.seed}: {len(account.wrong)} things are wrong\n{account}")
    if account.wrong:
        _say(f"logs and the whole ledger are kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--faults", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(_arguments())))
