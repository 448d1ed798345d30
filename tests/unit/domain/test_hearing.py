"""Hearings and roles: what a change means to people, and who may not share a phone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.hearing import Appearance, ChangeKind, HearingStatus, Mode, changes_between
from domain.roles import Role, Side, are_opposed, side_of

AT = datetime(2026, 6, 15, 17, 30, tzinfo=UTC)
HEARING = Appearance(starts_at=AT, courtroom="301", place="Nesbett Courthouse")
DAY = timedelta(days=1)


def but(**changes: object) -> Appearance:
    return replace(HEARING, **changes)  # type: ignore[arg-type] # tests name fields of an Appearance


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (HEARING, HEARING, set()),
        (HEARING, but(starts_at=AT - DAY), {ChangeKind.EARLIER}),
        (HEARING, but(starts_at=AT + DAY), {ChangeKind.LATER}),
        (HEARING, but(starts_at=AT + timedelta(minutes=1)), {ChangeKind.LATER}),
        (HEARING, but(courtroom="302"), {ChangeKind.ROOM}),
        (HEARING, but(courtroom=None), {ChangeKind.ROOM}),
        (HEARING, but(place="Boney Courthouse"), {ChangeKind.ROOM}),
        (HEARING, but(mode=Mode.VIDEO), {ChangeKind.MODE}),
        (HEARING, but(join_url="https://v.example"), {ChangeKind.MODE}),
        (
            HEARING,
            but(starts_at=AT - DAY, courtroom="1", mode=Mode.PHONE),
            {ChangeKind.EARLIER, ChangeKind.ROOM, ChangeKind.MODE},
        ),
        (HEARING, but(status=HearingStatus.CANCELLED), {ChangeKind.CANCELLED}),
        (HEARING, but(status=HearingStatus.CANCELLED, courtroom="1"), {ChangeKind.CANCELLED}),
        (HEARING, but(status=HearingStatus.CONTINUED), {ChangeKind.CANCELLED}),
        (HEARING, but(status=HearingStatus.HELD), set()),
        (but(status=HearingStatus.CANCELLED), HEARING, {ChangeKind.REINSTATED}),
        (but(status=HearingStatus.CONTINUED), but(starts_at=AT + DAY), {ChangeKind.REINSTATED, ChangeKind.LATER}),
        (but(status=HearingStatus.CANCELLED), but(status=HearingStatus.CONTINUED), set()),
        (but(status=HearingStatus.CANCELLED), but(status=HearingStatus.HELD), set()),
    ],
)
def test_a_change_is_what_it_means_to_people(old: Appearance, new: Appearance, expected: set[ChangeKind]) -> None:
    assert changes_between(old, new) == expected


APPEARANCES = st.builds(
    Appearance,
    starts_at=st.sampled_from([AT - DAY, AT, AT + DAY]),
    status=st.sampled_from(HearingStatus),
    courtroom=st.sampled_from([None, "301", "302"]),
    mode=st.sampled_from(Mode),
)


@given(APPEARANCES)
def test_nothing_differs_from_itself(hearing: Appearance) -> None:
    assert changes_between(hearing, hearing) == frozenset()


@given(APPEARANCES, APPEARANCES)
def test_a_hearing_is_never_both_earlier_and_later_nor_cancelled_and_more(old: Appearance, new: Appearance) -> None:
    found = changes_between(old, new)
    assert not {ChangeKind.EARLIER, ChangeKind.LATER} <= found
    assert ChangeKind.CANCELLED not in found or len(found) == 1
    assert ChangeKind.NEW not in found
    assert new.status.is_on or found <= {ChangeKind.CANCELLED}


@given(APPEARANCES, APPEARANCES)
def test_what_moved_earlier_moves_later_on_its_way_back(old: Appearance, new: Appearance) -> None:
    if old.status.is_on and new.status.is_on:
        there, back = changes_between(old, new), changes_between(new, old)
        assert (ChangeKind.EARLIER in there) == (ChangeKind.LATER in back)
        assert (ChangeKind.ROOM in there) == (ChangeKind.ROOM in back)


@pytest.mark.parametrize("starts_at", [datetime(2026, 6, 15, 17, 30), AT.astimezone(timezone(timedelta(hours=2)))])  # noqa: DTZ001 -- the mistake under test
def test_an_appearance_refuses_an_instant_that_is_not_utc(starts_at: datetime) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Appearance(starts_at=starts_at)
    assert refused.value.field == "starts_at"
    assert "UTC" in str(refused.value)


def test_only_a_scheduled_hearing_is_on() -> None:
    assert {status for status in HearingStatus if status.is_on} == {HearingStatus.SCHEDULED}


ACCUSED = {Role.DEFENDANT, Role.RESPONDENT}
HARMED = {Role.VICTIM, Role.PETITIONER, Role.WITNESS}


@pytest.mark.parametrize("one", Role)
@pytest.mark.parametrize("other", Role)
def test_the_accused_and_the_harmed_are_opposed_and_nobody_else(one: Role, other: Role) -> None:
    expected = (one in ACCUSED and other in HARMED) or (one in HARMED and other in ACCUSED)
    assert are_opposed(one, other) is expected


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_side(role: Role) -> None:
    assert isinstance(side_of(role), Side)
    assert not are_opposed(role, role)
