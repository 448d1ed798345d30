"""How exactly a lane keeps its rate in real time, with one worker, two and four that share it.

The lane is a Telegram bot's: RATE messages a second, one to a chat. On PostgreSQL each worker is a process of its own;
SQLite is for one process, so there they share it. Messages are counted when they were decided and when they came to the
provider, which is what it charges for. The first seconds of a process do not count: it makes its statements then.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection, select, update

from bench.stage import figures, machines, street
from bench.stage.figures import Figure
from bench.stage.machines import CORES, ENGINES, Child
from bench.stage.street import NOW
from domain.delivery import ChannelName
from storage.schema import delivery, lane

RATE, BURST = 30, 5
WORKERS = (1, 2, 4)
WARM_UP = 2.0  # seconds that do not count: the first burst is over, the statements are made
WITHIN = 0.02


def measure(engine: str, workers: int, seconds: int) -> tuple[list[float], list[float]]:
    """Let workers serve a lane with enough to send; return when messages were decided, and when they came."""
    whole = seconds + WARM_UP + 1
    with machines.fresh_database(engine) as url:
        with machines.opened(url) as database:
            people = int(RATE * (whole + 1))
            database.write_now(partial(street.build, people=people, channel=ChannelName.TELEGRAM))
            database.write_now(_slow_down)
            machines.gather_statistics(database)
        ahead = (datetime.now(UTC) - NOW).total_seconds()
        processes, each = (workers, 1) if engine == "postgresql" else (1, workers)
        arguments = (url, str(each), str(whole), str(ahead))
        children = [Child("lane_worker", *arguments, core=CORES) for _ in range(processes)]
        for child in children:
            child.begin()
        came = sorted(at for child in children for at in child.found()["came"])
        with machines.opened(url) as database:
            decided = database.read_now(_decided)
    assert len(came) == len(decided), "each came once"
    return decided, came


def _slow_down(connection: Connection) -> None:
    speed = {"rate": RATE, "burst": BURST, "tokens": 0.0, "spent": [], "refilled_at": NOW}
    connection.execute(update(lane).where(lane.c.key == "telegram:default").values(speed))


def _decided(connection: Connection) -> list[float]:
    times = connection.execute(select(delivery.c.created_at).order_by(delivery.c.created_at)).scalars()
    return [at.timestamp() for at in times]


def rate_of(times: Sequence[float], seconds: int) -> float:
    """Return the rate over so many seconds after the warm-up."""
    begun = times[0] + WARM_UP
    return sum(begun <= at < begun + seconds for at in times) / seconds


def busiest_second(times: Sequence[float]) -> int:
    """Return how many there are at most in any half-open second of sorted times."""
    busiest, first = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 1:
            first += 1
        busiest = max(busiest, last - first + 1)
    return busiest


def _figures(name: str, runs: Sequence[tuple[list[float], list[float]]], seconds: int) -> list[Figure]:
    rates = [rate_of(decided, seconds) for decided, _ in runs]
    limit = figures.spread([float(RATE)] * len(rates))
    share = figures.spread([rate / RATE for rate in rates])
    goal = f"within {WITHIN:.0%}"
    is_kept = 1 - WITHIN <= share.min <= share.max <= 1 + WITHIN
    beside = f"the lane's rate, over {seconds} s"
    return [
        Figure(f"lane: rate, {name}", figures.spread(rates), "/s", goal, is_kept, beside, limit, share),
        _never_above(f"lane: busiest second, {name}", [decided for decided, _ in runs]),
        _never_above(f"lane: the same, at the provider, {name}", [_warm(came) for _, came in runs]),
    ]


def _warm(times: Sequence[float]) -> list[float]:
    return [at for at in times if at >= times[0] + WARM_UP]


def _never_above(work: str, runs: Sequence[Sequence[float]]) -> Figure:
    busiest = figures.spread([float(busiest_second(times)) for times in runs])
    return Figure(work, busiest, "", f"<= {RATE}", busiest.max <= RATE)


def main() -> None:
    """Measure both engines with each number of workers."""
    parser = figures.arguments(__doc__, quick=2, full=60, of="seconds that count")
    parser.add_argument("--only", choices=ENGINES)
    parser.set_defaults(runs=1)  # a minute of each says enough
    asked = figures.asked_for(parser)
    for engine in [asked.only] if asked.only else ENGINES:
        for workers in WORKERS[1:2] if asked.quick else WORKERS:
            rows = [measure(engine, workers, asked.size) for _ in range(asked.runs)]
            name = f"{workers} worker{'s' if workers > 1 else ''}, {engine}"
            figures.show(_figures(name, rows, asked.size), as_json=asked.json)


if __name__ == "__main__":
    main()
