"""One turn of a conversation: who writes, to which court, in what language, and how to answer them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from domain.consent import ConsentPurpose, Standing, standing
from domain.court import Court
from domain.delivery import ChannelName
from domain.letter import CourtFace
from domain.notice import OWED
from domain.questions import QuestionKind
from domain.sms import measure, plain_for_sms
from handlers.docket import Docket
from handlers.dossier import Dossier
from handlers.incoming import Incoming, World
from locales.errors import UntranslatedError
from locales.reader import Reader, in_english, reader, strict
from locales.texts.languages import with_interpreter
from scheduler.planner import replan
from scheduler.wording import names_zone_to
from storage import people
from storage.endpoints import Endpoint
from storage.notices import Reply, Target
from storage.questions import Asking
from storage.tasks import About, TaskKind, open_task

REPLY_LASTS = timedelta(hours=24)
MOST_SEGMENTS = 6
"""Of one reply by SMS, where it can be made shorter: three hearings in Russian, six in English."""

Saying = Callable[[Reader], str]


class Taken(StrEnum):
    """What a message was taken for: kept with it, counted, and shown to staff."""

    STOPPED = "stopped"
    STOPPED_ONE = "stopped_one"
    STARTED = "started"
    HELPED = "helped"
    WRONG_NUMBER = "wrong_number"
    ANSWERED = "answered"
    ASKED_WHICH = "asked_which"
    ASKED_AGAIN = "asked_again"
    TOO_LATE = "too_late"
    REPEATED = "repeated"
    LANGUAGE = "language"
    FOUND = "found"
    MISSED = "missed"
    SLOWED = "slowed"
    REFUSED = "refused"
    SUBSCRIBED = "subscribed"
    DECLINED = "declined"
    WATCHING = "watching"
    THANKED = "thanked"
    FILED = "filed"
    TAUGHT = "taught"
    SILENT = "silent"
    LINKED = "linked"
    GREETED = "greeted"
    EDIT_ASKED = "edit_asked"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    OVERTAKEN = "overtaken"


@dataclass(slots=True, kw_only=True)
class Talk:
    """A message, its writer, and what is needed to answer.

    `court_ids` are the courts that write from the lane it came to; `court_id` is the one that speaks. What is known
    of the writer is in the `dossier`, and what is changed of it goes through there; the calendar is the `docket`.
    """

    connection: Connection = field(repr=False)
    world: World = field(repr=False)
    message: Incoming
    dossier: Dossier = field(repr=False)
    docket: Docket = field(repr=False)
    lane_id: int
    court_ids: tuple[int, ...]
    court_id: int
    language: str
    now: datetime
    replies: int = 0

    @property
    def endpoint(self) -> Endpoint:
        """Where it came from, as it is now."""
        return self.dossier.endpoint

    @property
    def court(self) -> Court:
        """The court that speaks."""
        return self.world.courts[self.court_id]

    @property
    def face(self) -> CourtFace:
        """How that court shows itself."""
        return self.face_of(self.court_id)

    @property
    def example(self) -> str:
        """A number as that court writes them, to teach with."""
        return self.court.example_number or "CR-2026-000101"

    @property
    def carrier_replies(self) -> bool:
        """Whether the provider itself answers STOP, START and HELP here, so that we must not."""
        by_sms = self.endpoint.channel is ChannelName.SMS
        return by_sms and (self.world.carrier_answers_stop or self.message.carrier_answered)

    @property
    def is_stopped(self) -> bool:
        """Whether a STOP of all texts is in force."""
        return self.stands(court_id=None, case_id=None) is Standing.REVOKED

    @property
    def is_overtaken(self) -> bool:
        """Whether STOP, START or the like was said here after this message, which is read late."""
        later = (event for event in self.dossier.said if event.at > self.message.received_at)
        return any(event.is_whole and event.evidence.is_own_word for event in later)

    def face_of(self, court_id: int) -> CourtFace:
        """Return how a court shows itself."""
        return self.world.face_of(court_id)

    def stands(self, *, court_id: int | None, case_id: int | None) -> Standing:
        """Return where the endpoint stands on hearings, of one case or in general."""
        return standing(self.dossier.said, purpose=ConsentPurpose.HEARINGS, case_id=case_id, court_id=court_id)

    def say(self, saying: Saying, *, is_owed: bool = False) -> None:
        """Put a reply into the outbox, in the reader's language: with its effect or not at all.

        `is_owed`: it answers STOP or HELP, and leaves however many replies there were.
        """
        names_zone = names_zone_to(self.message.sender, self.court)
        text = in_words(saying, reader(self.language, names_zone=names_zone), phone=self.court.phone)
        if self.endpoint.channel is ChannelName.SMS:
            text = plain_for_sms(text)
        target = Target(endpoint_id=self.endpoint.id, lane_id=self.lane_id, court_id=self.court_id)
        key = f"reply:{self.message.key}:{self.replies}{OWED if is_owed else ''}"
        self.dossier.reply(Reply(target, text, dedupe_key=key, expires_at=self.now + REPLY_LASTS))
        self.replies += 1

    def ask(
        self,
        kind: QuestionKind,
        options: tuple[str, ...],
        *,
        lasts: timedelta,
        instead_of: Iterable[QuestionKind] = (),
        court_id: int | None = None,
        case_id: int | None = None,
        subject: str | None = None,
        kept: str | None = None,
    ) -> None:
        """Put on record that this turn asks something, in the place of an open question of its kind or of others."""
        self.dossier.withdraw((kind, *instead_of))
        asking = Asking(
            endpoint_id=self.endpoint.id,
            court_id=self.court_id if court_id is None else court_id,
            lane_id=self.lane_id,
            kind=kind,
            options=options,
            case_id=case_id,
            subject=subject,
            kept=kept,
            expires_at=self.now + lasts,
        )
        self.dossier.ask(asking, at=self.now)

    def replan(self, hearing_ids: Iterable[int], *, people_ids: Collection[int]) -> None:
        """Let these people's notices of some hearings be what they should be now; what others get is not touched."""
        self.dossier.write_down()
        replan(self.connection, hearing_ids, courts=self.world.courts, now=self.now, only=people_ids)

    def replan_everything(self) -> None:
        """Let what everybody here is to be told, of every hearing of theirs, be what it should be now."""
        here = people.at(self.connection, self.endpoint.id)
        self.replan(people.hearings_at(self.connection, self.endpoint.id), people_ids=here)

    def fits(self, text: str) -> bool:
        """Return whether a text is short enough to be sent as one: what a carrier bills for more is the court's."""
        return self.endpoint.channel is not ChannelName.SMS or measure(plain_for_sms(text)).count <= MOST_SEGMENTS

    def tell_desk(self, kind: TaskKind, about: About, *, dedupe: str, with_text: bool = False) -> None:
        """Put work on the desk's list, with the message's words where a human must read them."""
        note = self.message.text if with_text else None
        open_task(self.connection, kind, about, dedupe=dedupe, now=self.now, note=note)


def in_words(saying: Saying, whom: Reader, *, phone: str) -> str:
    """Say something to a reader; where a sentence is missing, all of it in English, never half and half."""
    try:
        speaker = strict(whom)
        text = saying(speaker)
    except UntranslatedError:
        speaker = in_english(whom)
        text = saying(speaker)
    return with_interpreter(speaker, text, phone=phone)
