"""What people say of our texts: STOP and START, one case, a wrong number, a bot that was blocked."""

from datetime import timedelta

from domain.case_number import fold
from domain.consent import TOO_CLOSE, ConsentAction, ConsentEvent, ConsentPurpose, Evidence, Standing
from domain.delivery import ChannelName
from domain.gate import EndpointState
from domain.hearing import Confidentiality
from domain.keywords import Start
from domain.questions import YES_NO, QuestionKind
from handlers import asking
from handlers.talk import Taken, Talk
from locales.texts import carrier, conversation, enrolment
from scheduler import consequences
from storage import notices, people, watches
from storage.audit import AuditAction, record
from storage.people import Part
from storage.tasks import About, TaskKind, open_task

OPT_IN_LASTS = timedelta(days=7)
STOPPED = "stopped"
MENU_AGAIN = timedelta(days=1)
"""Who may have meant to stop is asked once in so long: more would be the nuisance they complain of."""


def stop(talk: Talk) -> Taken:
    """End all texts to this endpoint, confirm it once, and keep it so until START."""
    was_stopped = talk.is_stopped
    _write_down(talk, ConsentAction.REVOKED, Evidence.TEXT)
    if not talk.is_stopped:
        return overtaken(talk)
    if talk.carrier_replies:
        talk.dossier.change(carrier_stopped=True)
    if was_stopped:
        _heed_everywhere(talk)
        return Taken.STOPPED
    consequences.end_waiting(talk.connection, talk.endpoint.id, reason=STOPPED, now=talk.now)
    _end_talks(talk)
    if not talk.carrier_replies:
        talk.say(lambda reader: carrier.stopped_all(reader, court=talk.face), is_owed=True)
    return Taken.STOPPED


def start(talk: Talk) -> Taken:
    """Let texts come again, plan what is still to come, and say what that is.

    Where a STOP came in the same second nobody can know which was meant to be the last: the STOP stands, and we ask.
    """
    _write_down(talk, ConsentAction.GRANTED, Evidence.TEXT)
    if talk.is_stopped:
        return _ask_to_opt_in(talk) if _came_with_a_stop(talk) else overtaken(talk)
    if talk.endpoint.carrier_stopped:
        talk.dossier.change(carrier_stopped=False)
    talk.dossier.withdraw([QuestionKind.OPT_IN])
    talk.replan_everything()
    count = len(texted_cases(talk))
    if not talk.carrier_replies:
        talk.say(lambda reader: carrier.started(reader, court=talk.face, cases=count))
    return Taken.STARTED


def ask_to_opt_in(talk: Talk) -> Taken:
    """Ask a stopped endpoint, once and clearly, whether texts are wanted again; until then nothing changes.

    Who has stopped them after writing this is not asked.
    """
    return overtaken(talk) if talk.is_overtaken else _ask_to_opt_in(talk)


def overtaken(talk: Talk) -> Taken:
    """Leave things as what was said later has made them, answer nothing, and tell the desk of what we read so late."""
    met = people.at(talk.connection, talk.endpoint.id)
    about = About(court_id=talk.court_id, person_id=met[0] if len(met) == 1 else None)
    cause = f"inbound:{talk.message.key}"
    talk.tell_desk(TaskKind.OVERTAKEN, about, dedupe=cause, with_text=bool(talk.message.text))
    return Taken.OVERTAKEN


def _ask_to_opt_in(talk: Talk) -> Taken:
    if talk.endpoint.carrier_stopped:
        talk.dossier.change(carrier_stopped=False)  # to a carrier a yes is as good as START; to us it is not
    talk.ask(QuestionKind.OPT_IN, YES_NO, lasts=OPT_IN_LASTS)
    talk.say(lambda reader: enrolment.opt_in_question(reader, court=talk.face))
    return Taken.ASKED_AGAIN


def opt_in(talk: Talk, *, court_id: int) -> Taken:
    """Take a yes to the question whether texts are wanted: of a stopped endpoint it undoes the stop."""
    if talk.is_stopped:
        return start(talk)
    _write_down(talk, ConsentAction.GRANTED, Evidence.TEXT, purpose=ConsentPurpose.HEARINGS, court_id=court_id)
    if talk.stands(court_id=court_id, case_id=None) is Standing.REVOKED:
        return overtaken(talk)
    talk.replan_everything()
    talk.say(lambda reader: enrolment.opted_in(reader, court=talk.face_of(court_id)))
    return Taken.ANSWERED


def opt_out(talk: Talk, *, court_id: int) -> Taken:
    """Take a no to that question; of a stopped endpoint it is the same STOP once more."""
    if talk.is_stopped:
        _write_down(talk, ConsentAction.REVOKED, Evidence.TEXT)
        _heed_everywhere(talk)
        return Taken.DECLINED
    _write_down(talk, ConsentAction.REVOKED, Evidence.TEXT, purpose=ConsentPurpose.HEARINGS, court_id=court_id)
    if talk.stands(court_id=court_id, case_id=None) is not Standing.REVOKED:
        return overtaken(talk)
    talk.replan_everything()
    talk.say(lambda reader: carrier.stopped_all(reader, court=talk.face_of(court_id)))
    return Taken.DECLINED


def stop_one(talk: Talk, subject: str) -> Taken:
    """Read "STOP 2" by the order in which we list cases, and "STOP <number>" by its number."""
    parts = texted_cases(talk)
    chosen = [part for place, part in enumerate(parts, start=1) if subject in (str(place), fold(part.number))]
    if not chosen:
        talk.say(lambda reader: carrier.no_such_case_to_stop(reader, court=talk.face))
        return Taken.ASKED_AGAIN
    return stop_case(talk, chosen[0].case_id)


def stop_case(talk: Talk, case_id: int) -> Taken:
    """End the texts about one case and say for which ones they go on.

    One that is not texted about here any more, since the court has another number for its party, stays stopped here,
    and is not named to whoever reads this.
    """
    ended = next((part for part in talk.dossier.parts if part.case_id == case_id), None)
    if ended is None:
        court_id = talk.docket.case(case_id).court_id
        _write_down(talk, ConsentAction.REVOKED, Evidence.TEXT, court_id=court_id, case_id=case_id)
        talk.say(lambda reader: carrier.no_such_case_to_stop(reader, court=talk.face))
        return Taken.STOPPED_ONE
    _write_down(talk, ConsentAction.REVOKED, Evidence.TEXT, court_id=ended.court_id, case_id=case_id)
    if talk.stands(court_id=ended.court_id, case_id=case_id) is not Standing.REVOKED:
        return overtaken(talk)
    talk.dossier.withdraw([QuestionKind.STOP_WHICH])
    talk.dossier.withdraw_about(case_id=case_id)
    talk.replan_everything()
    rest = [part.number for part in texted_cases(talk)]
    face = talk.face_of(ended.court_id)
    number = ended.number if asking.is_named_to(talk, case_id, role=ended.role) else None
    talk.say(lambda reader: carrier.stopped_one(reader, court=face, case_number=number, remaining=rest))
    return Taken.STOPPED_ONE


def maybe_stop(talk: Talk) -> Taken | None:
    """Ask who may have meant to opt out what they want to stop; None when they were asked lately."""
    parts = texted_cases(talk)
    if not parts or talk.dossier.was_asked(QuestionKind.STOP_WHICH, since=talk.now - MENU_AGAIN):
        return None
    asking.ask_to_stop(talk, parts)
    return Taken.ASKED_WHICH


def wrong_number(talk: Talk) -> Taken:
    """Believe whoever says that we mean somebody else: no more texts, no more links, and the desk is told.

    Whom we meant is written to at another address of theirs, if they have one that agreed.
    """
    met = people.at(talk.connection, talk.endpoint.id)
    was_stopped = talk.is_stopped
    _write_down(talk, ConsentAction.REVOKED, Evidence.TEXT)
    if not talk.is_stopped:
        return overtaken(talk)
    meant = people.hearings_at(talk.connection, talk.endpoint.id)
    _end_everything(talk)
    talk.dossier.unlink()
    talk.replan(meant, people_ids=met)
    for person_id in met:
        about = About(court_id=people.court_of(talk.connection, person_id), person_id=person_id)
        talk.tell_desk(TaskKind.WRONG_NUMBER, about, dedupe=f"{talk.endpoint.id}:{person_id}")
    if not was_stopped:
        talk.say(lambda reader: conversation.wrong_number(reader, court=talk.face))
    return Taken.WRONG_NUMBER


def blocked(talk: Talk) -> Taken:
    """Take a bot that was blocked as a stop; people with another way to be reached are written to there."""
    _write_down(talk, ConsentAction.REVOKED, Evidence.CARRIER)
    if not talk.is_stopped:
        return overtaken(talk)
    talk.dossier.change(carrier_stopped=True)
    if talk.endpoint.state is not EndpointState.FROZEN:
        talk.dossier.change(state=EndpointState.DEAD)
    _end_everything(talk)
    talk.replan_everything()
    for person_id in people.at(talk.connection, talk.endpoint.id):
        about = About(court_id=people.court_of(talk.connection, person_id), person_id=person_id)
        cause = f"{talk.endpoint.id}:{person_id}"
        open_task(talk.connection, TaskKind.UNREACHABLE, about, dedupe=cause, now=talk.now, since=talk.now)
    return Taken.BLOCKED


def unblocked(talk: Talk) -> Taken:
    """Note that the bot may write again, if nothing newer is known. What a STOP has ended only START brings back."""
    if talk.is_overtaken:
        return Taken.UNBLOCKED
    talk.dossier.change(carrier_stopped=False)
    if talk.endpoint.state is EndpointState.DEAD:
        talk.dossier.change(state=EndpointState.ACTIVE)
    _plan_for_who_is_back(talk)
    return Taken.UNBLOCKED


def back_from_the_dead(talk: Talk) -> None:
    """See that an endpoint thought dead, or a chat that had shut us out, writes: it can be reached.

    So can a phone whose carrier took this for START, whatever it is to us.
    """
    was_dead = talk.endpoint.state is EndpointState.DEAD
    lets_in = talk.endpoint.channel is ChannelName.TELEGRAM or isinstance(talk.message.carrier_read, Start)
    was_shut = talk.endpoint.carrier_stopped and lets_in
    if not (was_dead or was_shut) or talk.is_overtaken:
        return
    if was_dead:
        talk.dossier.change(state=EndpointState.ACTIVE)
    if was_shut:
        talk.dossier.change(carrier_stopped=False)
    _plan_for_who_is_back(talk)


def _plan_for_who_is_back(talk: Talk) -> None:
    """Plan anew what ended while nobody could be reached here; a stop stays a stop."""
    if not talk.is_stopped:
        talk.replan_everything()


def texted_cases(talk: Talk) -> list[Part]:
    """Return the cases that texts come to this endpoint for, in the order in which they are listed to people."""
    cases = {part.case_id: part for part in reversed(talk.dossier.parts)}
    return [
        part
        for part in reversed(cases.values())
        if part.court_id in talk.court_ids
        and part.confidentiality is not Confidentiality.SEALED
        and talk.stands(court_id=part.court_id, case_id=part.case_id) is not Standing.REVOKED
    ]


def _came_with_a_stop(talk: Talk) -> bool:
    """Whether the last STOP came so close to this message that their order tells nothing."""
    stops = [event.at for event in talk.dossier.said if event.is_whole and event.action is ConsentAction.REVOKED]
    return bool(stops) and abs(max(stops) - talk.message.received_at) < TOO_CLOSE


def _heed_everywhere(talk: Talk) -> None:
    """End what goes to a phone because this chat was shut, by a block or by who had it before: now they say no here."""
    if talk.endpoint.channel is ChannelName.TELEGRAM:
        talk.replan_everything()


def _end_everything(talk: Talk) -> None:
    notices.drop_waiting(talk.connection, endpoint_id=talk.endpoint.id, reason=STOPPED, now=talk.now)
    _end_talks(talk)


def _end_talks(talk: Talk) -> None:
    talk.dossier.withdraw(QuestionKind)
    watches.close_all(talk.connection, talk.endpoint.id)


def _write_down(
    talk: Talk,
    action: ConsentAction,
    evidence: Evidence,
    *,
    purpose: ConsentPurpose | None = None,
    court_id: int | None = None,
    case_id: int | None = None,
) -> None:
    event = ConsentEvent(
        at=talk.message.received_at,
        action=action,
        evidence=evidence,
        purpose=purpose,
        court_id=court_id,
        case_id=case_id,
    )
    talk.dossier.add_consent(event)
    facts = {"endpoint": talk.endpoint.id, "action": action, "evidence": evidence, "case": case_id, "court": court_id}
    actor = f"endpoint:{talk.endpoint.id}"
    record(talk.connection, AuditAction.CONSENT_CHANGED, actor=actor, facts=facts, now=talk.now)
