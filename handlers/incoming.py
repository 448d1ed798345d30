"""What comes in from people, whatever the channel; and the world that a conversation is held in."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.delivery import Address, ChannelName
from domain.keywords import Help, Start, Stop
from domain.letter import CourtFace
from storage import lanes
from storage.courts import Courts


class IncomingKind(StrEnum):
    """What somebody did."""

    WRITTEN = "written"
    EDITED = "edited"  # a new wording of an earlier message
    WORDLESS = "wordless"  # a picture, a voice message, a file
    OWN_NUMBER = "own_number"  # the telephone number of the chat's owner, vouched for by the app; `text` is E.164
    BLOCKED = "blocked"  # they shut our bot out
    UNBLOCKED = "unblocked"  # they let it in again


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One thing that came in.

    `key` names it for ever: replies are deduplicated by it. `received_at` is when it came to our door: what waited
    there, or failed and is tried again, is read late. `to` are the lanes' keys that it may have come to, the
    likeliest first ("sms:MG…", "sms:+1907…"); none of them known means the installation's own sender.
    `carrier_answered`: the provider has replied to this STOP, START or HELP itself; `carrier_read` is which of them it
    took the words for.
    """

    key: str
    sender: Address
    text: str = field(repr=False)
    received_at: datetime
    kind: IncomingKind = IncomingKind.WRITTEN
    to: tuple[str, ...] = ()
    carrier_answered: bool = False
    carrier_read: Stop | Start | Help | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What does not change from one message to the next.

    `carrier_answers_stop`: the SMS provider replies to STOP, START and HELP itself, so we must not.
    """

    courts: Courts
    carrier_answers_stop: bool = False
    _users: dict[tuple[str, ChannelName], tuple[int, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _faces: dict[int, CourtFace] = field(default_factory=dict, init=False, repr=False, compare=False)

    def courts_of(self, key: str, channel: ChannelName) -> tuple[int, ...]:
        """Return the ids of the courts that write from a lane; there may be a thousand to look at, so once."""
        if (key, channel) not in self._users:
            self._users[key, channel] = lanes.courts_of(key, channel, self.courts)
        return self._users[key, channel]

    def face_of(self, court_id: int) -> CourtFace:
        """Return how a court shows itself in a text."""
        if court_id not in self._faces:
            court = self.courts[court_id]
            self._faces[court_id] = CourtFace(
                name=court.name, short_name=court.short_name, address=court.address, phone=court.phone, zone=court.zone
            )
        return self._faces[court_id]
