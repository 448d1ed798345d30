"""What one person should be told about one hearing, and when: the policy of reminders, changes and recovery."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter, itemgetter

from domain.consent import Standing
from domain.court import Court, Enrolment, ReminderRule
from domain.hearing import Appearance, ChangeKind, HearingStatus, Outcome, changes_between
from domain.hearing_view import HearingView, Told
from domain.notice import ANYBODY, NoticeKind, NoticePlan, Priority, Purpose, Whose
from domain.quiet_hours import cannot_wait, next_open, quiet_until, spread
from domain.reminder_rules import CALLED_UPON
from domain.situation import Situation
from domain.wall_clock import at_wall_time, local_day

DOORS = timedelta(minutes=30)
"""A text that sends people to court is no use later than this before the start."""
BREATH = timedelta(hours=12)
"""No reminder follows the first text about a hearing sooner than this: it would say the same again."""
URGENT_WITHIN = timedelta(hours=48)
ROOM_URGENT_WITHIN = timedelta(days=1)
RECOVERY_AT = time(10, 0)
RECOVERY_LASTS = timedelta(days=7)
SATURDAY = 5
ENOUGH_LOST = 6
"""A key has room for so many endpoints; who has lost more is known by the newest."""


def plan_notices(view: HearingView, *, court: Court, now: datetime) -> list[NoticePlan]:
    """Lay out every notice that should exist from `now` on, earliest first; what has left is not in it.

    Without an answer to the opt-in there is only the invitation, after a stop there is nothing new. A reminder that
    was due before `now` is never made up for, unless it is in `view.waiting`: it was planned in time and may still
    leave. Where a key is already waiting, its row's own `due_at` stands for notices that are due "now".

    Raises:
        ValueError: If `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware")

    def opens(instant: datetime, seed: str) -> datetime:
        return next_open(instant, court.quiet, court.zone, seed=seed)

    whose = Whose(str(view.hearing_id), str(view.participation_id), str(view.person_id))
    return _Planning(view, whose, court, now.astimezone(UTC), opens).lay_out()


@dataclass(frozen=True, slots=True)
class CommonPlan:
    """What everybody in one situation gets: their notices differ in ids alone, which are blank (`notice.ANYBODY`).

    `spread` is the one of them that quiet hours spread: it is due when they end, and each leaves at their own turn.
    """

    notices: tuple[NoticePlan, ...]
    spread: NoticePlan | None = None

    def own_turn(self, whose: Whose, court: Court) -> datetime | None:
        """Return when somebody's notice leaves that is spread; None where none is."""
        if self.spread is None:
            return None
        seed = (self.spread.bundle_key or self.spread.dedupe_key).format(**whose._asdict())
        return spread(self.spread.due_at, court.quiet, court.zone, seed=seed)


def long_before(now: datetime) -> datetime:
    """Return since when, at the latest, somebody must know of a hearing whose reminders need keep no distance."""
    return now - BREATH


def plan_for_all_in(situation: Situation, *, court: Court, now: datetime) -> CommonPlan | None:
    """Lay out what everybody in a situation gets: what `plan_notices` says of each of them.

    None where quiet hours would give people different notices, or spread several: then each is planned alone.
    """
    anybody = situation.view(long_ago=long_before(now))
    ends: set[datetime] = set()

    def lay_out(last: timedelta) -> list[NoticePlan]:
        def opens(instant: datetime, _seed: str) -> datetime:
            end = quiet_until(instant, court.quiet, court.zone)
            if end is None:
                return instant
            ends.add(end)
            return end + last

        return _Planning(anybody, ANYBODY, court, now.astimezone(UTC), opens).lay_out()

    first = lay_out(timedelta(0))
    if not ends:
        return CommonPlan(tuple(first))
    last = lay_out(court.quiet.jitter)  # nobody's turn is before the first or after the last
    if [replace(plan, due_at=now) for plan in first] != [replace(plan, due_at=now) for plan in last]:
        return None
    turns = [plan for plan, later in zip(first, last, strict=True) if plan.due_at != later.due_at]
    return CommonPlan(tuple(first), turns[0] if turns else None) if len(turns) <= 1 else None


@dataclass(frozen=True, slots=True)
class _Planning:
    """The working of `plan_notices`, with what every step needs at hand."""

    view: HearingView
    whose: Whose
    court: Court
    now: datetime
    opens: Callable[[datetime, str], datetime]
    """Says when an instant is open to whom a seed stands for."""

    @property
    def day(self) -> date:
        """The hearing's, on the court's calendar."""
        return local_day(self.view.appearance.starts_at, self.court.zone)

    def lay_out(self) -> list[NoticePlan]:
        """Return all that should exist, earliest first."""
        match self.view.standing:
            case Standing.REVOKED:
                return []
            case Standing.PENDING:
                return list(self.invitation())
            case Standing.GRANTED:
                coming = self.reminders()
                return sorted((*self.news(coming), *coming, *self.recovery()), key=attrgetter("due_at"))

    def invitation(self) -> Iterator[NoticePlan]:
        """Plan the opt-in court's one neutral question; a person gets it once at each endpoint, whatever follows."""
        starts_at = self.view.appearance.starts_at
        if self.court.enrolment is not Enrolment.OPT_IN or not self._is_ahead():
            return
        key = self._invitation_key()
        if (due_at := self._open(self.now, seed=key)) < starts_at:
            yield NoticePlan(
                dedupe_key=key,
                kind=NoticeKind.INVITATION,
                priority=Priority.OTHER,
                due_at=due_at,
                expires_at=starts_at,
                bundle_key=key,
            )

    def news(self, coming: Sequence[NoticePlan]) -> Iterator[NoticePlan]:
        """Plan what tells the hearing as it is: that it is set, all at short notice, or what has changed."""
        told = self.view.told
        if told is None:
            yield from self._introduction(coming)
        elif told.revision < self.view.revision:
            yield from self._change(told)

    def reminders(self) -> list[NoticePlan]:
        """Plan the touches of the court's policy that are still to come."""
        if not self._is_ahead():
            return []
        quiet_before = self._introduced_at() + BREATH
        return [plan for plan in self._touches() if plan.due_at >= quiet_before]

    def recovery(self) -> Iterator[NoticePlan]:
        """Plan the text after a miss, on the next working day at ten."""
        view = self.view
        missed = view.appearance.status is HearingStatus.HELD and view.outcome is Outcome.DID_NOT_APPEAR
        if not (missed and view.missed_at and self.court.recovery and view.role in CALLED_UPON):
            return
        day = _next_working_day(local_day(view.missed_at, self.court.zone))
        planned = at_wall_time(day, RECOVERY_AT, self.court.zone)
        key = f"recovery:{self.whose.hearing}:{self.whose.participation}"
        due_at = self._open(max(planned, self.now), seed=key)
        if due_at < (expires_at := planned + RECOVERY_LASTS):
            yield NoticePlan(
                dedupe_key=key,
                kind=NoticeKind.RECOVERY,
                priority=Priority.REMINDER,
                due_at=due_at,
                expires_at=expires_at,
            )

    def _introduction(self, coming: Sequence[NoticePlan]) -> Iterator[NoticePlan]:
        if not self._is_ahead():
            return
        if not coming and self._rules():
            yield from self._short_notice()
        elif self._is_introduced():
            bundle = self._bundle(Purpose.SET)
            due_at = self._open(self.now, seed=bundle)
            doors = self.view.appearance.starts_at - DOORS
            expires_at = min([doors, *(plan.due_at for plan in coming)])
            if due_at < expires_at:
                yield NoticePlan(
                    dedupe_key=f"set:{self.whose.hearing}:{self.whose.participation}{self._anew()}",
                    kind=NoticeKind.HEARING_SET,
                    priority=Priority.REMINDER,
                    due_at=due_at,
                    expires_at=expires_at,
                    purpose=Purpose.SET,
                    bundle_key=bundle,
                )

    def _short_notice(self) -> Iterator[NoticePlan]:
        starts_at = self.view.appearance.starts_at
        bundle = self._bundle(None)
        due_at = self._soon(needed_by=starts_at, seed=bundle)
        if due_at < starts_at - DOORS:
            yield NoticePlan(
                dedupe_key=self._key("short") + self._anew(),
                kind=NoticeKind.SHORT_NOTICE,
                priority=Priority.URGENT,
                due_at=due_at,
                expires_at=starts_at - DOORS,
                asks_attendance=any(rule.asks_attendance for rule in self._rules()),
                bundle_key=bundle,
            )

    def _change(self, told: Told) -> Iterator[NoticePlan]:
        """Plan the notice of a change against what this person was told, not against the last revision.

        Who was told nothing else in between and is back at what they know hears nothing.
        """
        appearance = self.view.appearance
        changed = changes_between(told.appearance, appearance)
        if not changed:
            return
        cancelled = ChangeKind.CANCELLED in changed
        matters_until = told.appearance.starts_at if cancelled else appearance.starts_at
        urgent = self._is_urgent(told.appearance, changed)
        key = self._key("change") + self._anew()
        needed_by = _next_after(self.now, told.appearance, appearance)
        due_at = self._soon(needed_by=needed_by, seed=key) if urgent and needed_by else self._open(self.now, seed=key)
        if due_at < matters_until:
            yield NoticePlan(
                dedupe_key=key,
                kind=_kind_of_change(told, cancelled=cancelled),
                priority=Priority.URGENT if urgent else Priority.REMINDER,
                due_at=due_at,
                expires_at=matters_until,
                changed=changed,
                told_revision=told.revision,
            )

    def _touches(self) -> Iterator[NoticePlan]:
        """Plan each rule of the role that is not overdue and was not yet kept for this very day."""
        starts_at = self.view.appearance.starts_at
        kept = {key for key, told_start in self.view.reminded if local_day(told_start, self.court.zone) == self.day}
        touches = sorted([(self._rule_due(rule), rule) for rule in self._rules()], key=itemgetter(0))
        for place, (raw_due, rule) in enumerate(touches):
            key = self._key("reminder", rule.key)
            if rule.key in kept or (raw_due < self.now and key not in self.view.waiting):
                continue
            bundle = self._bundle(rule.purpose)
            due_at = self._open(raw_due, seed=bundle)
            following = next((later for later, _ in touches[place + 1 :] if later > raw_due), starts_at)
            expires_at = min(following if rule.purpose in SUCCEEDED else starts_at, starts_at - DOORS)
            if due_at < expires_at and self.now < expires_at:
                yield NoticePlan(
                    dedupe_key=key,
                    kind=NoticeKind.REMINDER,
                    priority=Priority.REMINDER,
                    due_at=due_at,
                    expires_at=expires_at,
                    purpose=rule.purpose,
                    asks_attendance=rule.asks_attendance,
                    bundle_key=bundle,
                )

    def _rules(self) -> tuple[ReminderRule, ...]:
        role = self.view.role
        return tuple([rule for rule in self.court.rules if role in rule.roles])

    def _rule_due(self, rule: ReminderRule) -> datetime:
        if rule.days_before is None:
            return self.view.appearance.starts_at - (rule.hours_before or timedelta(0))
        return at_wall_time(self.day - timedelta(days=rule.days_before), rule.at, self.court.zone)

    def _introduced_at(self) -> datetime:
        """Return when the first text about this hearing left or would leave; long ago where there is none."""
        if self.view.told is not None:
            return self.view.told.since
        if not self._is_introduced():
            return self.now - BREATH
        return self._open(self.now, seed=self._bundle(Purpose.SET))

    def _is_introduced(self) -> bool:
        """Whether a text says that the hearing is set: at a new number always, which may have come with a new day."""
        return self.court.set_notice or bool(self.view.lost_at)

    def _is_ahead(self) -> bool:
        appearance = self.view.appearance
        return appearance.status.is_on and self.now < appearance.starts_at

    def _is_urgent(self, before: Appearance, changed: frozenset[ChangeKind]) -> bool:
        within = ROOM_URGENT_WITHIN if changed <= {ChangeKind.ROOM, ChangeKind.MODE} else URGENT_WITHIN
        soonest = _next_after(self.now, before, self.view.appearance)
        return soonest is not None and soonest - self.now <= within

    def _soon(self, *, needed_by: datetime, seed: str) -> datetime:
        """Return now if quiet hours would make it too late for `needed_by`, else the next open moment."""
        if cannot_wait(self.now, self.court.quiet, self.court.zone, needed_by=needed_by):
            return self.now
        return self._open(self.now, seed=seed)

    def _open(self, instant: datetime, *, seed: str) -> datetime:
        return self.opens(instant, seed)

    def _key(self, kind: str, rule: str | None = None) -> str:
        hearing, participation, _ = self.whose
        if rule is None:
            return f"{kind}:{hearing}:{self.view.revision}:{participation}"
        return f"{kind}:{hearing}:{self.view.revision}:{rule}:{participation}"

    def _invitation_key(self) -> str:
        """Return the person's key where it has asked nobody, or at this very endpoint; else the endpoint's own."""
        key = f"invitation:{self.court.key}:{self.whose.person}"
        is_elsewhere = any(one == key and at != self.view.endpoint_id for one, at in self.view.invited)
        return f"{key}:{self.view.endpoint_id}" if is_elsewhere else key

    def _anew(self) -> str:
        """Return what a key ends with where something was told at endpoints that are lost: the old key is taken there.

        Whatever left under the key of the same lost ones went to an endpoint that is theirs, and counts as told.
        """
        return "".join(f":{one}" for one in self.view.lost_at[-ENOUGH_LOST:])

    def _bundle(self, purpose: Purpose | None) -> str:
        """Return what one person's notices for one day have in common; roles differ in wording, so they stay apart.

        That hearings are set is told of several days at once: a calendar may bring many for one person.
        """
        whom = f"{self.court.key}:{self.whose.person}:{self.view.role.value}"
        if purpose is Purpose.SET:
            return f"{whom}:{purpose.value}"
        subject = "short" if purpose is None else purpose.value
        return f"{whom}:{self.day.isoformat()}:{subject}"


SUCCEEDED = frozenset({Purpose.SET, Purpose.CONSEQUENCE, Purpose.PLAN})
"""Purposes whose time is over when the next touch is due; the others hold until the doors open."""


def _kind_of_change(told: Told, *, cancelled: bool) -> NoticeKind:
    """A message that may still be on its way must be overtaken by one that says so."""
    if not told.is_settled:
        return NoticeKind.CORRECTION
    return NoticeKind.CANCELLATION if cancelled else NoticeKind.CHANGE


def _next_after(now: datetime, *appearances: Appearance) -> datetime | None:
    """Return the first start still ahead at which people would set out on one of these."""
    starts = (a.starts_at for a in appearances if a.status.is_on and a.starts_at > now)
    return min(starts, default=None)


def _next_working_day(day: date) -> date:
    following = day + timedelta(days=1)
    while following.weekday() >= SATURDAY:
        following += timedelta(days=1)
    return following
