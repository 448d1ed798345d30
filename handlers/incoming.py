"""What comes in from people, whatever the channel; and the world that a conversation is held in."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.delivery import Address
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

    `key` names it for ever: replies are deduplicated by it. `to` are the lanes' keys that it may have come to, the
    likeliest first ("sms:MG…", "sms:+1907…"); none of them known means the installation's own sender.
    `carrier_answered`: the provider has replied to this STOP, START or HELP itself.
    """

    key: str
    sender: Address
    text: str = field(repr=False)
    received_at: datetime
    kind: IncomingKind = IncomingKind.WRITTEN
    to: tuple[str, ...] = ()
    carrier_answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What does not change from one message to the next.

    `carrier_answers_stop`: the SMS provider replies to STOP, START and HELP itself, so we must not.
    """

    courts: Courts
    carrier_answers_stop: bool = False
