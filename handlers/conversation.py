"""The conversation: what a message does, and what we answer; effect and reply are one unit of work."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from sqlalchemy import Connection

from domain.gate import LOOP_CAP, EndpointState
from domain.keywords import (
    Check,
    Choice,
    Help,
    Intent,
    Language,
    MaybeStop,
    No,
    Nothing,
    Start,
    Stop,
    StopOne,
    Thanks,
    WrongNumber,
    Yes,
    classify,
)
from domain.roles import Role
from handlers import answers, consent, languages, links, lookup
from handlers.docket import Docket
from handlers.dossier import DAY, Dossier, Dossiers
from handlers.incoming import Incoming, IncomingKind, World
from handlers.talk import Taken, Talk
from locales.texts import carrier, conversation, service
from storage import endpoints, lanes, notices
from storage.tasks import About, TaskKind

LOOP_SILENCE = timedelta(minutes=15)
TAUGHT_AT_MOST = 3
EDIT_MATTERS = timedelta(days=7)
"""So long after an answer an edited message may be meant to change it."""
LONGEST_TEXT = 2000


class Handled(NamedTuple):
    """Whose message it was, and what it was taken for."""

    endpoint_id: int
    outcome: Taken


class _Place(NamedTuple):
    """Where a message came to: the lane, and the courts that write from it."""

    lane_id: int
    court_ids: tuple[int, ...]


def answer_all(connection: Connection, messages: Sequence[Incoming], world: World, *, now: datetime) -> list[Handled]:
    """Do what messages ask for, one after the other, and put the replies in the outbox.

    No two of them are of the same sender: the later one must find all that the earlier one did.
    """
    places = _places(connection, messages, world)
    senders = [(message.sender, place.lane_id) for message, place in zip(messages, places, strict=True)]
    writers = endpoints.find_or_add_all(connection, senders, now=now)
    since = min(message.received_at for message in messages)
    dossiers = Dossiers(connection, {writer.id for writer in writers}, now=now, since=since)
    docket = _docket(connection, messages, places, world, dossiers)
    handled = []
    for message, place, writer in zip(messages, places, writers, strict=True):
        dossier = dossiers.of(writer)
        dossier.hear(lane_id=place.lane_id)
        court_id = _who_speaks(connection, dossier, place.court_ids)
        talk = Talk(
            connection=connection,
            world=world,
            message=message,
            dossier=dossier,
            docket=docket,
            lane_id=place.lane_id,
            court_ids=place.court_ids,
            court_id=court_id,
            language=world.courts[court_id].lead_language,
            now=now,
        )
        handled.append(Handled(writer.id, _take(talk)))
    dossiers.close()
    return handled


def _places(connection: Connection, messages: Sequence[Incoming], world: World) -> list[_Place]:
    known = lanes.in_use(connection)

    def place(message: Incoming) -> _Place:
        channel = message.sender.channel
        lane_id, key = lanes.come_to(known, channel, message.to)
        return _Place(lane_id, world.courts_of(key, channel))

    return [place(message) for message in messages]


def _docket(
    connection: Connection, messages: Sequence[Incoming], places: Sequence[_Place], world: World, dossiers: Dossiers
) -> Docket:
    """Return the calendar, which reads at once what all the messages will probably ask for."""

    def hearing_ids() -> set[int]:
        asked = (one.question.hearing_id for several in dossiers.asked.known() for one in several)
        return {hearing_id for hearing_id in asked if hearing_id is not None}

    texts = [(message.text, place.court_ids) for message, place in zip(messages, places, strict=True)]
    return Docket(connection, world.courts, texts, hearing_ids=hearing_ids, now=dossiers.now)


def _who_speaks(connection: Connection, dossier: Dossier, court_ids: tuple[int, ...]) -> int:
    """Return the court that spoke here last, else one that knows somebody here, else the first of the lane."""
    if len(court_ids) == 1:
        return court_ids[0]
    spoke = notices.last_to_reply(connection, endpoint_id=dossier.endpoint_id, among=court_ids)
    knows = [part.court_id for part in dossier.parts if part.court_id in court_ids]
    return spoke or next(iter(reversed(knows)), court_ids[0])


def _take(talk: Talk) -> Taken:
    """Do what a message asks for."""
    _find_language(talk)
    match talk.message.kind:
        case IncomingKind.BLOCKED:
            return consent.blocked(talk)
        case IncomingKind.UNBLOCKED:
            return consent.unblocked(talk)
        case IncomingKind.WORDLESS | IncomingKind.WRITTEN | IncomingKind.EDITED | IncomingKind.OWN_NUMBER:
            return _hear(talk)
        case _:
            assert_never(talk.message.kind)


def _find_language(talk: Talk) -> None:
    """Take the language that was chosen, else the one they write in, else the one the court has of them.

    Letters that the court's language of them is written in as well tell nothing new: a Ukrainian is no Russian.
    """
    known, written, text = talk.endpoint.language or talk.dossier.language, None, talk.message.text
    if talk.endpoint.language is None and not text.isascii():  # Latin letters are those of many
        written = languages.by_letters(text, languages.offered(talk))
    if written is not None and not languages.are_written_alike(written, known):
        talk.dossier.change(language=written)
        known = written
    talk.language = known or talk.language


def _hear(talk: Talk) -> Taken:
    """Read a message in the order that keeps people safe: STOP before all else, then who may be answered at all."""
    text = talk.message.text
    intent = _intent(talk)
    if isinstance(intent, Stop):
        return consent.stop(talk)
    if talk.endpoint.state is EndpointState.FROZEN:
        return Taken.SILENT
    consent.back_from_the_dead(talk)
    if not _is_silent(talk):
        return _consider(talk, text, intent)
    if isinstance(intent, Start) and not text.lstrip().startswith("/"):  # /start is a button that opens the chat
        return consent.start(talk)  # it counts even where nothing is answered: the gate keeps the reply back
    if isinstance(intent, Help) and not talk.dossier.count([Taken.HELPED], within=LOOP_SILENCE):
        return _help(talk)  # once: a machine may ask for help for ever, a human must get it
    return Taken.SILENT


def _intent(talk: Talk) -> Intent:
    """Return what a message means. What is a STOP to us or to the carrier is one.

    What else the carrier has recognised is what it says, for it has answered so, unless to us it may answer a question:
    a yes is START to many a carrier.
    """
    ours, theirs = classify(talk.message.text, language=talk.language), talk.message.carrier_read
    if isinstance(theirs, Stop):
        return theirs
    if theirs is None or isinstance(ours, Stop | StopOne | Yes | No | Choice):
        return ours
    return theirs


def _consider(talk: Talk, text: str, intent: Intent) -> Taken:
    """Take a message of somebody who may be answered."""
    if talk.message.kind is IncomingKind.WORDLESS:
        return _wordless(talk)
    if talk.message.kind is IncomingKind.OWN_NUMBER:
        return links.take_own_number(talk, text)
    return _edited(talk) or links.take(talk, text) or _do(talk, intent) or _answer_otherwise(talk, intent)


def _do(talk: Talk, intent: Intent) -> Taken | None:  # noqa: PLR0911 - one case an intent
    """Do what certain words ask for; None when the message is something else."""
    match intent:
        case Start():
            return consent.start(talk)
        case Help():
            return _help(talk)
        case WrongNumber():
            return consent.wrong_number(talk)
        case StopOne(subject):
            return answers.take(talk, intent) or consent.stop_one(talk, subject)
        case Language(tag):
            return answers.take(talk, intent) or (languages.choose(talk, tag) if tag else languages.ask(talk))
        case MaybeStop():
            return consent.maybe_stop(talk)
        case _:
            return answers.take(talk, intent)


def _answer_otherwise(talk: Talk, intent: Intent) -> Taken:
    """Answer what is no answer and no command: a number, a courtesy, a story."""
    if isinstance(intent, Yes) and talk.is_stopped:
        return consent.ask_to_opt_in(talk)
    found = lookup.look_up(talk, talk.message.text)
    if found is not None:
        return found
    if isinstance(intent, Thanks):
        return Taken.THANKED
    return _file(talk, intent) or _teach(talk)


def _help(talk: Talk) -> Taken:
    if not talk.carrier_replies:
        talk.say(lambda reader: carrier.help_text(reader, court=talk.face, example=talk.example), is_owed=True)
    return Taken.HELPED


def _wordless(talk: Talk) -> Taken:
    talk.say(lambda reader: service.only_words(reader, court=talk.face))
    return Taken.TAUGHT


def _edited(talk: Talk) -> Taken | None:
    """Ask about an edit that may be meant to change an answer: what is recorded never changes silently."""
    is_edit = talk.message.kind is IncomingKind.EDITED
    if not is_edit or not talk.dossier.has_answered(since=talk.now - EDIT_MATTERS):
        return None
    talk.say(lambda reader: conversation.confirm_edit(reader, court=talk.face, text=talk.message.text))
    return Taken.EDIT_ASKED


def _file(talk: Talk, intent: Intent) -> Taken | None:
    """Give the words of a known party to the desk; None for strangers, and for a mere yes, no or digit."""
    parts = [part for part in talk.dossier.parts if part.role is not Role.FOLLOWER]
    if not parts or not isinstance(intent, Nothing | MaybeStop | Check):
        return None
    whose = {part.person_id for part in parts}
    about = About(court_id=parts[-1].court_id, person_id=parts[-1].person_id if len(whose) == 1 else None)
    talk.tell_desk(TaskKind.FREE_TEXT, about, dedupe=f"inbound:{talk.message.key}", with_text=True)
    face = talk.face_of(about.court_id)
    talk.say(lambda reader: conversation.question_passed_on(reader, court=face))
    return Taken.FILED


def _teach(talk: Talk) -> Taken:
    """Say what can be sent, a few times; then fall silent and let the desk have a look."""
    if talk.dossier.count([Taken.TAUGHT], within=DAY) >= TAUGHT_AT_MOST:
        about, day = About(court_id=talk.court_id), talk.now.date()
        talk.tell_desk(TaskKind.FREE_TEXT, about, dedupe=f"{talk.endpoint.id}:{day}", with_text=True)
        return Taken.SILENT
    if len(talk.message.text) > LONGEST_TEXT:
        talk.say(lambda reader: service.too_long(reader, court=talk.face))
    else:
        talk.say(lambda reader: conversation.not_understood(reader, court=talk.face, example=talk.example))
    return Taken.TAUGHT


def _is_silent(talk: Talk) -> bool:
    """Return whether nothing is answered here now: muted, or just found to be a machine answering a machine."""
    muted_until = talk.endpoint.muted_until
    if muted_until is not None and talk.now < muted_until:
        return True
    if talk.dossier.replied_lately < LOOP_CAP:
        return False
    talk.dossier.change(muted_until=talk.now + LOOP_SILENCE)
    dedupe = f"{talk.endpoint.id}:{talk.now.isoformat(timespec='hours')}"
    talk.tell_desk(TaskKind.LOOP, About(court_id=talk.court_id), dedupe=dedupe)
    return True
