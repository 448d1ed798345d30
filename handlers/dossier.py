"""Dossiers: what is known of each endpoint that writes, and what is written down of it, for a whole turn at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from domain.consent import ConsentEvent
from domain.gate import LOOP_WINDOW
from domain.questions import QuestionKind
from handlers.facts import Facts
from storage import consents, endpoints, inbox, notices, people, questions
from storage.endpoints import Endpoint
from storage.notices import Reply
from storage.people import Part
from storage.questions import Asked, Asking, Invitation

DAY = timedelta(days=1)
INVITED_LATELY = timedelta(days=60)


class Dossiers:
    """The dossiers of the endpoints that write in one turn; each has one message in it.

    What one of them reads is read for all; what is only to be kept (replies, new questions) is written for all, at
    the latest by `close`. Nobody can tell it from one after the other: what a message changes is its own endpoint's,
    but for the people whom endpoints share, who are then read anew by all; and whatever might look for what was kept
    back is preceded by its writing.

    Args:
        connection: Of the unit of work.
        endpoint_ids: Who writes.
        now: The instant of the turn.
        since: When the first of the messages came: what could be answered then can be answered still.
    """

    def __init__(
        self, connection: Connection, endpoint_ids: Collection[int], *, now: datetime, since: datetime
    ) -> None:
        def keys() -> Collection[int]:
            return endpoint_ids

        self.connection = connection
        self.now = now
        self._since = since
        self.tray = _Tray(connection)
        self.present = Facts(partial(people.present, connection), keys)
        self.said = Facts(self._read_consents, keys)
        self.asked = Facts(self._read_questions, keys)
        self.answered = Facts(partial(questions.last_answered, connection), keys)
        self.invitations = Facts(self._read_invitations, keys)
        self.outcomes = Facts(partial(inbox.outcomes_of, connection, since=now - DAY), keys)
        self.replied = Facts(partial(notices.count_replies, connection, since=now - LOOP_WINDOW), keys)

    def of(self, endpoint: Endpoint) -> "Dossier":
        """Return one endpoint's dossier."""
        return Dossier(endpoint, self)

    def close(self) -> None:
        """Write down what was kept back."""
        self.tray.write_questions()
        self.tray.write_the_rest(now=self.now)

    def _read_consents(self, endpoint_ids: Collection[int]) -> Mapping[int, list[ConsentEvent]]:
        said = consents.of_endpoints(self.connection, endpoint_ids)
        return {endpoint_id: said.get(endpoint_id, []) for endpoint_id in endpoint_ids}

    def _read_questions(self, endpoint_ids: Collection[int]) -> Mapping[int, list[Asked]]:
        self.tray.write_questions()
        return questions.open_of(self.connection, endpoint_ids, now=self._since)

    def _read_invitations(self, endpoint_ids: Collection[int]) -> Mapping[int, list[Invitation]]:
        self.tray.write_questions()
        return questions.unasked_invitations(self.connection, endpoint_ids, since=self.now - INVITED_LATELY)


class _Tray:
    """What waits to be written, collected so that each table is written once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._heard: list[int] = []
        self._replies: list[Reply] = []
        self._withdrawn: dict[frozenset[QuestionKind], set[int]] = defaultdict(set)
        self._asked: dict[int, list[tuple[Asking, datetime]]] = defaultdict(list)

    def hear(self, endpoint_id: int) -> None:
        """Keep in mind who has written."""
        self._heard.append(endpoint_id)

    def reply(self, reply: Reply) -> None:
        """Keep a reply for the outbox."""
        self._replies.append(reply)

    def ask(self, asking: Asking, *, at: datetime) -> None:
        """Keep a question for the ledger."""
        self._asked[asking.endpoint_id].append((asking, at))

    def withdraw(self, endpoint_id: int, kinds: Iterable[QuestionKind]) -> None:
        """Keep in mind what is to be taken back, before anything that is asked later."""
        if endpoint_id in self._asked:
            self.write_questions()
        self._withdrawn[frozenset(kinds)].add(endpoint_id)

    def write_questions(self) -> None:
        """Write down what was taken back, then what was asked."""
        for kinds, endpoint_ids in self._withdrawn.items():
            questions.withdraw_all(self._connection, endpoint_ids, kinds)
        questions.ask_all(self._connection, (one for asked in self._asked.values() for one in asked))
        self._withdrawn.clear()
        self._asked.clear()

    def write_the_rest(self, *, now: datetime) -> None:
        """Note who has written, and put the replies into the outbox in their order."""
        endpoints.heard(self._connection, self._heard, now=now)
        self._heard.clear()
        notices.add_replies(self._connection, self._replies, now=now)
        self._replies.clear()


@dataclass(slots=True)
class Dossier:
    """What is known of one endpoint. Its rows are read and changed through here only, so that both agree."""

    endpoint: Endpoint  # as it is now
    _shared: Dossiers

    @property
    def endpoint_id(self) -> int:
        """The endpoint's id, which never changes."""
        return self.endpoint.id

    @property
    def parts(self) -> list[Part]:
        """Every part that people here have in cases, oldest first: the order of "STOP 2"."""
        return self._shared.present.of(self.endpoint_id).parts

    @property
    def language(self) -> str | None:
        """The language of the people here, if all who have one have the same."""
        return self._shared.present.of(self.endpoint_id).language

    @property
    def said(self) -> list[ConsentEvent]:
        """What was said of being written to here, oldest first."""
        return self._shared.said.of(self.endpoint_id)

    @property
    def asked(self) -> list[Asked]:
        """What was asked and not answered, oldest first, with what lately became too late to answer."""
        return self._shared.asked.of(self.endpoint_id)

    @property
    def invitations(self) -> list[Invitation]:
        """The invitations that left lately and whose question is on no record."""
        return self._shared.invitations.of(self.endpoint_id)

    @property
    def replied_lately(self) -> int:
        """How many replies were made within LOOP_WINDOW, those of this message not counted."""
        return self._shared.replied.of(self.endpoint_id)

    def has_answered(self, *, since: datetime) -> bool:
        """Return whether anything was answered after an instant."""
        last = self._shared.answered.of(self.endpoint_id)
        return last is not None and last > since

    def was_asked(self, kind: QuestionKind, *, since: datetime) -> bool:
        """Return whether this was asked after an instant, answered or not."""
        self._shared.tray.write_questions()
        return questions.asked_since(self._shared.connection, self.endpoint_id, kind, since=since)

    def count(self, outcomes: Collection[str], *, within: timedelta) -> int:
        """Return how many messages of the last `within`, a day at most, were taken for one of `outcomes`."""
        since = self._shared.now - within
        found = self._shared.outcomes.of(self.endpoint_id)
        return sum(outcome in outcomes and received_at > since for outcome, received_at in found)

    def hear(self, *, lane_id: int) -> None:
        """Note that somebody has written from here; who has no lane yet is written to from that one from now on."""
        self._shared.tray.hear(self.endpoint_id)
        if self.endpoint.lane_id is None:
            self.change(lane_id=lane_id)

    def change(self, **values: object) -> None:
        """Set columns of the endpoint."""
        endpoints.change(self._shared.connection, self.endpoint_id, **values)
        self.endpoint = endpoints.get(self._shared.connection, self.endpoint_id)

    def reply(self, reply: Reply) -> None:
        """Let a reply be put into the outbox."""
        self._shared.tray.reply(reply)

    def ask(self, asking: Asking, *, at: datetime) -> None:
        """Put a question on record."""
        self._shared.tray.ask(asking, at=at)
        self._forget_questions()

    def withdraw(self, kinds: Iterable[QuestionKind]) -> None:
        """Take back what is open of these kinds."""
        self._shared.tray.withdraw(self.endpoint_id, kinds)
        self._forget_questions()

    def withdraw_one(self, question_id: int) -> None:
        """Take back one question, if it is still open."""
        self._shared.tray.write_questions()
        questions.withdraw_one(self._shared.connection, question_id)
        self._forget_questions()

    def withdraw_about(self, *, case_id: int) -> None:
        """Take back what is open about one case or its hearings."""
        self._shared.tray.write_questions()
        questions.withdraw_about(self._shared.connection, self.endpoint_id, case_id=case_id)
        self._forget_questions()

    def answer(self, question_id: int, option: str) -> bool:
        """Record the answer to a question; return False when it has one already."""
        self._shared.tray.write_questions()
        is_taken = questions.answer(self._shared.connection, question_id, option, now=self._shared.now)
        self._forget_questions()
        self._shared.answered.forget(self.endpoint_id)
        return is_taken

    def add_consent(self, event: ConsentEvent) -> None:
        """Write down what was said of being written to here."""
        consents.add(self._shared.connection, self.endpoint_id, event)
        self._shared.said.forget(self.endpoint_id)

    def link(self, person_id: int, *, source: str, preference: int) -> None:
        """Say that a person can be reached here."""
        endpoints.link(
            self._shared.connection,
            person_id=person_id,
            endpoint_id=self.endpoint_id,
            source=source,
            preference=preference,
            now=self._shared.now,
        )
        self.meet_people_anew()

    def unlink(self) -> None:
        """Say that this is no way to any of the people that it was linked to."""
        endpoints.unlink(self._shared.connection, endpoint_id=self.endpoint_id, now=self._shared.now)
        self.meet_people_anew()

    def meet_people_anew(self) -> None:
        """Forget who is where and what parts they have: people whom several endpoints share have changed."""
        self._shared.present.forget_all()

    def write_down(self) -> None:
        """Write what was kept back: something will look for it that does not ask here."""
        self._shared.close()

    def _forget_questions(self) -> None:
        self._shared.asked.forget(self.endpoint_id)
        self._shared.invitations.forget(self.endpoint_id)
