"""The reminder policy: what one person is told of one hearing, when, and what they are spared."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.consent import Standing
from domain.court import Court, Enrolment, QuietHours, ReminderRule
from domain.hearing import Appearance, ChangeKind, HearingStatus, Mode, Outcome
from domain.hearing_view import HearingView, Told
from domain.notice import NoticeKind, NoticePlan, Priority, Purpose, Whose
from domain.quiet_hours import is_quiet
from domain.reminder_rules import DEFAULT_RULES
from domain.reminders import BREATH, long_before, plan_for_all_in, plan_notices
from domain.roles import Role
from domain.situation import situation_of
from domain.wall_clock import at_wall_time
from tests.fixtures.properties import examples

ANCHORAGE = ZoneInfo("America/Anchorage")
COURT = Court(
    key="anc",
    name="Anchorage Trial Court",
    short_name="Anchorage Court",
    address="825 W 4th Ave",
    phone="907-555-0100",
    zone=ANCHORAGE,
    rules=DEFAULT_RULES,
)
NEW_YEAR = datetime(2026, 1, 5, 19, tzinfo=UTC)


def local(day: str, at: str = "10:00") -> datetime:
    """Return an instant of the courthouse clock."""
    return at_wall_time(date.fromisoformat(day), time.fromisoformat(at), ANCHORAGE)


HEARING_AT = local("2026-06-22", "09:30")  # a Monday
LONG_BEFORE = local("2026-06-01", "11:00")


def view(**changes: object) -> HearingView:
    base = HearingView(
        hearing_id=7,
        participation_id=3,
        person_id=5,
        role=Role.DEFENDANT,
        revision=1,
        appearance=Appearance(starts_at=HEARING_AT, courtroom="301"),
        standing=Standing.GRANTED,
    )
    return replace(base, **changes)  # type: ignore[arg-type] # tests name fields of a HearingView


def told(appearance: Appearance | None = None, *, revision: int = 1, settled: bool = True) -> Told:
    said = appearance or Appearance(starts_at=HEARING_AT, courtroom="301")
    return Told(revision=revision, appearance=said, is_settled=settled, since=LONG_BEFORE)


def moved(**changes: object) -> Appearance:
    return replace(Appearance(starts_at=HEARING_AT, courtroom="301"), **changes)  # type: ignore[arg-type] # the same


def plans(of: HearingView, now: datetime = LONG_BEFORE, court: Court = COURT) -> list[NoticePlan]:
    return plan_notices(of, court=court, now=now)


def kinds(of: HearingView, now: datetime = LONG_BEFORE, court: Court = COURT) -> list[str]:
    return [plan.purpose or plan.kind.value for plan in plans(of, now, court)]


def test_a_defendant_gets_four_texts_each_with_its_own_purpose() -> None:
    assert [(plan.purpose, plan.due_at) for plan in plans(view())] == [
        (Purpose.SET, LONG_BEFORE),
        (Purpose.CONSEQUENCE, local("2026-06-15")),
        (Purpose.PLAN, local("2026-06-19")),
        (Purpose.LOGISTICS, local("2026-06-21")),
    ]


def test_what_left_to_lost_numbers_is_told_anew_under_a_key_of_its_own_and_touches_keep_theirs() -> None:
    new = [plan.dedupe_key for plan in plans(view(lost_at=(11, 12)))]
    old = [plan.dedupe_key for plan in plans(view())]
    late = LONG_BEFORE.replace(month=6, day=21) + timedelta(hours=12)

    assert new == ["set:7:3:11:12", *old[1:]]
    assert [plan.dedupe_key for plan in plans(view(lost_at=(11,)), late)] == ["short:7:1:3:11"]
    change = view(revision=2, appearance=moved(courtroom="9"), told=told(), lost_at=(11,))
    assert plans(change)[0].dedupe_key == "change:7:2:3:11"


def test_at_a_new_number_a_hearing_is_told_also_where_courts_do_not_say_that_it_is_set() -> None:
    quiet = replace(COURT, set_notice=False)

    assert NoticeKind.HEARING_SET not in {plan.kind for plan in plans(view(), court=quiet)}
    assert plans(view(lost_at=(11,)), court=quiet) == plans(view(lost_at=(11,)))


def test_each_touch_is_over_when_the_next_is_due_and_the_last_before_the_doors_open() -> None:
    assert [plan.expires_at for plan in plans(view())] == [
        local("2026-06-15"),
        local("2026-06-19"),
        local("2026-06-21"),
        local("2026-06-22", "09:00"),
    ]


def test_keys_name_hearing_revision_rule_and_participation() -> None:
    assert [plan.dedupe_key for plan in plans(view())] == [
        "set:7:3",
        "reminder:7:1:called-7d:3",
        "reminder:7:1:called-3d:3",
        "reminder:7:1:called-1d:3",
    ]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.DEFENDANT, ["set", "consequence", "plan", "logistics"]),
        (Role.RESPONDENT, ["set", "consequence", "plan", "logistics"]),
        (Role.WITNESS, ["set", "plan", "logistics"]),
        (Role.VICTIM, ["set", "plan", "logistics"]),
        (Role.PETITIONER, ["set", "plan", "logistics"]),
        (Role.GUARDIAN, ["set", "plan", "logistics"]),
        (Role.FOLLOWER, ["set", "plan", "logistics"]),
        (Role.ATTORNEY, ["set", "logistics"]),
        (Role.OFFICER, ["set", "logistics"]),
    ],
)
def test_every_role_has_a_set_of_its_own(role: Role, expected: list[str]) -> None:
    assert kinds(view(role=role)) == expected


def test_defendants_and_witnesses_are_asked_whether_they_come_and_victims_are_not() -> None:
    def asks(role: Role) -> bool:
        return any(plan.asks_attendance for plan in plans(view(role=role)))

    assert {role for role in Role if asks(role)} == {Role.DEFENDANT, Role.RESPONDENT, Role.WITNESS}


def test_rule_keys_are_unique_and_fit_into_a_dedupe_key() -> None:
    keys = [rule.key for rule in DEFAULT_RULES]
    assert len(keys) == len(set(keys))
    assert all(":" not in key for key in keys)


def test_a_hearing_five_days_ahead_has_no_overdue_week_reminder() -> None:
    assert kinds(view(), local("2026-06-17", "11:00")) == ["set", "plan", "logistics"]


def test_nothing_is_made_up_for_after_an_outage_but_what_was_planned_in_time_stays() -> None:
    late = local("2026-06-15", "12:00")
    key = "reminder:7:1:called-7d:3"
    assert kinds(view(told=told()), late) == ["plan", "logistics"]
    kept = plans(view(told=told(), waiting=frozenset({key})), late)[0]
    assert (kept.dedupe_key, kept.due_at) == (key, local("2026-06-15"))


def test_after_the_hearing_nothing_is_planned_even_for_what_waits() -> None:
    waiting = frozenset({"reminder:7:1:called-1d:3", "set:7:3"})
    assert plans(view(waiting=waiting), HEARING_AT) == []
    assert plans(view(waiting=waiting), HEARING_AT + timedelta(days=1)) == []


def test_a_hearing_nearer_than_every_offset_is_one_urgent_text_at_once() -> None:
    now = local("2026-06-22", "06:30")
    [only] = plans(view(), now)
    assert (only.kind, only.priority, only.due_at) == (NoticeKind.SHORT_NOTICE, Priority.URGENT, now)
    assert only.expires_at == local("2026-06-22", "09:00")
    assert only.dedupe_key == "short:7:1:3"
    assert only.asks_attendance


def test_a_reminder_that_would_follow_the_first_text_within_hours_gives_way_to_it() -> None:
    morning_before = local("2026-06-21", "09:00")
    assert kinds(view(), morning_before) == ["short_notice"]
    assert kinds(view(told=told()), morning_before) == ["logistics"]


def test_the_breath_after_the_first_text_holds_when_it_has_left() -> None:
    since = local("2026-06-19", "09:00")
    just_told = Told(revision=1, appearance=view().appearance, is_settled=True, since=since)
    assert kinds(view(told=just_told), local("2026-06-19", "09:05")) == ["logistics"]


def test_short_notice_of_a_hearing_that_is_about_to_begin_is_not_sent() -> None:
    assert plans(view(), local("2026-06-22", "09:05")) == []


def test_short_notice_at_night_waits_for_the_morning_when_that_is_early_enough() -> None:
    afternoon = view(appearance=moved(starts_at=local("2026-06-22", "13:30")))
    [waits] = plans(afternoon, local("2026-06-21", "23:00"))
    assert local("2026-06-22", "08:00") <= waits.due_at < local("2026-06-22", "08:20")
    [wakes] = plans(view(), local("2026-06-21", "23:00"))
    assert wakes.due_at == local("2026-06-21", "23:00"), "a hearing at 09:30 cannot wait until 08:00"


def test_a_role_without_rules_is_told_that_the_hearing_is_set() -> None:
    no_rules = replace(COURT, rules=())
    assert kinds(view(), court=no_rules) == ["set"]
    assert kinds(view(), court=replace(no_rules, set_notice=False)) == []


def test_a_court_without_set_notices_only_reminds() -> None:
    assert kinds(view(), court=replace(COURT, set_notice=False)) == ["consequence", "plan", "logistics"]


def test_a_first_text_at_night_waits_for_the_morning_with_all_others_of_its_bundle() -> None:
    night = local("2026-06-01", "23:00")
    one, other = (plans(view(hearing_id=hearing), night)[0] for hearing in (7, 8))
    assert local("2026-06-02", "08:00") <= one.due_at < local("2026-06-02", "08:20")
    assert (one.bundle_key, one.due_at) == (other.bundle_key, other.due_at)


def test_a_bundle_is_one_person_one_role_one_local_day_one_purpose() -> None:
    def key(**changes: object) -> str | None:
        return plans(view(**changes))[1].bundle_key

    same_day = moved(starts_at=local("2026-06-22", "23:30"))  # another day in UTC
    assert key() == key(hearing_id=8, participation_id=9, appearance=same_day)
    assert (
        len({key(), key(person_id=6), key(appearance=moved(starts_at=local("2026-06-23"))), key(role=Role.RESPONDENT)})
        == 4
    )
    assert len({plan.bundle_key for plan in plans(view())}) == 4


HOURS = ReminderRule(key="today", purpose=Purpose.TODAY, hours_before=timedelta(hours=2))


def test_a_reminder_in_quiet_hours_moves_to_their_end_if_that_is_in_time() -> None:
    court = replace(COURT, rules=(HOURS,))
    [today] = plans(view(told=told()), court=court)
    assert local("2026-06-22", "08:00") <= today.due_at < local("2026-06-22", "08:20")


def test_a_reminder_that_quiet_hours_push_past_its_time_is_dropped() -> None:
    court = replace(COURT, rules=(HOURS,))
    early = view(told=told(), appearance=moved(starts_at=local("2026-06-22", "08:15")))
    assert plans(early, court=court) == []


def test_the_hour_on_the_wall_stays_through_both_clock_changes() -> None:
    for day, before in (("2026-03-09", "2026-03-08"), ("2026-11-02", "2026-11-01")):
        appearance = moved(starts_at=local(day, "09:00"))
        known = view(told=replace(told(appearance), since=NEW_YEAR), appearance=appearance)
        assert plans(known, NEW_YEAR)[-1].due_at == local(before, "10:00")


def test_leap_days_and_the_turn_of_the_year_count_like_other_days() -> None:
    leap = view(told=told(), appearance=moved(starts_at=local("2028-03-01", "09:00")))
    assert plans(leap, local("2028-02-01"))[-1].due_at == local("2028-02-29")
    year = view(told=told(), appearance=moved(starts_at=local("2027-01-02", "09:00")))
    assert plans(year, local("2026-12-30", "09:00"))[0].due_at == local("2026-12-30")


# Changes


def change(
    now_is: Appearance, before: Told | None = None, now: datetime = LONG_BEFORE, **more: object
) -> list[NoticePlan]:
    all_of_them = plans(view(**{"revision": 2, "appearance": now_is, "told": before or told()} | more), now)
    return [plan for plan in all_of_them if plan.kind is not NoticeKind.REMINDER]


@pytest.mark.parametrize(
    ("now_is", "kind", "changed"),
    [
        (moved(starts_at=HEARING_AT + timedelta(days=3)), NoticeKind.CHANGE, {ChangeKind.LATER}),
        (moved(starts_at=HEARING_AT - timedelta(days=5)), NoticeKind.CHANGE, {ChangeKind.EARLIER}),
        (moved(courtroom="302"), NoticeKind.CHANGE, {ChangeKind.ROOM}),
        (moved(mode=Mode.VIDEO, join_url="https://v.example"), NoticeKind.CHANGE, {ChangeKind.MODE}),
        (moved(status=HearingStatus.CANCELLED), NoticeKind.CANCELLATION, {ChangeKind.CANCELLED}),
        (moved(status=HearingStatus.CONTINUED), NoticeKind.CANCELLATION, {ChangeKind.CANCELLED}),
    ],
)
def test_who_was_told_hears_of_the_change(now_is: Appearance, kind: NoticeKind, changed: set[ChangeKind]) -> None:
    [notice] = change(now_is)
    assert (notice.kind, notice.told_revision) == (kind, 1)
    assert notice.changed == changed
    assert notice.dedupe_key == "change:7:2:3"
    assert notice.due_at == LONG_BEFORE


def test_who_was_told_nothing_hears_of_no_change_but_of_the_hearing_as_it_is() -> None:
    assert kinds(view(revision=2, appearance=moved(courtroom="302")))[0] == "set"
    assert plans(view(revision=2, appearance=moved(status=HearingStatus.CANCELLED))) == []


def test_what_people_do_not_care_about_is_no_news() -> None:
    assert change(moved()) == []  # another judge, say: a new revision with the same appearance


def test_moved_and_moved_back_before_anybody_heard_is_no_news() -> None:
    assert change(moved(), told(revision=1), revision=3) == []


def test_moved_back_after_the_move_was_told_is_news() -> None:
    [back] = change(moved(), told(moved(starts_at=HEARING_AT + timedelta(days=1)), revision=2), revision=3)
    assert (back.kind, back.told_revision) == (NoticeKind.CHANGE, 2)
    assert back.changed == {ChangeKind.EARLIER}


def test_a_change_that_overtakes_a_message_at_the_carrier_is_a_correction() -> None:
    for now_is in (moved(courtroom="302"), moved(status=HearingStatus.CANCELLED)):
        [correction] = change(now_is, told(settled=False))
        assert correction.kind is NoticeKind.CORRECTION


def test_moved_back_while_the_move_may_still_be_on_its_way_is_corrected() -> None:
    on_its_way = told(moved(starts_at=HEARING_AT + timedelta(days=1)), revision=2, settled=False)
    [correction] = change(moved(), on_its_way, revision=3)
    assert correction.kind is NoticeKind.CORRECTION


def test_a_hearing_that_is_on_again_is_said_to_be() -> None:
    [again] = change(moved(), told(moved(status=HearingStatus.CANCELLED)))
    assert again.changed == {ChangeKind.REINSTATED}
    assert kinds(view(revision=2, told=told(moved(status=HearingStatus.CANCELLED))))[1:] == [
        "consequence",
        "plan",
        "logistics",
    ]


def test_a_moved_hearing_gets_fresh_reminders_at_its_new_revision() -> None:
    later = moved(starts_at=HEARING_AT + timedelta(days=30))
    reminded = (("called-7d", HEARING_AT), ("called-3d", HEARING_AT))
    found = plans(view(revision=2, appearance=later, told=told(), reminded=reminded))
    assert [plan.dedupe_key for plan in found if plan.kind is NoticeKind.REMINDER] == [
        "reminder:7:2:called-7d:3",
        "reminder:7:2:called-3d:3",
        "reminder:7:2:called-1d:3",
    ]


@pytest.mark.parametrize("now_is", [moved(courtroom="302"), moved(starts_at=HEARING_AT + timedelta(hours=1))])
def test_a_reminder_is_not_sent_again_for_the_same_day(now_is: Appearance) -> None:
    court = replace(COURT, rules=(replace(HOURS, hours_before=timedelta(minutes=90)),))
    now = local("2026-06-22", "08:01")
    fresh = view(revision=2, appearance=now_is, told=told())
    again = replace(fresh, reminded=(("today", HEARING_AT),))
    assert [plan for plan in plans(again, now, court) if plan.kind is NoticeKind.REMINDER] == []
    later = moved(starts_at=HEARING_AT + timedelta(hours=1))
    assert [plan.kind for plan in plans(replace(fresh, appearance=later), now, court)].count(NoticeKind.REMINDER) == 1


def test_a_cancelled_or_continued_hearing_has_no_reminders() -> None:
    for status in (HearingStatus.CANCELLED, HearingStatus.CONTINUED, HearingStatus.HELD):
        found = plans(view(revision=2, told=told(), appearance=moved(status=status)))
        assert all(plan.kind is not NoticeKind.REMINDER for plan in found)


@pytest.mark.parametrize(
    ("now_is", "now", "urgent"),
    [
        (moved(starts_at=local("2026-06-17", "09:30")), local("2026-06-16", "09:00"), True),
        (moved(starts_at=HEARING_AT + timedelta(days=20)), local("2026-06-21", "09:00"), True),
        (moved(starts_at=HEARING_AT + timedelta(days=20)), LONG_BEFORE, False),
        (moved(courtroom="302"), local("2026-06-22", "08:30"), True),
        (moved(courtroom="302"), local("2026-06-20", "12:00"), False),
        (moved(status=HearingStatus.CANCELLED), local("2026-06-21", "12:00"), True),
        (moved(status=HearingStatus.CANCELLED), LONG_BEFORE, False),
    ],
)
def test_a_change_is_urgent_when_somebody_would_soon_set_out(
    now_is: Appearance, now: datetime, *, urgent: bool
) -> None:
    [notice] = change(now_is, now=now)
    assert notice.priority is (Priority.URGENT if urgent else Priority.REMINDER)


def test_urgent_news_wakes_people_only_if_morning_is_too_late() -> None:
    night = local("2026-06-21", "23:00")
    [cancelled] = change(moved(status=HearingStatus.CANCELLED), now=night)
    assert cancelled.due_at == night
    [moved_away] = change(moved(starts_at=HEARING_AT + timedelta(days=9)), now=night)
    assert moved_away.due_at == night, "they would set out at eight for nothing"
    [can_wait] = change(moved(status=HearingStatus.CANCELLED), now=local("2026-06-20", "23:00"))
    assert local("2026-06-21", "08:00") <= can_wait.due_at < local("2026-06-21", "08:20")


def test_news_of_what_is_over_is_not_sent() -> None:
    after = HEARING_AT + timedelta(minutes=1)
    assert change(moved(status=HearingStatus.CANCELLED), now=after) == []
    assert change(moved(courtroom="302"), now=after) == []
    [later] = change(moved(starts_at=HEARING_AT + timedelta(days=2)), now=after)
    assert later.expires_at == HEARING_AT + timedelta(days=2)


# After a miss


def missed(at: datetime, **changes: object) -> HearingView:
    held = moved(status=HearingStatus.HELD)
    return view(told=told(), appearance=held, outcome=Outcome.DID_NOT_APPEAR, missed_at=at, revision=2, **changes)


@pytest.mark.parametrize(
    ("recorded", "due"),
    [
        (local("2026-06-22", "15:00"), local("2026-06-23")),
        (local("2026-06-26", "15:00"), local("2026-06-29")),  # Friday: on Monday
        (local("2026-06-27", "15:00"), local("2026-06-29")),
        (local("2026-06-28", "15:00"), local("2026-06-29")),
    ],
)
def test_a_miss_is_followed_by_one_text_on_the_next_working_day(recorded: datetime, due: datetime) -> None:
    [recovery] = plans(missed(recorded), recorded)
    assert (recovery.kind, recovery.due_at, recovery.dedupe_key) == (NoticeKind.RECOVERY, due, "recovery:7:3")


def test_who_appeared_after_all_hears_nothing() -> None:
    recorded = local("2026-06-22", "15:00")
    assert plans(replace(missed(recorded), outcome=Outcome.APPEARED), recorded) == []
    assert plans(replace(missed(recorded), outcome=None), recorded) == []


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.DEFENDANT, Role.RESPONDENT}])
def test_only_who_must_come_gets_the_recovery_text(role: Role) -> None:
    recorded = local("2026-06-22", "15:00")
    assert plans(missed(recorded, role=role), recorded) == []


def test_a_court_can_do_without_recovery_texts() -> None:
    recorded = local("2026-06-22", "15:00")
    assert plans(missed(recorded), recorded, replace(COURT, recovery=False)) == []


def test_a_recovery_text_that_is_weeks_late_is_not_sent() -> None:
    recorded = local("2026-06-22", "15:00")
    assert kinds(missed(recorded), recorded + timedelta(days=3)) == ["recovery"]
    assert plans(missed(recorded), recorded + timedelta(days=30)) == []


# Consent


def test_after_a_stop_nothing_is_planned() -> None:
    assert plans(view(standing=Standing.REVOKED)) == []
    assert plans(view(standing=Standing.REVOKED, told=told(), revision=2, appearance=moved(courtroom="1"))) == []


def test_before_a_yes_there_is_only_the_invitation_of_an_opt_in_court() -> None:
    opt_in = replace(COURT, enrolment=Enrolment.OPT_IN)
    [invitation] = plans(view(standing=Standing.PENDING), court=opt_in)
    assert (invitation.kind, invitation.dedupe_key) == (NoticeKind.INVITATION, "invitation:anc:5")
    assert plans(view(standing=Standing.PENDING)) == []
    assert plans(view(standing=Standing.PENDING), court=replace(COURT, enrolment=Enrolment.NONE)) == []
    assert plans(view(standing=Standing.PENDING), HEARING_AT, opt_in) == []


def test_each_endpoint_has_an_invitation_of_its_own_and_the_first_the_person_s() -> None:
    opt_in = replace(COURT, enrolment=Enrolment.OPT_IN)

    def key(*invited: tuple[str, int]) -> str:
        asked = view(standing=Standing.PENDING, endpoint_id=12, invited=invited)
        [invitation] = plans(asked, court=opt_in)
        return invitation.dedupe_key

    first = "invitation:anc:5"
    assert key() == key((first, 12)) == first
    assert key((first, 11)) == key((first, 11), (f"{first}:12", 12)) == f"{first}:12"
    assert key((f"{first}:11", 11)) == first


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        plans(view(), datetime(2026, 6, 1))  # noqa: DTZ001 -- the mistake under test


# What must hold whatever comes

INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone
APPEARANCES = st.builds(
    Appearance,
    starts_at=INSTANTS,
    status=st.sampled_from(HearingStatus),
    courtroom=st.sampled_from([None, "301", "302"]),
    mode=st.sampled_from(Mode),
)
RULES = st.lists(
    st.builds(
        ReminderRule,
        key=st.uuids().map(str),
        purpose=st.sampled_from(Purpose),
        days_before=st.integers(0, 14),
        at=st.times().map(lambda at: at.replace(microsecond=0)),
    )
    | st.builds(
        ReminderRule,
        key=st.uuids().map(str),
        purpose=st.sampled_from(Purpose),
        hours_before=st.timedeltas(timedelta(0), timedelta(hours=60)),
    ),
    max_size=5,
).map(tuple)
COURTS = st.builds(
    replace,
    st.just(COURT),
    rules=st.just(DEFAULT_RULES) | RULES,
    quiet=st.sampled_from(
        [QuietHours(), QuietHours(start=time(12), end=time(14)), QuietHours(start=time(0), end=time(0))]
    ),
    enrolment=st.sampled_from(Enrolment),
    set_notice=st.booleans(),
)
ORDER = attrgetter("due_at", "dedupe_key")
VIEWS = st.builds(
    HearingView,
    hearing_id=st.integers(1, 3),
    participation_id=st.integers(1, 3),
    person_id=st.integers(1, 3),
    role=st.sampled_from(Role),
    revision=st.integers(2, 4),
    appearance=APPEARANCES,
    standing=st.sampled_from(Standing),
    outcome=st.none() | st.sampled_from(Outcome),
    told=st.none()
    | st.builds(Told, revision=st.integers(1, 4), appearance=APPEARANCES, is_settled=st.booleans(), since=INSTANTS),
    missed_at=st.none() | INSTANTS,
)


@given(VIEWS, COURTS, INSTANTS)
def test_no_notice_is_due_after_it_has_expired_or_in_the_past(of: HearingView, court: Court, now: datetime) -> None:
    for plan in plan_notices(of, court=court, now=now):
        assert now <= plan.due_at < plan.expires_at


@given(VIEWS, COURTS, INSTANTS)
def test_no_notice_but_recovery_outlives_the_hearing(of: HearingView, court: Court, now: datetime) -> None:
    starts = [of.appearance.starts_at] + ([of.told.appearance.starts_at] if of.told else [])
    for plan in plan_notices(of, court=court, now=now):
        if plan.kind is NoticeKind.RECOVERY:
            continue
        limit = (
            max(starts) if plan.kind in {NoticeKind.CANCELLATION, NoticeKind.CORRECTION} else of.appearance.starts_at
        )
        assert plan.expires_at <= limit


@given(VIEWS, COURTS, INSTANTS)
def test_only_urgent_notices_are_due_in_quiet_hours(of: HearingView, court: Court, now: datetime) -> None:
    for plan in plan_notices(of, court=court, now=now):
        if plan.priority is not Priority.URGENT:
            assert not is_quiet(plan.due_at, court.quiet, court.zone)


@given(VIEWS, COURTS, INSTANTS)
def test_one_planning_never_makes_two_notices_of_one_key(of: HearingView, court: Court, now: datetime) -> None:
    keys = [plan.dedupe_key for plan in plan_notices(of, court=court, now=now)]
    assert len(keys) == len(set(keys))


@given(VIEWS, COURTS, INSTANTS)
def test_what_was_planned_is_planned_again_while_it_waits(of: HearingView, court: Court, now: datetime) -> None:
    first = plan_notices(of, court=court, now=now)
    waiting = replace(of, waiting=frozenset(plan.dedupe_key for plan in first))
    assert plan_notices(waiting, court=court, now=now) == first
    reminders = [plan for plan in first if plan.kind is NoticeKind.REMINDER]
    if of.told is not None and reminders:
        soon = reminders[0].due_at + timedelta(seconds=1)
        if soon < reminders[0].expires_at:
            assert reminders[0] in plan_notices(waiting, court=court, now=soon)


@given(VIEWS, COURTS, INSTANTS)
def test_without_consent_nothing_of_a_case_is_planned(of: HearingView, court: Court, now: datetime) -> None:
    assert plan_notices(replace(of, standing=Standing.REVOKED), court=court, now=now) == []
    pending = plan_notices(replace(of, standing=Standing.PENDING), court=court, now=now)
    assert {plan.kind for plan in pending} <= {NoticeKind.INVITATION}


@given(VIEWS, COURTS, INSTANTS)
def test_no_reminder_follows_the_first_text_before_a_breath(of: HearingView, court: Court, now: datetime) -> None:
    found = plan_notices(of, court=court, now=now)
    first = [plan for plan in found if plan.kind is NoticeKind.HEARING_SET]
    if first:
        later = [plan.due_at for plan in found if plan.kind is NoticeKind.REMINDER]
        assert all(due_at - first[0].due_at >= BREATH for due_at in later)


@st.composite
def enrolled(draw: st.DrawFn) -> tuple[HearingView, Court, datetime]:
    """Draw somebody before a hearing: told of it a while ago, as it is or a little otherwise, or not yet."""
    of, court = draw(VIEWS), draw(COURTS)
    status = draw(st.sampled_from([*HearingStatus, *[HearingStatus.SCHEDULED] * 8]))
    of = replace(of, appearance=replace(of.appearance, status=status))
    now = of.appearance.starts_at - draw(st.timedeltas(timedelta(hours=-1), timedelta(days=9)))
    told = of.told
    if told is not None:
        other = draw(st.sampled_from(["", "courtroom", "place", "join_url", "start"]))
        values = {other: "elsewhere"} if other not in {"", "start"} else {}
        said = told.appearance if other == "start" else replace(of.appearance, **values)  # type: ignore[arg-type]
        since = now - draw(st.timedeltas(timedelta(0), 2 * BREATH))
        told = replace(told, revision=draw(st.sampled_from([1, of.revision])), appearance=said, since=since)
    kept = tuple((rule.key, of.appearance.starts_at) for rule in court.rules[: draw(st.integers(0, 2))])
    view = replace(of, standing=Standing.GRANTED, outcome=None, missed_at=None, told=told, reminded=kept)
    return view, court, now


@given(enrolled())
@settings(max_examples=examples(500))
def test_all_in_one_situation_get_what_each_of_them_would_get_alone(case: tuple[HearingView, Court, datetime]) -> None:
    of, court, now = case
    common = plan_for_all_in(situation_of(of, long_ago=long_before(now)), court=court, now=now)

    if common is not None:
        whose = Whose(str(of.hearing_id), str(of.participation_id), str(of.person_id))
        filled = [
            replace(
                plan,
                dedupe_key=plan.dedupe_key.format(**whose._asdict()),
                bundle_key=plan.bundle_key and plan.bundle_key.format(**whose._asdict()),
                due_at=(common.own_turn(whose, court) if plan is common.spread else None) or plan.due_at,
            )
            for plan in common.notices
        ]
        assert sorted(filled, key=ORDER) == sorted(plan_notices(of, court=court, now=now), key=ORDER)


NEW = situation_of(view(), long_ago=LONG_BEFORE)


def test_newcomers_of_one_night_differ_in_their_turn_alone() -> None:
    by_night = local("2026-06-01", "03:00")

    common = plan_for_all_in(NEW, court=COURT, now=by_night)

    assert common is not None
    assert common.spread is common.notices[0]
    assert common.spread.due_at == local("2026-06-01", "08:00")
    turns = {common.own_turn(Whose("7", "3", str(person)), COURT) for person in range(20)}
    assert len(turns) > 10
    assert all(turn and timedelta(0) <= turn - common.spread.due_at < COURT.quiet.jitter for turn in turns)


def test_newcomers_whose_notices_depend_on_their_turn_are_planned_one_by_one() -> None:
    by_night = local("2026-06-01", "03:00")
    evening = ReminderRule(
        key="evening", purpose=Purpose.LOGISTICS, days_before=1, at=time(20, 5), roles=frozenset({Role.DEFENDANT})
    )
    court = replace(COURT, quiet=QuietHours(start=time(21), end=time(8)), rules=(evening,))
    tomorrow = NEW._replace(starts_at=local("2026-06-02", "09:30"))

    assert plan_for_all_in(tomorrow, court=court, now=by_night) is None
    assert plan_for_all_in(tomorrow._replace(role=Role.VICTIM), court=court, now=by_night) is not None


def test_newcomers_are_planned_together_by_day() -> None:
    common = plan_for_all_in(NEW._replace(revision=2), court=COURT, now=LONG_BEFORE)

    assert common is not None
    assert common.own_turn(Whose("7", "3", "5"), COURT) is None
    assert [(plan.dedupe_key, plan.bundle_key) for plan in common.notices[:2]] == [
        ("set:{hearing}:{participation}", "anc:{person}:defendant:set"),
        ("reminder:{hearing}:2:called-7d:{participation}", "anc:{person}:defendant:2026-06-22:consequence"),
    ]
