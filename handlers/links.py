"""Telegram's deep links and its /start: a chat is connected to the person whose token it brings, once."""

import re

from domain.consent import ConsentAction, ConsentEvent, ConsentPurpose, Evidence
from domain.delivery import Address, ChannelName
from domain.gate import EndpointState
from handlers import consent
from handlers.talk import Taken, Talk
from locales.texts import enrolment
from storage import endpoints, hearings, locks, people, start_tokens
from storage.tasks import About, TaskKind

ABOVE_SMS = 10  # the feed's links have 0; the highest is written to

_START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<token>[A-Za-z0-9_-]{1,64}))?\s*", re.IGNORECASE)


def take(talk: Talk, text: str) -> Taken | None:
    """Take /start, with a token or without; None for anything else."""
    started = _START.fullmatch(text.strip()) if talk.endpoint.channel is ChannelName.TELEGRAM else None
    if started is None:
        return None
    return _connect(talk, started["token"]) if started["token"] else _greet(talk)


def take_own_number(talk: Talk, number: str) -> Taken:
    """Connect a chat to the people whose texts go to its owner's telephone: Telegram vouches that it is theirs."""
    phone = endpoints.find(talk.connection, Address(ChannelName.SMS, number))
    owners = [] if phone is None else people.at(talk.connection, phone.id)
    if phone is None or not owners or phone.state is not EndpointState.ACTIVE:
        return _greet(talk)
    taken = Taken.REFUSED
    for owner in owners:
        if not people.is_opposed(talk.connection, endpoint_id=talk.endpoint.id, person_id=owner):
            taken = _attach(talk, owner)
    return _say_linked(talk) if taken is Taken.LINKED else _greet(talk)


def _greet(talk: Talk) -> Taken:
    """Say who we are; the button is pressed by whoever opens the chat, so it lifts no stop by itself."""
    if talk.is_stopped:
        return consent.ask_to_opt_in(talk)
    talk.say(lambda reader: enrolment.welcome(reader, court=talk.face, example=talk.example))
    return Taken.GREETED


def _connect(talk: Talk, token: str) -> Taken:
    connection, now = talk.connection, talk.now
    owner = start_tokens.find(connection, token)
    if owner is not None and owner in people.at(connection, talk.endpoint.id):
        talk.say(lambda reader: enrolment.link_done(reader, court=talk.face))
        return Taken.REPEATED
    if owner is not None and people.is_opposed(connection, endpoint_id=talk.endpoint.id, person_id=owner):
        about = About(court_id=people.court_of(connection, owner), person_id=owner)
        talk.tell_desk(TaskKind.TWO_HATS, about, dedupe=f"link:{talk.endpoint.id}:{owner}")
        owner = None
    elif owner is not None:
        owner = start_tokens.redeem(connection, token, now=now)
    if owner is None:
        talk.say(lambda reader: enrolment.link_expired(reader, court=talk.face))
        return Taken.REFUSED
    _attach(talk, owner)
    return _say_linked(talk)


def _attach(talk: Talk, person_id: int) -> Taken:
    """Write to this chat from now on, before any telephone."""
    connection = talk.connection
    locks.to_reach(connection, person_id)
    talk.court_id = people.court_of(connection, person_id)
    talk.dossier.link(person_id, source="telegram", preference=ABOVE_SMS)
    said = ConsentEvent(
        at=talk.message.received_at,
        action=ConsentAction.GRANTED,
        evidence=Evidence.TEXT,
        purpose=ConsentPurpose.HEARINGS,
        court_id=talk.court_id,
    )
    talk.dossier.add_consent(said)
    talk.replan(hearings.of_person(connection, person_id), people_ids=[person_id])
    return Taken.LINKED


def _say_linked(talk: Talk) -> Taken:
    talk.language = talk.endpoint.language or talk.dossier.language or talk.language
    if talk.is_stopped:
        return consent.ask_to_opt_in(talk)
    talk.say(lambda reader: enrolment.link_done(reader, court=talk.face))
    return Taken.LINKED
