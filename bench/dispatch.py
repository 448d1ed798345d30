"""How fast texts leave, end to end and durably, beside a bare aiohttp loop that posts the same messages.

Usher claims, asks the gate, puts each text into words in one of four languages, seals and records it, sends it through
the real SDK (`twilio`, `aiogram`) and settles it. Either works in a process of its own on one core, against the same
provider on another; afterwards every message is looked for: each arrived, once.
"""

import time
from functools import partial

from sqlalchemy import Connection, func, select

from bench.stage import figures, machines, street
from bench.stage.figures import Figure
from bench.stage.machines import CORES, Child
from domain.delivery import ChannelName, DeliveryState
from domain.notice import NoticeState
from storage.schema import delivery, notice, verdict

LEAST = {"sqlite": 1.0, "postgresql": 0.8, "telegram": 0.8}
LEAST_OF_TWO = 1.2


def measure(engine: str, people: int, *, workers: int = 1, channel: ChannelName = ChannelName.SMS) -> dict[str, float]:
    """Send everything, then post the same in a bare loop; return messages a second and CPU (us a message) of both."""
    with machines.fresh_database(engine) as url, machines.provider() as provider:
        with machines.opened(url) as database:
            database.write_now(partial(street.build, people=people, channel=channel))
        sending = [Child("worker", url, provider, channel, core=CORES[number]) for number in range(workers)]
        began = time.perf_counter()
        for child in sending:
            child.begin()
        found = [child.found() for child in sending]
        took = time.perf_counter() - began if workers > 1 else found[0]["seconds"]
        with machines.opened(url) as database:
            database.read_now(partial(check, people=people))
        loop = Child("bare", url, provider, channel, core=CORES[0])
        loop.begin()
        bare = loop.found()
    assert bare["messages"] == people
    costs = {"cpu": sum(one["cpu"] for one in found) / people * 1e6, "bare_cpu": bare["cpu"] / people * 1e6}
    return {"usher": people / took, "bare": people / bare["seconds"], **costs}


def check(connection: Connection, *, people: int) -> None:
    """Look whether each person's reminder left, was taken by the provider exactly once, and is on record."""
    numbers = list(connection.execute(select(delivery.c.provider_id)).scalars())
    taken = select(func.count()).where(delivery.c.state == DeliveryState.ACCEPTED)
    sent = select(func.count()).where(notice.c.state == NoticeState.SENT)
    assert len(numbers) == len(set(numbers)) == people, "every message has an answer of its own"
    assert max(_number(provider_id) for provider_id in numbers) == people, "the provider got no more than that"
    assert connection.execute(taken).scalar() == connection.execute(sent).scalar() == people
    assert connection.execute(select(func.count()).select_from(verdict)).scalar() == people


def _number(provider_id: str) -> int:
    return int(provider_id.replace("SM", "0x"), 0)


def main() -> None:
    """Measure each way a few times."""
    parser = figures.arguments(__doc__, quick=300, full=20_000, of="messages")
    parser.add_argument("--only", choices=("sqlite", "postgresql", "telegram"), help="one of the ways")
    asked = figures.asked_for(parser)
    ways = [asked.only] if asked.only else list(LEAST)
    for way in ways:
        figures.show(_figures(way, asked.size, asked.runs), as_json=asked.json)


def _figures(way: str, size: int, runs: int) -> list[Figure]:
    engine = "postgresql" if way == "postgresql" else "sqlite"
    channel = ChannelName.TELEGRAM if way == "telegram" else ChannelName.SMS
    beside = f"bare aiohttp posting the same {'JSON' if way == 'telegram' else 'forms'}"
    rows = [measure(engine, size, channel=channel) for _ in range(runs)]
    rates, limits = [row["usher"] for row in rows], [row["bare"] for row in rows]
    name = f"dispatch {size:,}, {'aiogram, ' if way == 'telegram' else ''}{engine}"
    found = [figures.compared(name, rates, beside, limits, least=LEAST[way])]
    costs, bare = ([row[which] for row in rows] for which in ("cpu", "bare_cpu"))
    found.append(figures.costing(f"{name}: CPU a message", costs, beside, bare, least=LEAST[way]))
    if way == "postgresql":
        both = [measure(engine, size, workers=2)["usher"] for _ in range(runs)]
        found.append(figures.compared(f"{name}, 2 workers", both, "1 worker", rates, least=LEAST_OF_TWO))
    return found


if __name__ == "__main__":
    main()
