"""A channel without a provider, for tests, simulation and measuring: it sends at once, or as it was told to."""

from collections import deque
from itertools import count

from domain.delivery import FindOutcome, NotFound, OutgoingMessage, SendOutcome, Sent


class InMemoryChannel:
    """Sends at once unless the next outcome was scripted with `will`.

    `sent` is what really left, in order: what people have read. `tried` counts every call.
    """

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.tried = 0
        self._scripted: deque[tuple[SendOutcome, bool]] = deque()
        self._lookups: deque[FindOutcome] = deque()
        self._provider_ids: dict[int, str] = {}
        self._ids = count(1)

    @property
    def texts(self) -> list[str]:
        """The words of what was sent, in order."""
        return [message.text for message in self.sent]

    def will(self, *outcomes: SendOutcome, and_leave: bool = False) -> None:
        """Script the next outcomes, one a call. `and_leave`: the message goes out all the same, as after a timeout."""
        self._scripted.extend((outcome, and_leave) for outcome in outcomes)

    def will_find(self, *outcomes: FindOutcome) -> None:
        """Script the next look-ups, one a call; without a script `find` tells the truth."""
        self._lookups.extend(outcomes)

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Send, or do as scripted."""
        self.tried += 1
        provider_id = f"mem-{next(self._ids)}"
        outcome, leaves = self._scripted.popleft() if self._scripted else (Sent(provider_id), True)
        if leaves or isinstance(outcome, Sent):
            self.sent.append(message)
            self._provider_ids[message.id] = outcome.provider_id if isinstance(outcome, Sent) else provider_id
        return outcome

    async def find(self, message: OutgoingMessage) -> FindOutcome:
        """Say whether this message left, by its id."""
        if self._lookups:
            return self._lookups.popleft()
        provider_id = self._provider_ids.get(message.id)
        return Sent(provider_id) if provider_id else NotFound()
