"""The reminder policy to the second: where urgent ends, when a touch is over, how long news and a recovery matter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.consent import Standing
from domain.court import Court, Enrolment, QuietHours, ReminderRule
from domain.hearing import Appearance, HearingStatus, Mode, Outcome
from domain.hearing_view import HearingView, Told
from domain.notice import NoticeKind, NoticePlan, Priority, Purpose
from domain.reminders import BREATH, DOORS, RECOVERY_LASTS, plan_notices
from domain.roles import Role

ALWAYS_OPEN = QuietHours(start=datetime.min.time(), end=datetime.min.time())
WEEK = ReminderRule(key="week", purpose=Purpose.CONSEQUENCE, hours_before=timedelta(days=7))
TWIN = ReminderRule(key="twin", purpose=Purpose.PLAN, hours_before=timedelta(days=7))
DAY_BEFORE = ReminderRule(key="day", purpose=Purpose.LOGISTICS, hours_before=timedelta(days=1))
COURT = Court(
    key="anc",
    name="Anchorage Trial Court",
    short_name="Anchorage Court",
    address="825 W 4th Ave",
    phone="907-555-0100",
    zone=ZoneInfo("UTC"),
    quiet=ALWAYS_OPEN,
    rules=(WEEK, DAY_BEFORE),
)
START = datetime(2026, 6, 22, 17, 30, tzinfo=UTC)  # a Monday
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
THERE = Appearance(starts_at=START, courtroom="301")


def view(**changes: object) -> HearingView:
    base = HearingView(
        hearing_id=7,
        participation_id=3,
        person_id=5,
        role=Role.DEFENDANT,
        revision=1,
        appearance=THERE,
        standing=Standing.GRANTED,
    )
    return replace(base, **changes)  # type: ignore[arg-type] # tests name fields of a HearingView


def told(revision: int = 1, *, appearance: Appearance = THERE, since: datetime = START - 60 * DAY) -> Told:
    return Told(revision=revision, appearance=appearance, is_settled=True, since=since)


def plans(of: HearingView, now: datetime, court: Court = COURT) -> list[NoticePlan]:
    return plan_notices(of, court=court, now=now)


def changed(to: Appearance, now: datetime) -> list[NoticePlan]:
    found = plans(view(appearance=to, revision=2, told=told()), now)
    return [plan for plan in found if plan.kind in {NoticeKind.CHANGE, NoticeKind.CANCELLATION}]


ROOM, VIDEO = replace(THERE, courtroom="302"), replace(THERE, mode=Mode.VIDEO)
OFF, LATER = replace(THERE, status=HearingStatus.CANCELLED), replace(THERE, starts_at=START + 9 * DAY)


@pytest.mark.parametrize(
    ("to", "within"),
    [(OFF, 2 * DAY), (LATER, 2 * DAY), (ROOM, DAY), (VIDEO, DAY), (replace(LATER, courtroom="302"), 2 * DAY)],
    ids=["called off", "moved", "another room", "another way", "moved to another room"],
)
def test_news_is_urgent_from_so_long_before_people_would_set_out(to: Appearance, within: timedelta) -> None:
    [early], [late] = changed(to, START - within - MOMENT), changed(to, START - within)

    assert (early.priority, late.priority) == (Priority.REMINDER, Priority.URGENT)


def test_a_move_to_sooner_is_urgent_by_the_new_start_and_to_later_by_the_old() -> None:
    sooner = replace(THERE, starts_at=START - 5 * DAY)

    assert changed(sooner, START - 7 * DAY)[0].priority is Priority.URGENT
    assert changed(sooner, START - 7 * DAY - MOMENT)[0].priority is Priority.REMINDER
    assert changed(LATER, START - DAY)[0].priority is Priority.URGENT
    assert changed(LATER, START)[0].priority is Priority.REMINDER, "the old start has passed: nobody sets out any more"


@pytest.mark.parametrize(
    ("to", "until"), [(OFF, START), (LATER, START + 9 * DAY), (ROOM, START)], ids=["called off", "moved", "room"]
)
def test_news_matters_until_the_start_it_is_about_and_not_longer(to: Appearance, until: datetime) -> None:
    [notice] = changed(to, until - MOMENT)

    assert notice.expires_at == until
    assert changed(to, until) == []


class TestTouches:
    @pytest.mark.parametrize(("early", "is_planned"), [(timedelta(0), True), (-MOMENT, False)], ids=str)
    def test_a_touch_is_planned_up_to_the_instant_at_which_it_is_due(
        self,
        early: timedelta,
        is_planned: bool,  # noqa: FBT001
    ) -> None:
        found = plans(view(told=told()), START - 7 * DAY - early)

        assert [plan.purpose for plan in found] == [Purpose.CONSEQUENCE] * is_planned + [Purpose.LOGISTICS]

    def test_of_two_touches_at_one_instant_neither_is_over_because_of_the_other(self) -> None:
        court = replace(COURT, rules=(WEEK, TWIN, DAY_BEFORE))

        found = {plan.purpose: plan for plan in plans(view(told=told()), START - 9 * DAY, court)}

        assert found[Purpose.CONSEQUENCE].expires_at == START - DAY
        assert found[Purpose.PLAN].expires_at == START - DAY

    def test_the_last_touch_is_over_when_the_doors_open(self) -> None:
        last = plans(view(told=told()), START - 2 * DAY)[-1]

        assert last.expires_at == START - DOORS

    def test_a_touch_that_would_be_due_when_the_doors_open_is_of_no_use(self) -> None:
        late = ReminderRule(key="late", purpose=Purpose.TODAY, hours_before=DOORS)
        in_time = replace(late, hours_before=DOORS + MOMENT)

        assert plans(view(told=told()), START - 2 * DAY, replace(COURT, rules=(late,))) == []
        assert len(plans(view(told=told()), START - 2 * DAY, replace(COURT, rules=(in_time,)))) == 1

    @pytest.mark.parametrize(
        ("start_it_spoke_of", "again"),
        [(START, False), (START - timedelta(hours=17), False), (START + DAY, True), (START - DAY, True)],
        ids=["this start", "this day at another hour", "the day after", "the day before"],
    )
    def test_a_touch_that_was_kept_for_this_day_is_not_kept_twice(
        self,
        start_it_spoke_of: datetime,
        again: bool,  # noqa: FBT001
    ) -> None:
        before = view(told=told(), reminded=(("day", start_it_spoke_of),))

        assert ("reminder:7:1:day:3" in {plan.dedupe_key for plan in plans(before, START - 2 * DAY)}) is again

    @pytest.mark.parametrize(("ago", "follows"), [(BREATH, True), (BREATH - MOMENT, False)], ids=str)
    def test_no_touch_follows_the_first_text_before_a_breath(self, ago: timedelta, follows: bool) -> None:  # noqa: FBT001
        due = START - DAY
        found = plans(view(told=told(since=due - ago)), due - timedelta(minutes=1))

        assert (found != []) is follows

    def test_where_a_court_sets_no_notice_the_first_touch_needs_no_breath(self) -> None:
        due = START - 7 * DAY

        first, *_ = plans(view(), due, replace(COURT, set_notice=False))

        assert (first.purpose, first.due_at) == (Purpose.CONSEQUENCE, due)


class TestFirstText:
    def test_at_the_start_itself_nothing_is_planned_any_more(self) -> None:
        opt_in = replace(COURT, enrolment=Enrolment.OPT_IN)
        asked = view(standing=Standing.PENDING)

        assert [plan.kind for plan in plans(asked, START - MOMENT, opt_in)] == [NoticeKind.INVITATION]
        assert plans(asked, START, opt_in) == plans(view(), START) == []

    def test_short_notice_is_of_use_until_the_doors_open(self) -> None:
        [last] = plans(view(), START - DOORS - MOMENT)

        assert (last.kind, last.expires_at) == (NoticeKind.SHORT_NOTICE, START - DOORS)
        assert plans(view(), START - DOORS) == []

    def test_a_hearing_is_said_to_be_set_until_its_first_touch(self) -> None:
        first, *_ = plans(view(), START - 30 * DAY)

        assert (first.kind, first.expires_at) == (NoticeKind.HEARING_SET, START - 7 * DAY)


class TestRecovery:
    RECORDED = START + timedelta(hours=5)
    DUE = datetime(2026, 6, 23, 10, 0, tzinfo=UTC)

    def missed(self, **changes: object) -> HearingView:
        held = replace(THERE, status=HearingStatus.HELD)
        usual = {"outcome": Outcome.DID_NOT_APPEAR, "missed_at": self.RECORDED, "told": told()}
        return view(appearance=held, revision=2, **usual | changes)

    def test_it_comes_up_to_a_week_late_and_no_later(self) -> None:
        [last] = plans(self.missed(), self.DUE + RECOVERY_LASTS - MOMENT)

        assert (last.due_at, last.expires_at) == (self.DUE + RECOVERY_LASTS - MOMENT, self.DUE + timedelta(days=7))
        assert plans(self.missed(), self.DUE + RECOVERY_LASTS) == []

    @pytest.mark.parametrize(
        "changes",
        [{"missed_at": None}, {"outcome": Outcome.APPEARED}, {"outcome": None}, {"appearance": THERE}],
        ids=["nobody recorded when", "appeared", "nothing recorded", "still to be held"],
    )
    def test_only_a_miss_that_is_on_record_of_a_hearing_that_was_held_is_followed(
        self, changes: dict[str, object]
    ) -> None:
        held = replace(THERE, status=HearingStatus.HELD)
        found = plans(replace(self.missed(), **({"appearance": held} | changes)), self.RECORDED)  # type: ignore[arg-type] # fields of a HearingView

        assert [plan for plan in found if plan.kind is NoticeKind.RECOVERY] == []


@given(st.integers(1, 60 * 24 * 20), st.sampled_from([ROOM, VIDEO, OFF, LATER]))
def test_news_never_gets_less_urgent_as_the_start_draws_near(minutes: int, to: Appearance) -> None:
    earlier, later = (changed(to, START - timedelta(minutes=minutes + more)) for more in (1, 0))

    assert [plan.priority for plan in later] <= [plan.priority for plan in earlier]
