"""What is put into the stream: accepted webhooks, sealed as they came, and the clock's tickets, which are ids only."""

from base64 import b64encode
from typing import Any

import structlog
from taskiq import AsyncBroker
from taskiq.exceptions import SendTaskError
from taskiq.kicker import AsyncKicker

from bot.stream.court_stream import SUBJECT
from bot.stream.subjects import LOTS, RECEIPTS, TICK, subject_of_lot
from bot.stream.tasks import PAYLOAD, Task
from domain.clock import Clock
from storage.inbox import Arrival
from storage.vault import Vault

LOT = "stream.lot"

log = structlog.get_logger(__name__)


class Tickets:
    """Hands work to whoever is free. Each returns whether the stream has it; False: do it yourself, or say no.

    Args:
        broker: The stream.
        vault: Seals what people wrote: it lies on the stream's disk until a worker takes it.
        clock: When a webhook was accepted.
    """

    def __init__(self, broker: AsyncBroker, vault: Vault, clock: Clock) -> None:
        self._broker = broker
        self._vault = vault
        self._clock = clock

    async def take_arrival(self, arrival: Arrival) -> bool:
        """Hand on what somebody wrote; it is on the stream's disks when this returns True."""
        facts = {"source": arrival.source, "sealed": self._sealed(arrival.payload)}
        at = self._clock.now().isoformat()
        return await self._send(Task.TAKE_ARRIVAL, subject_of_lot(self._lot(arrival)), at=at, **facts)

    async def take_receipt(self, body: str, *, m: str | None) -> bool:
        """Hand on a receipt: the form as it came, and our id from its address."""
        return await self._send(Task.APPLY_RECEIPT, RECEIPTS, sealed=self._sealed(body), m=m)

    async def drain(self, lane_id: int) -> bool:
        """Let somebody look at a lane."""
        return await self._send(Task.DRAIN_LANE, f"{TICK}.{Task.DRAIN_LANE}.{lane_id}", lane_id=lane_id)

    async def tick(self, task: Task) -> bool:
        """Let somebody do a task that needs no facts."""
        return await self._send(task, f"{TICK}.{task}")

    def _lot(self, arrival: Arrival) -> int:
        who = arrival.provider_key if arrival.sender is None else arrival.sender.value
        return self._vault.digest(who, LOT)[0] % LOTS

    def _sealed(self, payload: str) -> str:
        return b64encode(self._vault.seal(payload, PAYLOAD)).decode("ascii")

    async def _send(self, task: Task, subject: str, **facts: Any) -> bool:  # noqa: ANN401 - a task's own arguments
        kicker: AsyncKicker[..., None] = AsyncKicker(task.value, self._broker, labels={SUBJECT: subject})
        try:
            await kicker.kiq(**facts)
        except SendTaskError as error:
            log.warning("ticket.refused", task=str(task), fault=type(error.__cause__).__name__)
            return False
        return True
