"""The accounts of a town: what was meant, what the provider really took, and what does not fit."""

import asyncio
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import nats
from nats.errors import Error as NatsError
from sqlalchemy import Connection, Row, select, text
from sqlalchemy.exc import DBAPIError

from bot.channels.twilio_webhooks import STATES
from bot.stream.subjects import DEAD, STREAM
from bot.stream.tasks import Task
from domain.delivery import DeliveryState
from domain.notice import NoticeKind, NoticeState
from handlers.talk import Taken
from storage import audit, deliveries
from storage.database import vault_of
from storage.outbox import IN_TURN
from storage.schema import delivery, endpoint, hearing, inbound, lane, notice, participation, receipt, task
from storage.tasks import TaskKind
from tests.e2e.chaos.provider import Accepted, Ledger
from tests.e2e.chaos.street import Street
from tests.e2e.chaos.town import WEBS, Town

AnyRow = Row[*tuple[Any, ...]]

USHER = Path(sys.executable).with_name("usher")
SOON = timedelta(minutes=30)  # of the town's: what is due by then is waited for
LOOK_EVERY = 0.25
OVERTAKEN_AT_THE_DOOR = "people of whose texts one overtook another, the stream being away (ADR 0008)"
HURRY = 2.0  # how much faster time goes when nothing is broken any more: leases and receipts are only waited for
STILL = 2  # looks in a row at which nothing was open
STANDSTILL = 60.0  # seconds in which what is open does not change: nothing will come of it
OPEN = (DeliveryState.SENDING, DeliveryState.UNKNOWN)


class _Words(NamedTuple):
    """What a text says, and where."""

    endpoint_id: int
    text: str


@dataclass(slots=True)
class Books:
    """Everything the database says, read at once when all is quiet. `said`: what left, it says, for which notice."""

    notices: dict[int, AnyRow]
    deliveries: dict[int, AnyRow]
    said: list[tuple[_Words, int]]
    inbound: dict[str, AnyRow]
    receipts: set[tuple[int, DeliveryState]]
    for_the_desk: set[int | None]
    lanes: list[AnyRow]
    broken_at: int | None


@dataclass(slots=True)
class Account:
    """How a run ended. It is good when nothing is in `wrong`."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"  {count:6d}  {what}" for what, count in self.counts.items()]
        return "\n".join([*lines, *(f"  WRONG: {one}" for one in self.wrong[:40])])


async def until_quiet(town: Town, *, within: float = 120.0) -> None:
    """Wait until nothing is under way any more: in the stream, the inbox, the outbox, and at the provider.

    A slow machine takes long, but goes on.

    Raises:
        AssertionError: If it does not come to rest, or nothing moves; it says what is still open.
    """
    still, what, pace = 0, "everything", town.time.pace
    if not town.is_on_machine_time:
        town.time.run_at(pace * HURRY)
    try:
        async with asyncio.timeout(within), asyncio.timeout(STANDSTILL) as standstill:
            while still < STILL:
                before, what = what, await _under_way(town)
                if what != before:
                    standstill.reschedule(asyncio.get_running_loop().time() + STANDSTILL)
                still = 0 if what else still + 1
                await asyncio.sleep(LOOK_EVERY)
    except TimeoutError:
        raise AssertionError(f"still under way: {what}; see {town.folder}") from None
    finally:
        town.time.run_at(pace)


async def settle(town: Town, street: Street) -> Account:
    """Hold what the provider took against what was meant, when all is quiet."""
    ledger, books = await town.provider.ledger(), await town.db.read(_read)
    await asyncio.to_thread((town.folder / "ledger.json").write_text, json.dumps(asdict(ledger), indent=1), "utf-8")
    account = Account()
    texts = _texts(account, ledger, books)
    for judge in (_tell_counts, _judge_notices, _judge_receipts, _judge_open):
        judge(account, ledger, books, texts)
    _judge_parties(account, street, ledger, books)
    _judge_askers(account, street, ledger, books, texts)
    await _verify(account, town)
    return account


def _texts(account: Account, ledger: Ledger, books: Books) -> dict[int, list[Accepted]]:
    """Return the texts that the provider took for each notice.

    Of two texts of the same words to the same phone one is as good as the other. Where the answers to both got lost and
    one had arrived, nobody can tell which: it may have been taken for the other's, and its own sent again.
    """
    texts: dict[int, list[Accepted]] = defaultdict(list)
    twice: dict[_Words, list[Accepted]] = defaultdict(list)
    for one in ledger.accepted:
        row = books.deliveries.get(one.delivery)
        if row is None:
            account.wrong.append(f"a text of delivery {one.delivery}, which nobody knows")
            continue
        if row.notice_id in texts:
            twice[_Words(row.endpoint_id, one.text)].append(one)
        texts[row.notice_id].append(one)
    for words, notice_id in books.said:
        if not texts.get(notice_id) and twice[words]:
            one = twice[words].pop()
            texts[books.deliveries[one.delivery].notice_id].remove(one)
            texts[notice_id] = [one]
            account.counts["texts taken for others of the same words to the same phone"] += 1
    return texts


def _tell_counts(account: Account, ledger: Ledger, books: Books, texts: dict[int, list[Accepted]]) -> None:
    account.counts["texts that the provider took"] = len(ledger.accepted)
    account.counts["texts that people wrote and the court took"] = sum(one.is_taken for one in ledger.written)
    account.counts["texts that people wrote in vain"] = sum(not one.is_taken for one in ledger.written)
    account.counts["receipts that the court took"] = sum(one.is_taken for one in ledger.posted)
    account.counts["attempts"] = len(books.deliveries)
    account.counts["attempts the provider was asked about"] = sum(row.asked > 0 for row in books.deliveries.values())
    account.counts["leases that ran out"] = sum(row.error_code == "lease.lost" for row in books.deliveries.values())
    account.counts["lost"] = 0
    account.counts["doubled"] = sum(len(taken) > 1 for taken in texts.values())


def _judge_notices(account: Account, _: Ledger, books: Books, texts: dict[int, list[Accepted]]) -> None:
    """Every notice that is said to have left did, once."""
    for row in books.notices.values():
        taken = texts.get(row.id, ())
        if len(taken) > 1:
            tries = [
                (one.id, one.state.value, one.error_code)
                for one in books.deliveries.values()
                if one.notice_id == row.id
            ]
            account.wrong.append(f"notice {row.id} ({row.kind}) left {len(taken)} times: {tries}")
        if not taken and row.state in {NoticeState.SENT, NoticeState.DELIVERED}:
            account.wrong.append(f"notice {row.id} ({row.kind}) is {row.state} and never left")
        if row.state in {NoticeState.FAILED, NoticeState.EXPIRED}:
            account.wrong.append(f"notice {row.id} ({row.kind}) was given up: {row.state}, {row.reason}")


def _judge_receipts(account: Account, ledger: Ledger, books: Books, _: dict[int, list[Accepted]]) -> None:
    """Every receipt that was answered for is written down."""
    for one in ledger.posted:
        if one.is_taken and (one.delivery, STATES[one.status]) not in books.receipts:
            account.wrong.append(f"the receipt {one.status} of delivery {one.delivery} was taken and forgotten")


def _judge_open(account: Account, _: Ledger, books: Books, __: dict[int, list[Accepted]]) -> None:
    """Nothing is left half done, and the record's chain holds."""
    account.wrong += [f"delivery {row.id} is {row.state}" for row in books.deliveries.values() if row.state in OPEN]
    account.wrong += [f"inbound {row.id} is {row.state}" for row in books.inbound.values() if row.state != "handled"]
    if books.broken_at is not None:
        account.wrong.append(f"the record breaks at event {books.broken_at}")


def _judge_parties(account: Account, street: Street, ledger: Ledger, books: Books) -> None:
    """Everybody in a calendar was told, and the last thing they were told is true."""
    last: dict[str, str] = {}
    for one in ledger.accepted:
        last[one.to] = one.text
    meant = [party for party in street.parties if party.is_in]
    account.counts["people to be told"] = len(meant)
    by_party = {row.external_id: row for row in books.notices.values() if row.external_id}
    for party in meant:
        row = by_party.get(party.key)
        if row is not None and row.person_id in books.for_the_desk:
            account.counts["left to the desk, as nothing is sent twice to a victim"] += 1
        elif party.phone not in last:
            account.counts["lost"] += 1
            account.wrong.append(f"{party.key} was told nothing")
        elif party.rooms[-1].removeprefix("Courtroom ") not in last[party.phone]:
            account.counts["lost"] += 1
            account.wrong.append(f"{party.key} was not told of {party.rooms[-1]} (was in {party.rooms[:-1]}) at last")


def _judge_askers(
    account: Account, street: Street, ledger: Ledger, books: Books, texts: dict[int, list[Accepted]]
) -> None:
    """Whatever the court took was answered once, and everybody's answers came in the order of their questions."""
    replies: dict[int, list[int]] = defaultdict(list)
    for row in books.notices.values():
        if row.kind is NoticeKind.REPLY:
            replies[int(row.dedupe_key.split(":")[1])].append(row.id)
    place = {id(one): number for number, one in enumerate(ledger.accepted)}
    said: dict[str, list[_Answer]] = defaultdict(list)
    for one in ledger.written:
        stored = books.inbound.get(one.sid)
        answers = replies.get(stored.id, []) if stored is not None else []
        if stored is not None and stored.outcome == Taken.OVERTAKEN:
            account.counts["texts that something written later had overtaken, left to the desk"] += 1
            continue
        if one.is_taken and not answers:
            account.counts["lost"] += 1
            account.wrong.append(f"{one.sid} was taken and never answered: {stored and (stored.id, stored.outcome)}")
        for notice_id in answers:
            if not texts.get(notice_id):
                account.counts["lost"] += 1
                account.wrong.append(f"the answer to {one.sid} never left: {books.notices[notice_id].state}")
                continue
            if not one.is_taken:
                continue  # nobody answered for it, so it may come whenever a held cable lets it through
            came = place[id(texts[notice_id][0])]
            asked = books.notices[notice_id].created_at
            said[one.sender].append(_Answer(books.inbound[one.sid].id, came, ledger.accepted[came].at, asked))
    account.counts["people who asked"] = len(street.askers)
    _judge_order(account, said)
    if account.counts[OVERTAKEN_AT_THE_DOOR] and not _stream_was_away(street.town):
        account.wrong.append("texts overtook one another at the door, and the stream was there all the time")


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that left: to which stored text, as which of all texts, and how long after it was thought of."""

    stored: int
    place: int
    at: float
    asked: datetime

    @property
    def is_late(self) -> bool:
        """Whether it could not leave for so long that later ones were let past."""
        return self.at - self.asked.timestamp() >= IN_TURN.total_seconds()


def _judge_order(account: Account, said: dict[str, list[_Answer]]) -> None:
    """Nobody's answer overtook an earlier one, but where that is the rule; and nobody's text an earlier one."""
    for whom, answers in said.items():
        if [one.stored for one in answers] != sorted(one.stored for one in answers):
            account.counts[OVERTAKEN_AT_THE_DOOR] += 1
        in_turn = sorted(answers, key=lambda one: one.stored)
        for number, one in enumerate(in_turn):
            if any(later.place < one.place for later in in_turn[number + 1 :]):
                if one.is_late:
                    account.counts["answers that came after a later one, ten minutes late"] += 1
                else:
                    account.wrong.append(f"an answer to …{whom[-4:]} was overtaken by a later one")


async def _verify(account: Account, town: Town) -> None:
    """Let the command that staff use look at the record."""
    environment = town.environment("worker-1")
    environment = {name: value for name, value in environment.items() if not name.startswith("CHAOS_")}
    process = await asyncio.create_subprocess_exec(
        *(USHER, "audit", "verify", "--json"), env=environment, cwd=town.folder, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        account.wrong.append("usher audit verify does not accept the record")
    else:
        account.counts["events of the record, all in one chain"] = json.loads(said)["events"]


async def _under_way(town: Town) -> str:
    """Return what is not over yet, "" when all is."""
    try:
        if with_provider := await town.provider.settle():
            return f"{with_provider} errands of the provider's"
        stream = await _messages(town)
        if stream:
            return f"{stream} in the stream"
        return await town.db.read(partial(_open_in, now=town.time.now()))
    except (DBAPIError, NatsError, OSError) as error:
        return type(error).__name__


async def _messages(town: Town) -> int:
    client = await nats.connect(town.nats.url, connect_timeout=2, max_reconnect_attempts=1, error_cb=_ignore)
    try:
        streams = client.jetstream()
        dead = (await streams.stream_info(DEAD)).state.messages
        if dead:
            raise AssertionError(f"{dead} dead letters; see {town.folder}")
        return int((await streams.stream_info(STREAM)).state.messages)
    finally:
        await client.close()


def _stream_was_away(town: Town) -> bool:
    logs = [town.log(web).read_text(encoding="utf-8") for web in WEBS]
    return any('"ticket.refused"' in log and Task.TAKE_ARRIVAL.value in log for log in logs)


async def _ignore(_: Exception) -> None:
    """It is looked at again."""


def _open_in(connection: Connection, *, now: datetime) -> str:
    looks = {
        "inbound": text("SELECT count(*) FROM inbound WHERE state = 'received'"),
        "in flight": text("SELECT count(*) FROM notice WHERE state IN ('claimed', 'sending')"),
        "unknown": text("SELECT count(*) FROM delivery WHERE state IN ('sending', 'unknown')"),
        "waiting": text("SELECT count(*) FROM notice WHERE state IN ('planned', 'held') AND due_at <= :soon"),
    }
    found = {
        name: connection.execute(look, {"soon": now + SOON} if ":soon" in look.text else {}).scalar()
        for name, look in looks.items()
    }
    return ", ".join(f"{many} {name}" for name, many in found.items() if many)


def _read(connection: Connection) -> Books:
    return Books(
        notices={row.id: row for row in connection.execute(_NOTICES)},
        deliveries={row.id: row for row in connection.execute(select(delivery))},
        said=[
            (_Words(row.endpoint_id, vault_of(connection).open(row.text, deliveries.TEXT)), row.notice_id)
            for row in connection.execute(_SAID)
        ],
        inbound={row.provider_key: row for row in connection.execute(select(inbound))},
        receipts={(row.delivery_id, row.state) for row in connection.execute(select(receipt))},
        for_the_desk=set(
            connection.execute(select(task.c.person_id).where(task.c.kind == TaskKind.UNSETTLED)).scalars()
        ),
        lanes=list(connection.execute(select(lane))),
        broken_at=audit.first_broken(connection),
    )


def doubles(account: Account) -> Iterator[str]:
    """Return what was told twice."""
    return (one for one in account.wrong if " times: " in one)


_SAID = (
    select(delivery.c.endpoint_id, delivery.c.text, delivery.c.notice_id)
    .join(notice, notice.c.delivery_id == delivery.c.id)
    .where(notice.c.state.in_((NoticeState.SENT, NoticeState.DELIVERED)), delivery.c.notice_id == notice.c.id)
)
_NOTICES = (
    select(notice, hearing.c.external_id, participation.c.role)
    .outerjoin(hearing, hearing.c.id == notice.c.hearing_id)
    .outerjoin(participation, participation.c.id == notice.c.participation_id)
    .join(endpoint, endpoint.c.id == notice.c.endpoint_id)
)
