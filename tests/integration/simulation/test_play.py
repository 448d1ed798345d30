"""A calendar on a fast clock: what is sent is what a court would send, to people who do not exist."""

import csv
import io
from collections import Counter
from datetime import date, datetime, time, timedelta

import orjson
import pytest

from bot.simulation.record import Simulation
from domain.delivery import ChannelName
from domain.errors import InvalidInputError, NotFoundError
from domain.notice import NoticeKind, NoticeState, Purpose
from domain.roles import Role
from domain.sms import measure
from storage.simulation import SentText
from tests.integration.simulation.calendars import ALASKA, DEFINITIONS, MARKERS, native, party, season
from tests.integration.simulation.conftest import Play

FIRST = date(2026, 10, 20)  # the clocks of Riverton go back on the first of November
NUMBER = "3RV-26-00042CR"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def alaska(play: Play) -> Simulation:
    """A feed that names nobody, played from the end of October to the end of the year."""
    return play(ALASKA)


@pytest.fixture(scope="module")
def autumn(play: Play) -> Simulation:
    """Sixty hearings over a clock change."""
    return play(season(FIRST, 60), f"{FIRST}", "2026-11-30")


def local(outcome: Simulation, one: SentText) -> datetime:
    """When a text left, on the clock of its court."""
    return one.at.astimezone(outcome.zones[one.court])


def touches(outcome: Simulation, number: str) -> list[tuple[str, str]]:
    """Each text about a case: when by the court's clock, and what for."""
    return [
        (f"{local(outcome, one):%m-%d %H:%M}", str(one.purpose or one.kind))
        for one in outcome.texts
        if number in one.cases
    ]


def test_who_must_come_is_told_at_once_and_then_seven_three_and_one_days_before(alaska: Simulation) -> None:
    [(first, said), *reminders] = touches(alaska, "1CR-26-00170CR")

    assert said == "set"
    assert "10-26 08:00" <= first <= "10-26 08:20", "when the quiet hours of the first day end"
    assert reminders == [("12-14 10:00", "consequence"), ("12-18 10:00", "plan"), ("12-20 10:00", "logistics")]


def test_two_hearings_of_one_case_on_one_day_are_one_text(alaska: Simulation) -> None:
    assert [said for _, said in touches(alaska, "1HA-26-00029CR")] == ["set", "consequence", "plan", "logistics"]
    assert all("15" in one.text and "30" in one.text for one in alaska.texts if "1HA-26-00029CR" in one.cases)


def test_a_hearing_that_was_before_the_first_day_is_told_to_nobody(alaska: Simulation) -> None:
    assert touches(alaska, "1CR-26-00171CR") == []
    assert (alaska.expected, alaska.told_nothing) == (4, 0)


def test_a_case_that_names_nobody_has_one_invented_party(alaska: Simulation) -> None:
    assert (alaska.cast.people, alaska.cast.invented) == (4, 4)
    assert {one.role for one in alaska.texts} == {Role.DEFENDANT}
    numbers = {one.cases[0]: one.to for one in alaska.texts}
    assert len(set(numbers.values())) == len(numbers) == 3
    assert all(number.startswith("+1907555010") for number in numbers.values())


def test_who_follows_a_case_by_its_number_is_reminded_twice(play: Play) -> None:
    outcome = play(ALASKA, role=Role.FOLLOWER)

    assert [said for _, said in touches(outcome, "1CR-26-00170CR")] == ["set", "plan", "logistics"]


def test_the_calendar_of_three_months_never_grows_too_old(alaska: Simulation) -> None:
    assert "feed_stale" not in alaska.held
    assert alaska.not_sent == ()


def test_nothing_of_the_files_people_is_said(alaska: Simulation, play: Play) -> None:
    named = play(native([party(NUMBER, "2026-11-20T09:00", phone="206-555-0142")]))

    for outcome in (alaska, named):
        said = orjson.dumps(outcome.facts()).decode()
        assert outcome.texts
        assert [marker for marker in MARKERS if marker in said] == []


def test_no_text_leaves_in_quiet_hours_on_either_side_of_a_clock_change(autumn: Simulation) -> None:
    hours = [local(autumn, one).time() for one in autumn.texts if one.kind is not NoticeKind.SHORT_NOTICE]

    assert len(hours) > 150
    assert min(hours) >= time(8)
    assert max(hours) < time(20)


def test_a_reminder_leaves_at_ten_on_both_sides_of_a_clock_change(autumn: Simulation) -> None:
    reminders = [local(autumn, one) for one in autumn.texts if one.kind is NoticeKind.REMINDER]

    assert {f"{at:%H:%M}" for at in reminders} == {"10:00"}
    assert {at.utcoffset() for at in reminders} == {timedelta(hours=-8), timedelta(hours=-9)}


def test_no_text_leaves_once_its_hearing_is_about_to_begin(autumn: Simulation) -> None:
    starts = {row["case_number"]: row["starts_at"] for row in csv.DictReader(io.StringIO(season(FIRST, 60)))}
    doors = timedelta(minutes=30)

    left = {(one.cases[0], local(autumn, one).replace(tzinfo=None)) for one in autumn.texts}

    assert len({number for number, _ in left}) > 50
    assert [(number, at) for number, at in left if at > datetime.fromisoformat(starts[number]) - doors] == []


def test_the_segments_are_those_of_the_text(autumn: Simulation) -> None:
    assert [one.segments for one in autumn.texts] == [measure(one.text).count for one in autumn.texts]


def test_no_touch_comes_twice(autumn: Simulation) -> None:
    seen = Counter((one.to, one.cases, one.kind, one.purpose) for one in autumn.texts)

    assert max(seen.values()) == 1


def test_everybody_is_written_to_in_their_language_or_one_of_the_courts_in_turn(autumn: Simulation) -> None:
    languages = {one.cases[0]: one.language for one in autumn.texts}
    stated = {number: languages[number] for number in languages if int(number[7:12]) % 4}
    in_turn = Counter(language for number, language in languages.items() if number not in stated)

    assert all(language == ("", "es", "ru", "ar")[int(number[7:12]) % 4] for number, language in stated.items())
    assert set(in_turn) == {"en", "es", "ru", "ar"}
    assert max(in_turn.values()) - min(in_turn.values()) <= 1


def test_the_texts_are_in_the_order_of_time(autumn: Simulation) -> None:
    moments = [one.at for one in autumn.texts]

    assert moments == sorted(moments)


def test_the_same_calendar_in_any_order_of_rows_gives_the_same_outcome(autumn: Simulation, play: Play) -> None:
    header, *rows = season(FIRST, 60).splitlines(keepends=True)

    again = play(header + "".join(rows[1::2] + rows[::2][::-1]), f"{FIRST}", "2026-11-30")

    assert orjson.dumps(again.facts()) == orjson.dumps(autumn.facts())


def test_the_last_day_is_played_to_its_end_and_no_further(play: Play) -> None:
    calendar = native([party(NUMBER, "2026-11-20T09:00")])

    before, on_it = (play(calendar, until=day) for day in ("2026-11-12", "2026-11-13"))

    assert [said for _, said in touches(before, NUMBER)] == ["set"]
    assert [said for _, said in touches(on_it, NUMBER)] == ["set", "consequence"]
    [left] = before.not_sent
    assert (left.kind, left.state, left.count) == (NoticeKind.REMINDER, NoticeState.PLANNED, 3)
    assert on_it.expected == 0, "the hearing is later"


def test_a_hearing_on_the_first_day_is_told_in_one_text_and_the_desk_calls(play: Play) -> None:
    outcome = play(native([party(NUMBER, "2026-10-26T16:00")]))

    assert [one.kind for one in outcome.texts] == [NoticeKind.SHORT_NOTICE]
    assert outcome.tasks == {"short_notice_call": 1}


@pytest.mark.parametrize(
    ("said", "role", "reason"),
    [
        ({"confidentiality": "sealed"}, Role.DEFENDANT, "sealed"),
        (
            {"confidentiality": "juvenile", "role": "", "given_name": "", "family_name": "", "party_id": ""},
            Role.FOLLOWER,
            "not_public",
        ),
    ],
    ids=["sealed", "a stranger's juvenile case"],
)
def test_what_may_not_be_told_is_dropped_with_its_reason(
    play: Play, said: dict[str, str], role: Role, reason: str
) -> None:
    outcome = play(native([party(NUMBER, "2026-11-20T09:00", **said)]), role=role)

    assert outcome.texts == ()
    assert {(one.state, one.reason) for one in outcome.not_sent} == {(NoticeState.DROPPED, reason)}
    assert (outcome.expected, outcome.told_nothing) == (1, 1)


def test_who_is_in_custody_is_waited_for_and_the_desk_hears_of_it(play: Play) -> None:
    outcome = play(native([party(NUMBER, "2026-11-02T09:00", in_custody="true")]))

    assert outcome.texts == ()
    assert outcome.held["in_custody"] == len({one.kind for one in outcome.not_sent}) + 1
    assert {one.state for one in outcome.not_sent} == {NoticeState.EXPIRED}
    assert outcome.tasks == {"not_reminded": 1}


def test_a_cancelled_hearing_is_told_to_nobody(play: Play) -> None:
    outcome = play(native([party(NUMBER, "2026-11-20T09:00", status="cancelled")]))

    assert (outcome.texts, outcome.not_sent, outcome.expected) == ((), (), 0)


def test_who_has_a_telegram_link_reads_telegram(play: Play) -> None:
    outcome = play(
        native(
            [
                party(NUMBER, "2026-11-20T09:00", telegram_token="riverton-1", language="ru"),
                party("3RV-26-00043CR", "2026-11-20T09:00"),
            ]
        )
    )

    assert {(one.channel, one.to, one.language) for one in outcome.texts if NUMBER in one.cases} == {
        (ChannelName.TELEGRAM, "chat-1", "ru")
    }
    assert {one.segments for one in outcome.texts if one.channel is ChannelName.TELEGRAM} == {1}
    assert set(outcome.sums("channel")) == {"sms", "telegram"}


def test_both_sides_of_a_case_are_told_each_on_a_number_of_their_own(play: Play) -> None:
    outcome = play(
        native(
            party(NUMBER, "2026-11-20T09:00", role=role, party_id=role, phone="206-555-0142")
            for role in ("defendant", "victim", "witness")
        )
    )

    purposes: dict[tuple[Role | None, str], list[Purpose | None]] = {}
    for one in outcome.texts:
        purposes.setdefault((one.role, one.to), []).append(one.purpose)
    by_role = {role: said for (role, _), said in purposes.items()}
    assert len(purposes) == len(by_role) == 3
    assert Purpose.CONSEQUENCE in by_role[Role.DEFENDANT]
    assert Purpose.CONSEQUENCE not in by_role[Role.VICTIM]
    assert outcome.tasks == {}


@pytest.mark.parametrize("enrolment", ["opt_out", "opt_in", "none"])
def test_everybody_has_agreed_however_the_court_enrols(play: Play, enrolment: str) -> None:
    definitions = DEFINITIONS | {"riverton": f'enrolment = "{enrolment}"\n' + DEFINITIONS["riverton"]}

    outcome = play(native([party(NUMBER, "2026-11-20T09:00")]), definitions=definitions)

    assert [said for _, said in touches(outcome, NUMBER)] == ["set", "consequence", "plan", "logistics"]


def test_a_slow_sender_of_the_court_slows_nothing(play: Play) -> None:
    slow = '\n[[sender]]\nchannel = "sms"\nsender = "+19075550198"\nrate = 0.001\n'
    definitions = DEFINITIONS | {"riverton": DEFINITIONS["riverton"] + slow}
    calendar = native(party(f"3RV-26-000{ordinal}CR", "2026-11-20T09:00") for ordinal in range(10, 30))

    outcome = play(calendar, definitions=definitions)

    assert len(outcome.texts) == 80
    assert {f"{local(outcome, one):%H:%M}" for one in outcome.texts if one.kind is NoticeKind.REMINDER} == {"10:00"}


def test_each_court_of_a_file_keeps_its_own_clock(play: Play) -> None:
    outcome = play(
        native(
            [
                party(NUMBER, "2026-11-20T09:00"),
                party(NUMBER, "2026-11-20T09:00", court="lakeside"),
            ]
        )
    )

    reminders = [one for one in outcome.texts if one.kind is NoticeKind.REMINDER]
    assert Counter(one.court for one in reminders) == {"riverton": 3, "lakeside": 3}
    assert {f"{local(outcome, one):%H:%M}" for one in reminders} == {"10:00"}
    assert [one.court for one in reminders] == ["lakeside", "riverton"] * 3, "it is ten by the lake first"


def test_the_rows_that_cannot_be_read_are_counted_and_the_others_are_played(play: Play) -> None:
    outcome = play(native([party(NUMBER, "2026-11-20T09:00"), party("3RV-26-00043CR", "soon")]))

    assert (outcome.imported.rows, outcome.imported.quarantined) == (1, 1)
    assert {number for one in outcome.texts for number in one.cases} == {NUMBER}


@pytest.mark.parametrize(
    ("calendar", "mapping", "error", "says"),
    [
        ("", None, InvalidInputError, "FILE: There is no row in this file"),
        (ALASKA.replace("2026", "soon"), "criminal", InvalidInputError, "could be read: is this the right mapping?"),
        (ALASKA, "nightly", NotFoundError, "has no mapping 'nightly'"),
        ("a,b\n1,2\n", None, InvalidInputError, "fits this file"),
    ],
    ids=["empty", "unreadable", "no such mapping", "another shape"],
)
def test_a_calendar_that_cannot_be_played_is_refused_in_one_line(
    play: Play, calendar: str, mapping: str | None, error: type[Exception], says: str
) -> None:
    with pytest.raises(error) as refused:
        play(calendar, mapping=mapping)

    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert [marker for marker in MARKERS if marker in str(refused.value)] == []


def test_it_says_how_far_it_is(play: Play) -> None:
    told: dict[str, list[tuple[int, int | None]]] = {}

    play(ALASKA, progress=lambda step, done, total: told.setdefault(step, []).append((done, total)))

    assert list(told) == ["reading", "comparing", "applying", "planning", "playing"]
    assert told["planning"] == [(5, 5)]
    days = [done for done, _ in told["playing"]]
    assert days == sorted(days)
    assert told["playing"][-1] == (67, 67)
