"""What a feed's rows mean against what is known: nothing is guessed, and the order of rows never matters."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar_diff import CaseDiff, Feed, KnownHearing, compare, identity_of
from domain.calendar_report import Finding
from domain.calendar_row import HearingFields
from domain.hearing import HearingStatus, Mode

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FEED = Feed(key="example/native", complete=False, since=NOW, until=NOW + 30 * DAY)
COMPLETE = Feed(key="example/native", complete=True, since=NOW, until=NOW + 30 * DAY)
OFF = HearingStatus.CANCELLED


def fields(  # what a test does not say is a plain hearing
    day: float = 10,
    *,
    kind: str | None = "Trial",
    external_id: str | None = None,
    status: HearingStatus = HearingStatus.SCHEDULED,
    courtroom: str | None = "2",
    mode: Mode = Mode.IN_PERSON,
    judge: str | None = None,
) -> HearingFields:
    return HearingFields(NOW + day * DAY, status, courtroom, None, mode, None, external_id, kind, judge)


def known(
    of: HearingFields,
    *,
    number: int = 1,
    by_staff: bool = False,
    is_gone: bool = False,
    feed: str | None = FEED.key,
    fed_starts: frozenset[datetime] = frozenset(),
) -> KnownHearing:
    return KnownHearing(id=number, fields=of, feed=feed, by_staff=by_staff, is_gone=is_gone, fed_starts=fed_starts)


def findings(before: Sequence[KnownHearing], fed: Sequence[HearingFields], feed: Feed = FEED) -> list[Finding]:
    return sorted(change.finding for change in compare(before, fed, feed=feed, now=NOW).changes)


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        (fields(), fields(), Finding.UNCHANGED),
        (fields(), fields(8), Finding.EARLIER),
        (fields(), fields(12), Finding.LATER),
        (fields(), fields(courtroom="3"), Finding.ROOM),
        (fields(), fields(mode=Mode.VIDEO), Finding.MODE),
        (fields(), fields(status=OFF), Finding.CANCELLED),
        (fields(status=OFF), fields(), Finding.REINSTATED),
        (fields(), fields(status=HearingStatus.CONTINUED), Finding.CANCELLED),
        (fields(status=HearingStatus.CONTINUED), fields(20), Finding.REINSTATED),
        (fields(), fields(judge="Moss"), Finding.DETAILS),
        (fields(), fields(8, courtroom="3"), Finding.EARLIER),
        (fields(-1), fields(-1, status=HearingStatus.HELD), Finding.DETAILS),
    ],
)
def test_one_hearing_without_an_id_is_followed_through_its_changes(
    before: HearingFields, after: HearingFields, finding: Finding
) -> None:
    diff = compare([known(before)], [after], feed=FEED, now=NOW)

    [change] = diff.changes
    assert (change.finding, change.known, change.fed) == (finding, known(before), after)
    assert diff.unclear == []


def test_the_feeds_own_id_is_the_hearing_whatever_else_changes() -> None:
    before = [known(fields(external_id="A"), number=1), known(fields(11, external_id="B"), number=2)]

    diff = compare(before, [fields(20, kind="Plea", external_id="A"), fields(5, external_id="B")], feed=FEED, now=NOW)

    found = {change.known.id: change.finding for change in diff.changes if change.known}
    assert found == {1: Finding.LATER, 2: Finding.EARLIER}


def test_a_feed_that_begins_to_give_ids_names_the_hearings_that_are_there() -> None:
    assert findings([known(fields())], [fields(external_id="A")]) == [Finding.DETAILS]


def test_a_feed_that_stops_giving_ids_changes_nothing() -> None:
    assert findings([known(fields(external_id="A"))], [fields()]) == [Finding.UNCHANGED]


def test_two_hearings_that_both_lost_their_start_are_not_guessed_at() -> None:
    before = [known(fields(10), number=1), known(fields(11), number=2)]

    diff = compare(before, [fields(12), fields(13)], feed=FEED, now=NOW)

    assert Counter(change.finding for change in diff.changes) == {Finding.NEW: 2, Finding.GONE: 2}
    assert len(diff.unclear) == 2


def test_an_unclear_move_cancels_nobody_even_where_the_feed_is_complete() -> None:
    before = [known(fields(10), number=1), known(fields(11), number=2)]

    assert Finding.CANCELLED not in findings(before, [fields(12)], COMPLETE)


def test_what_was_unclear_once_is_not_cancelled_by_the_same_file_the_next_night() -> None:
    first = compare([known(fields(10), number=1), known(fields(11), number=2)], [fields(12)], feed=COMPLETE, now=NOW)
    there = _after(first, [known(fields(10), number=1), known(fields(11), number=2)])

    assert findings(there, [fields(12)], COMPLETE) == [Finding.UNCHANGED]


def test_hearings_of_other_kinds_do_not_stand_in_for_one_another() -> None:
    assert findings([known(fields())], [fields(12, kind="Plea")]) == [Finding.GONE, Finding.NEW]


def test_a_hearing_that_is_over_did_not_move() -> None:
    assert findings([known(fields(-1))], [fields(12)]) == [Finding.NEW]


def test_a_cancelled_hearing_and_a_later_one_are_two() -> None:
    assert findings([known(fields(status=OFF))], [fields(12)]) == [Finding.NEW]


def test_one_statement_of_several_is_kept_and_reported() -> None:
    diff = compare([], [fields(courtroom="3"), fields(courtroom="2"), fields(status=OFF)], feed=FEED, now=NOW)

    [change] = diff.changes
    assert change.fed == fields(courtroom="2"), "one that is on, and the first in an order of their own"
    assert diff.unclear == [identity_of(fields())]


@pytest.mark.parametrize(
    ("before", "feed", "expected"),
    [
        (known(fields()), FEED, [Finding.GONE]),
        (known(fields()), COMPLETE, [Finding.CANCELLED]),
        (known(fields(), is_gone=True), FEED, []),
        (known(fields(), is_gone=True), COMPLETE, []),
        (known(fields(40)), COMPLETE, []),
        (known(fields(-1)), COMPLETE, []),
        (known(fields(status=OFF)), COMPLETE, []),
        (known(fields(), by_staff=True), COMPLETE, [Finding.GONE]),
        (known(fields(), feed="example/other"), COMPLETE, []),
        (known(fields(), feed=None), COMPLETE, []),
    ],
    ids=[
        "absent is not cancelled",
        "absent from a complete feed",
        "gone already",
        "gone for a reason that the same silence does not clear up",
        "after the last day of the file",
        "over",
        "off already",
        "staff changed it",
        "another feed shows it",
        "staff made it",
    ],
)
def test_what_absence_means(before: KnownHearing, feed: Feed, expected: list[Finding]) -> None:
    assert findings([before], [], feed) == expected


def test_a_hearing_that_had_gone_and_is_back_has_returned() -> None:
    assert findings([known(fields(), is_gone=True)], [fields()]) == [Finding.RETURNED]


def test_staff_are_not_overruled() -> None:
    staffs = known(fields(12), by_staff=True, fed_starts=frozenset({fields(10).starts_at}))

    assert findings([staffs], [fields(10)]) == [Finding.KEPT]
    assert findings([staffs], [fields(12)]) == [Finding.UNCHANGED]
    assert findings([staffs], [fields(12, judge="Moss")]) == [Finding.DETAILS]
    assert findings([staffs], [fields(10), fields(14)]) == [Finding.KEPT, Finding.NEW]


def test_what_staff_recorded_of_a_hearing_that_is_over_is_no_disagreement() -> None:
    held = known(fields(-1, status=HearingStatus.HELD), by_staff=True)

    assert findings([held], [fields(-1)]) == [Finding.UNCHANGED]


HEARINGS = st.builds(
    fields,
    st.integers(-2, 6),
    kind=st.sampled_from(["Trial", "Plea"]),
    external_id=st.sampled_from([None, None, "A", "B"]),
    status=st.sampled_from([HearingStatus.SCHEDULED, OFF]),
    courtroom=st.sampled_from(["1", "2"]),
)


@given(before=st.lists(HEARINGS, max_size=4), fed=st.lists(HEARINGS, max_size=5), seed=st.integers(0, 99))
def test_the_order_of_rows_and_how_often_they_stand_there_never_matter(
    before: list[HearingFields], fed: list[HearingFields], seed: int
) -> None:
    there = _stored(before)
    shuffled = fed + fed[:2]
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a test's order

    one, other = compare(there, fed, feed=FEED, now=NOW), compare(there, shuffled, feed=FEED, now=NOW)

    assert (one.changes, one.unclear, one.shown) == (other.changes, other.unclear, other.shown)


@given(
    before=st.lists(HEARINGS, max_size=4),
    fed=st.lists(HEARINGS, min_size=1, max_size=5),
    feed=st.sampled_from([FEED, COMPLETE]),
)
def test_a_file_applied_twice_is_news_once(before: list[HearingFields], fed: list[HearingFields], feed: Feed) -> None:
    there = _after(compare(_stored(before), fed, feed=feed, now=NOW), _stored(before))

    again = compare(there, fed, feed=feed, now=NOW)

    assert [change for change in again.changes if change.is_news] == []


@given(before=st.lists(HEARINGS, max_size=4), fed=st.lists(HEARINGS, max_size=5))
def test_every_row_finds_its_hearing_and_no_hearing_two(before: list[HearingFields], fed: list[HearingFields]) -> None:
    diff = compare(_stored(before), fed, feed=FEED, now=NOW)

    assert {identity_of(one) for one in fed} == set(diff.shown)
    assert len(set(diff.shown.values())) == len(diff.shown)
    touched = [change.known.id for change in diff.changes if change.known]
    assert len(set(touched)) == len(touched)


def _stored(before: list[HearingFields]) -> list[KnownHearing]:
    """What an import of these rows into an empty case would leave."""
    return _after(compare([], before, feed=FEED, now=NOW), [])


def _after(diff: CaseDiff, before: Sequence[KnownHearing]) -> list[KnownHearing]:
    """Apply a diff as the database would."""
    there = {one.id: one for one in before}
    for change in diff.changes:
        number = change.known.id if change.known else len(there) + 100
        if change.is_news and change.fed is not None:
            there[number] = known(change.fed, number=number)
        elif change.finding is Finding.GONE:
            there[number] = known(there[number].fields, number=number, is_gone=True)
    return list(there.values())
