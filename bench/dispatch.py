"""How fast texts leave, end to end and durably, beside a bare aiohttp loop that posts the same messages.

Usher claims, asks the gate, puts each text into words in one of four languages, seals and records it, sends it through
the real SDK (`twilio`, `aiogram`) and settles it. Either works in a process of its own on one core, against the same
provider on another; afterwards every message is looked for: each arrived, once. The bare loop runs twice: plain, and
tuned, that is on the event loop and with the garbage collector's settings that Usher has. The goals are for both.
"""

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
LOOPS = ("plain", "tuned")


def measure(engine: str, people: int, *, workers: int = 1, channel: ChannelName = ChannelName.SMS) -> dict[str, float]:
    """Send everything, then post the same in bare loops; return messages a second and CPU (us a message) of each."""
    with machines.fresh_database(engine) as url, machines.provider() as provider:
        with machines.opened(url) as database:
            database.write_now(partial(street.build, people=people, channel=channel))
            machines.gather_statistics(database)
        sending = [Child("worker", url, provider, channel, core=CORES[number]) for number in range(workers)]
        found = together(sending)
        with machines.opened(url) as database:
            database.read_now(partial(check, people=people))
        bare = {loop: together([Child("bare", url, provider, channel, loop, core=CORES[0])])[0] for loop in LOOPS}
    took, cpu = max(one["seconds"] for one in found), sum(one["cpu"] for one in found)
    measured = {"usher": people / took, "cpu": cpu / people * 1e6}
    for loop, one in bare.items():
        assert one["messages"] == people
        measured |= {loop: people / one["seconds"], f"{loop}_cpu": one["cpu"] / people * 1e6}
    return measured


def together(children: list[Child]) -> list[dict[str, float]]:
    """Let children work at the same time; return what each found."""
    for child in children:
        child.begin()
    return [child.found() for child in children]


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
    posting = f"posting the same {'JSON' if way == 'telegram' else 'forms'}"
    rows = [measure(engine, size, channel=channel) for _ in range(runs)]
    rates, costs = ([row[which] for row in rows] for which in ("usher", "cpu"))
    name = f"dispatch {size:,}, {'aiogram, ' if way == 'telegram' else ''}{engine}"
    found = []
    for loop in LOOPS:
        beside = f"bare aiohttp, {loop}, {posting}"
        limits, bare = ([row[which] for row in rows] for which in (loop, f"{loop}_cpu"))
        found.append(figures.compared(f"{name} ({loop})", rates, beside, limits, least=LEAST[way]))
        found.append(figures.costing(f"{name}: CPU ({loop})", costs, beside, bare, least=LEAST[way]))
    if way == "postgresql":
        both = [measure(engine, size, workers=2)["usher"] for _ in range(runs)]
        found.append(figures.compared(f"{name}, 2 workers", both, "1 worker", rates, least=LEAST_OF_TWO))
    return found


if __name__ == "__main__":
    main()
