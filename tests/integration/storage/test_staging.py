"""The stage: rows in the order of their cases, each once, sealed where they speak of people."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from domain.calendar_row import CalendarRow, HearingFields, PartyFields
from domain.hearing import Confidentiality, HearingStatus, Mode
from domain.roles import Role
from storage import staging
from storage.staging import WITHOUT_ID, At, KnownRow, ReadRow, Same, Shown, ShownPart, Stage, packed
from storage.vault import Vault

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
ADA = PartyFields("P1", Role.DEFENDANT, "Ada", "Lane", "en", "907-555-0101", "Cell", "tok", "1990-01-02", True, False)


@pytest.fixture
def stage(vault: Vault) -> Iterator[Stage]:
    with Stage(vault, nobody) as opened:
        yield opened


def row(number: str = "1", *, days: int = 10, party: PartyFields | None = None) -> CalendarRow:
    hearing = HearingFields(
        NOW + timedelta(days=days),
        HearingStatus.CANCELLED,
        "Courtroom D, Exampleville",
        "Annex",
        Mode.VIDEO,
        "https://video.example/1",
        "H1",
        "Plea",
        "Moss",
    )
    return CalendarRow("example", f"N-{number}", f"N{number}", "civil", Confidentiality.JUVENILE, hearing, party)


def nobody(cells: Sequence[str]) -> CalendarRow:
    raise AssertionError(len(cells))


def test_a_row_comes_back_as_it_was_put_there(stage: Stage) -> None:
    put = row(party=ADA)
    stage.add([ReadRow(7, b"1", put)])
    stage.sort()

    [[case]] = stage.cases()
    [back] = case.rows

    assert case.key == (7, "N1")
    assert (back.number, back.case_kind, back.confidentiality, back.hearing) == (
        put.number,
        put.case_kind,
        put.confidentiality,
        put.hearing,
    )
    assert back.party is not None
    assert (back.party.key, back.party.role) == ("P1", Role.DEFENDANT)
    assert back.party.said == ADA


def test_cases_come_in_order_and_their_rows_whatever_the_order_of_the_file(vault: Vault) -> None:
    rows = [
        ReadRow(court, b"%d" % days, row(str(number), days=days))
        for court in (2, 1)
        for number in (3, 1, 2)
        for days in (5, 4, 5)
    ]
    seen = []
    for seed in (1, 2):
        random.Random(seed).shuffle(rows)  # noqa: S311 - a test's order
        with Stage(vault, nobody) as stage:
            stage.add(rows)
            stage.sort()
            seen.append([case for chunk in stage.cases() for case in chunk])

    assert seen[0] == seen[1]
    assert [case.key for case in seen[0]] == [(court, f"N{number}") for court in (1, 2) for number in (1, 2, 3)]
    assert {case.repeated for case in seen[0]} == {1}, "three rows, two of them alike"


def test_chunks_are_about_as_long_as_they_should_be_and_cut_no_case(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "CHUNK", 6)
    stage.add([ReadRow(1, b"%d" % days, row(str(number), days=days)) for number in range(9) for days in (1, 2)])
    stage.sort()

    chunks = list(stage.cases())

    assert [len(chunk) for chunk in chunks] == [2, 2, 2, 2, 1]
    assert all(len(case.rows) == 2 for chunk in chunks for case in chunk)


def test_only_what_was_marked_is_walked_through_again_also_what_the_file_does_not_show(stage: Stage) -> None:
    stage.add([ReadRow(1, b"1", row("1")), ReadRow(1, b"2", row("2"))])
    stage.sort()
    stage.mark([(1, "N2"), (1, "N9"), (1, "N2")])

    [cases] = stage.cases(marked=True)

    assert [(case.key, len(case.rows)) for case in cases] == [((1, "N2"), 1), ((1, "N9"), 0)]
    assert stage.missing([(1, "N1"), (1, "N9"), (2, "N1")]) == [(1, "N9"), (2, "N1")]


def test_who_has_no_id_is_known_by_case_role_name_and_the_phones_digits(stage: Stage) -> None:
    nobody = ADA._replace(party_id="")
    same = [nobody, nobody._replace(phone="+1 (907) 555-0101"), nobody._replace(given="ADA", token="")]
    others = [
        nobody._replace(phone="907-555-0102"),
        nobody._replace(role=Role.WITNESS),
        nobody._replace(family="Reed"),
        nobody._replace(party_id="feed:forged"),
    ]
    stage.add([ReadRow(1, b"%d" % place, row(party=party)) for place, party in enumerate((*same, *others))])
    stage.add([ReadRow(1, b"x", row("2", party=nobody))])
    stage.sort()

    keys = {one.party.key for chunk in stage.cases() for case in chunk for one in case.rows if one.party}

    assert len(keys) == 6, "one for the three spellings, one for each of the others"
    assert all(key.startswith(WITHOUT_ID) for key in keys)
    assert "feed:forged" not in keys, "a feed cannot take a key that we gave"


def test_what_rows_say_of_people_is_sealed_on_the_stage(vault: Vault) -> None:
    with Stage(vault, nobody) as stage:
        stage.add([ReadRow(1, b"1", row(party=ADA))])
        stage.add_known([KnownRow(1, "N2", b"2", 1, 1, packed(["Ada Lane", "907-555-0101"]))])
        held = stage._file.execute("SELECT * FROM staged").fetchall()

    assert b"Ada" not in repr(held).encode()
    assert "Lane" not in repr(held)
    assert "5550101" not in repr(held)


def reread(cells: Sequence[str]) -> CalendarRow:
    number, days = cells
    return row(number, days=int(days))


def known(number: str, digest: bytes, *, days: int = 10) -> KnownRow:
    """Return one of the two rows that a case had in the last file, which showed two hearings."""
    return KnownRow(1, f"N{number}", digest, 2, 2, packed([number, str(days)]))


def test_cases_whose_rows_are_those_of_the_last_file_are_only_counted(vault: Vault) -> None:
    with Stage(vault, nobody) as stage:
        stage.add_known([known("1", b"a"), known("1", b"b"), known("1", b"a"), known("2", b"c"), known("2", b"d")])
        same = stage.sort()

        assert same == Same(rows=5, repeated=1, hearings=4)
        assert list(stage.cases()) == []


def test_with_nothing_on_the_stage_nothing_is_the_same(stage: Stage) -> None:
    assert stage.sort() == Same(0, 0, 0)


@pytest.mark.parametrize("place", ["one of them is new", "one of them is gone"])
def test_of_any_other_case_all_rows_are_read(vault: Vault, place: str) -> None:
    with Stage(vault, reread) as stage:
        stage.add_known([known("1", b"a", days=3)])
        if place == "one of them is new":
            stage.add_known([known("1", b"b", days=4)])
            stage.add([ReadRow(1, b"c", row("1", days=5))])
        same = stage.sort()
        [[case]] = stage.cases()

    days = [3] if place == "one of them is gone" else [3, 4, 5]
    assert same == Same(0, 0, 0)
    assert [one.hearing.starts_at for one in case.rows] == [NOW + timedelta(days=day) for day in days]
    assert len(case.digests) == len(days)


def test_a_marked_case_comes_with_its_rows_though_they_are_those_of_the_last_file(vault: Vault) -> None:
    with Stage(vault, reread) as stage:
        stage.add_known([known("1", b"a", days=3), known("1", b"b", days=4)])
        stage.sort()
        stage.mark([(1, "N1")])
        [[case]] = stage.cases(marked=True)

    assert len(case.rows) == 2


def whole(case_id: int, block: int, *digests: bytes) -> Shown:
    """Return a case of which a block shows all rows, and as many hearings."""
    return case_id, block, len(digests), len(digests)


def part(case_id: int, block: int, *digests: bytes, of: bytes) -> ShownPart:
    """Return a case of which a block shows some rows; it remembers `of`, and two hearings."""
    return ShownPart(case_id, block, len(digests), 2, b"".join(digests), of)


ONE, TWO, THREE = b"1" * 8, b"2" * 8, b"3" * 8


def doubtful(stage: Stage) -> dict[int, set[int]]:
    return dict(stage.doubtful())


class TestBlocksThatWerePassedBy:
    def test_cases_of_which_one_block_shows_all_are_counted(self, stage: Stage) -> None:
        stage.pass_by(1, b"said", [whole(7, 1, ONE), whole(8, 1, ONE, TWO)], [])

        assert doubtful(stage) == {}
        assert stage.sort() == stage.shown() == Same(rows=3, repeated=0, hearings=3)
        assert stage.not_passed_by("[7, 8, 9]") == [9]

    def test_what_several_blocks_show_is_put_together_and_its_hearings_count_once(self, stage: Stage) -> None:
        stage.pass_by(1, b"said", [], [part(7, 1, TWO, of=ONE + TWO)])
        stage.pass_by(2, b"said", [], [part(7, 2, ONE, of=ONE + TWO)])

        assert doubtful(stage) == {}
        assert stage.shown() == Same(rows=2, repeated=0, hearings=2)
        assert stage.not_passed_by("[7]") == []

    @pytest.mark.parametrize(
        "parts",
        [
            [part(7, 1, ONE, of=ONE + TWO)],
            [part(7, 1, ONE, of=ONE + TWO), part(7, 2, ONE, of=ONE + TWO)],
            [part(7, 1, ONE, of=ONE + TWO), part(7, 2, TWO, of=TWO + THREE)],
            [part(7, 1, ONE, of=ONE + TWO), part(7, 2, TWO, of=ONE + TWO), part(7, 3, TWO, of=ONE + TWO)],
        ],
        ids=["one is missing", "one stands there twice", "it remembers others by now", "one too many"],
    )
    def test_what_is_not_all_that_the_case_remembers_is_looked_at(
        self, stage: Stage, parts: Sequence[ShownPart]
    ) -> None:
        for one in parts:
            stage.pass_by(one.block, b"said", [], [one])

        assert doubtful(stage) == {one.block: {7} for one in parts}
        assert stage.shown() == Same(0, 0, 0)
        assert stage.not_passed_by("[7]") == [7]

    def test_a_case_that_two_blocks_show_as_a_whole_is_looked_at_in_both(self, stage: Stage) -> None:
        stage.pass_by(1, b"said", [whole(7, 1, ONE), whole(8, 1, ONE)], [])
        stage.pass_by(2, b"said", [whole(9, 2, ONE), whole(7, 2, ONE)], [])

        assert doubtful(stage) == {1: {7}, 2: {7}}
        assert stage.shown() == Same(rows=2, repeated=0, hearings=2)

    def test_a_case_that_was_changed_while_the_file_was_read_is_looked_at(self, stage: Stage) -> None:
        stage.pass_by(1, b"said", [whole(7, 1, ONE)], [])
        stage.pass_by(2, b"said", [], [part(7, 2, ONE, of=ONE + TWO), part(7, 3, TWO, of=ONE + TWO)])

        assert doubtful(stage) == {1: {7}, 2: {7}, 3: {7}}

    def test_a_case_with_a_row_that_was_looked_at_is_looked_at_wherever_it_stands(self, stage: Stage) -> None:
        stage.pass_by(1, b"said", [whole(7, 1, ONE), whole(8, 1, ONE)], [part(9, 1, ONE, of=ONE + TWO)])
        stage.pass_by(2, b"said", [], [part(9, 2, TWO, of=ONE + TWO)])
        stage.add([ReadRow(1, b"1", row("1"), At(7, 3, 0)), ReadRow(1, b"2", row("2"), At(None, 3, 1))])
        stage.add_known([KnownRow(1, "N3", b"3", 1, 1, packed(["3", "1"]), At(9, 3, 2))])

        assert doubtful(stage) == {1: {7, 9}, 2: {9}}
        assert stage.shown() == Same(rows=1, repeated=0, hearings=1)
        assert list(stage.in_blocks()) == [(3, 0, 1, "N1", b"1"), (3, 1, 1, "N2", b"2"), (3, 2, 1, "N3", b"3")]

    def test_a_block_is_sealed_and_opened_again(self, stage: Stage) -> None:
        for number in (1, 2):
            stage.pass_by(number, b"Ada Lane %d" % number, [], [])

        assert b"Ada" not in repr(stage._file.execute("SELECT * FROM passed").fetchall()).encode()
        assert [stage.passed(number) for number in (1, 2)] == [b"Ada Lane 1", b"Ada Lane 2"]
