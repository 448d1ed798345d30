"""Which hearing a row speaks of where several could be meant, and where the days that a feed covers end."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar_diff import CaseDiff, Feed, HearingChange, KnownHearing, compare, identity_of, is_missed
from domain.calendar_report import Finding
from domain.calendar_row import HearingFields
from domain.hearing import HearingStatus, Mode

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
FEED = Feed(key="example/native", complete=True, since=NOW + DAY, until=NOW + 30 * DAY)


def fields(
    day: float = 10,
    *,
    kind: str | None = "Trial",
    external_id: str | None = None,
    status: HearingStatus = HearingStatus.SCHEDULED,
) -> HearingFields:
    return HearingFields(NOW + day * DAY, status, "2", None, Mode.IN_PERSON, None, external_id, kind, None)


def known(
    of: HearingFields, number: int = 1, *fed_days: float, feed: str = FEED.key, gone: bool = False
) -> KnownHearing:
    starts = frozenset(NOW + day * DAY for day in fed_days)
    return KnownHearing(id=number, fields=of, feed=feed, is_gone=gone, fed_starts=starts)


def compared(before: Sequence[KnownHearing], *fed: HearingFields, feed: Feed = FEED) -> CaseDiff:
    return compare(before, fed, feed=feed, now=NOW)


def pairs(diff: CaseDiff) -> set[tuple[int | None, Finding]]:
    return {(change.known.id if change.known else None, change.finding) for change in diff.changes}


class TestWhichOne:
    def test_a_hearing_with_another_id_at_the_same_hour_is_another_hearing(self) -> None:
        diff = compared([known(fields(external_id="A"))], fields(external_id="B"))

        assert pairs(diff) == {(None, Finding.NEW), (1, Finding.CANCELLED)}

    def test_an_id_wins_over_kind_and_hour(self) -> None:
        before = [known(fields(external_id="A"), 1), known(fields(12, external_id="B"), 2)]

        diff = compared(before, fields(12, external_id="A"), fields(10, external_id="B"))

        assert pairs(diff) == {(1, Finding.LATER), (2, Finding.EARLIER)}

    def test_a_new_id_goes_to_the_one_hearing_at_that_hour_and_to_none_of_two(self) -> None:
        one, twin = known(fields(), 1), known(fields(12), 2, 10)

        assert pairs(compared([one], fields(external_id="A"))) == {(1, Finding.DETAILS)}
        assert pairs(compared([one, twin], fields(external_id="A"))) == {
            (None, Finding.NEW),
            (1, Finding.CANCELLED),
            (2, Finding.CANCELLED),
        }

    def test_a_row_without_an_id_takes_first_a_hearing_without_one_then_its_own_hour_then_the_oldest(self) -> None:
        with_id, elsewhere = known(fields(external_id="A"), 1), known(fields(12), 2, 10)
        here, younger = known(fields(), 4), known(fields(), 5)

        def taken(*before: KnownHearing) -> int | None:
            shown = compared(before, fields())
            found = shown.changes[shown.shown[identity_of(fields())]].known
            return found.id if found else None

        assert taken(with_id) == 1
        assert taken(with_id, elsewhere) == 2
        assert taken(with_id, elsewhere, younger, here) == 4

    def test_rows_with_ids_choose_before_rows_without(self) -> None:
        diff = compared([known(fields())], fields(), fields(external_id="A"))

        [taken] = [change for change in diff.changes if change.known is not None]
        assert taken.fed is not None
        assert taken.fed.external_id == "A"

    def test_a_hearing_keeps_the_id_that_a_row_does_not_say(self) -> None:
        [change] = compared([known(fields(external_id="A"))], fields()).changes

        assert change == HearingChange(Finding.UNCHANGED, change.known, fields(external_id="A"))


class TestMoves:
    def test_a_hearing_with_an_id_does_not_become_a_row_without_one(self) -> None:
        diff = compared([known(fields(external_id="A"))], fields(12))

        assert pairs(diff) == {(None, Finding.NEW), (1, Finding.CANCELLED)}

    def test_a_row_with_an_id_is_nobodys_move(self) -> None:
        diff = compared([known(fields())], fields(12, external_id="A"))

        assert pairs(diff) == {(None, Finding.NEW), (1, Finding.CANCELLED)}

    @pytest.mark.parametrize(
        ("was", "becomes", "moved"),
        [(10, 12, True), (0, 12, False), (-1, 12, False), (10, 0, False), (10, -1, False)],
        ids=str,
    )
    def test_only_from_and_to_a_time_that_is_still_to_come(self, was: float, becomes: float, moved: bool) -> None:  # noqa: FBT001
        diff = compared([known(fields(was))], fields(becomes))

        assert (Finding.LATER in {change.finding for change in diff.changes}) is moved

    @pytest.mark.parametrize(
        ("status", "finding"),
        [
            (HearingStatus.SCHEDULED, Finding.LATER),
            (HearingStatus.CONTINUED, Finding.REINSTATED),
            (HearingStatus.CANCELLED, Finding.NEW),
            (HearingStatus.HELD, Finding.NEW),
        ],
    )
    def test_what_was_off_for_good_does_not_move(self, status: HearingStatus, finding: Finding) -> None:
        diff = compared([known(fields(status=status))], fields(12))

        assert diff.changes[diff.shown[identity_of(fields(12))]].finding is finding

    def test_two_that_could_have_moved_are_left_to_a_human_and_neither_is_cancelled(self) -> None:
        diff = compared([known(fields(10), 1), known(fields(11), 2)], fields(12))

        assert diff.unclear == [identity_of(fields(12))]
        assert pairs(diff) == {(None, Finding.NEW), (1, Finding.GONE), (2, Finding.GONE)}


class TestAbsence:
    @pytest.mark.parametrize(
        ("day", "finding"),
        [
            (1 - MOMENT / DAY, []),
            (1, [Finding.CANCELLED]),
            (30, [Finding.CANCELLED]),
            (30 + MOMENT / DAY, []),
        ],
        ids=["before its first day", "the first instant", "the last instant", "after its last day"],
    )
    def test_a_complete_feed_cancels_within_the_days_it_covers_only(self, day: float, finding: list[Finding]) -> None:
        assert [change.finding for change in compared([known(fields(day))]).changes] == finding

    @pytest.mark.parametrize(
        ("one", "missed"),
        [
            (known(fields(MOMENT / DAY)), True),
            (known(fields(0)), False),
            (known(fields(status=HearingStatus.CANCELLED)), False),
            (known(fields(status=HearingStatus.CONTINUED)), False),
            (known(fields(), feed="other/native"), False),
            (known(fields(), gone=True), False),
        ],
        ids=["just ahead", "begins now", "cancelled", "continued", "another feed's", "gone already"],
    )
    def test_a_feed_must_show_what_it_showed_that_is_on_and_to_come(self, one: KnownHearing, missed: bool) -> None:  # noqa: FBT001
        assert is_missed(one, FEED, now=NOW) is missed

    def test_what_a_feed_cancels_by_silence_is_off_and_otherwise_as_it_was(self) -> None:
        [change] = compared([known(fields())]).changes

        assert change.fed == fields(status=HearingStatus.CANCELLED)
        assert change.is_news


@given(st.lists(st.tuples(st.sampled_from([None, "A", "B"]), st.sampled_from([10, 11])), max_size=4, unique=True))
def test_no_two_rows_are_the_same_hearing_and_every_row_is_one(rows: list[tuple[str | None, int]]) -> None:
    fed = [fields(day, external_id=external_id) for external_id, day in rows]

    diff = compared([known(fields(10), 1), known(fields(11, external_id="A"), 2)], *fed)

    assert set(diff.shown) == {identity_of(one) for one in fed}
    assert len(set(diff.shown.values())) == len(diff.shown)
    taken = [change.known.id for change in diff.changes if change.known is not None]
    assert len(set(taken)) == len(taken)
