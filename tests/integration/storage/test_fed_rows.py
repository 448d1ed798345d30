"""What a case remembers of its feed's rows: found by court and number, packed into one piece, forgotten at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from storage import fed_rows
from storage.fed_rows import DIGEST_BYTES, NOT_FED, Fed
from storage.schema import case
from storage.vault import Vault
from tests.fixtures.facts import Scene, add_case, apply_courts

DIGESTS = st.lists(st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES), unique=True, max_size=6)


@given(DIGESTS, st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES))
def test_a_case_has_the_digests_it_was_given_and_no_other(digests: list[bytes], stranger: bytes) -> None:
    rows, hearings = fed_rows.as_kept(digests, 3)

    assert rows is not None
    assert (len(rows), hearings) == (len(digests) * DIGEST_BYTES, 3)
    assert all(fed_rows.has(rows, digest) for digest in digests)
    assert fed_rows.has(rows, stranger) is (stranger in digests)


def test_a_digest_across_two_others_is_none_of_them() -> None:
    rows, _ = fed_rows.as_kept([b"abcdefgh", b"ijklmnop"], 1)

    assert rows is not None
    assert not fed_rows.has(rows, b"efghijkl")


@given(st.binary(), st.binary())
def test_a_digest_is_always_the_same_of_one_row_and_another_of_another(one: bytes, other: bytes) -> None:
    digest_of = fed_rows.digester(Vault({1: b"k" * 32}, current=1, index_key=b"i" * 32), "native")

    assert len(digest_of(one)) == DIGEST_BYTES
    assert digest_of(one) == digest_of(one)
    assert (digest_of(one) == digest_of(other)) is (one == other)


@pytest.mark.parametrize(
    ("index_key", "manner"), [(b"j" * 32, "native"), (b"i" * 32, "native 2")], ids=["another key", "another manner"]
)
def test_a_row_that_is_read_in_another_manner_or_with_another_key_has_another_digest(
    index_key: bytes, manner: str, vault: Vault
) -> None:
    here = fed_rows.digester(vault, "native")
    there = fed_rows.digester(Vault({1: b"k" * 32}, current=1, index_key=index_key), manner)

    assert here(b"a row") != there(b"a row")


class TestRemembering:
    def test_cases_are_found_by_court_and_number(self, any_connection: Connection) -> None:
        known = apply_courts(any_connection)
        here = known.ids["example"]
        first, second, empty = (add_case(any_connection, here, f"3AN-26-0000{digit}CR") for digit in "123")
        kept = {first: fed_rows.as_kept([b"12345678"], 1), second: fed_rows.as_kept([b"abcdefgh", b"ijklmnop"], 2)}
        fed_rows.remember(any_connection, kept.items())
        keys = [(here, f"3AN260000{digit}CR") for digit in "123"]

        found = fed_rows.of_cases(any_connection, [*keys, (here, "9"), (here + 1, keys[0][1])])

        assert found == {
            keys[0]: Fed(first, b"12345678", 1),
            keys[1]: Fed(second, b"abcdefghijklmnop", 2),
            keys[2]: Fed(empty, None, None),
        }
        assert fed_rows.of_cases(any_connection, []) == {}

    def test_by_their_ids_only_those_are_found_that_remember(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        here = any_scene.case_id
        assert fed_rows.of_ids(any_connection, [here]) == {}

        fed_rows.remember(any_connection, [(here, fed_rows.as_kept([b"12345678"], 1))])

        assert fed_rows.of_ids(any_connection, [here, here + 1, 0, -1]) == {here: (b"12345678", 1)}
        assert fed_rows.of_ids(any_connection, []) == {}

    def test_what_is_remembered_anew_replaces_what_was_and_forgetting_leaves_nothing(
        self, any_connection: Connection, any_scene: Scene
    ) -> None:
        columns = select(case.c.fed_rows, case.c.fed_hearings)
        for kept in (fed_rows.as_kept([b"12345678"], 1), fed_rows.as_kept([b"abcdefgh"], 4)):
            fed_rows.remember(any_connection, [(any_scene.case_id, kept)])
            assert tuple(any_connection.execute(columns).one()) == kept

        fed_rows.forget(any_connection, any_scene.case_id)

        assert tuple(any_connection.execute(columns).one()) == NOT_FED

    def test_with_no_case_nothing_changes(self, any_connection: Connection, any_scene: Scene) -> None:
        fed_rows.remember(any_connection, [(any_scene.case_id, fed_rows.as_kept([b"12345678"], 1))])

        fed_rows.remember(any_connection, [])

        assert any_connection.execute(select(case.c.fed_rows)).scalar_one() == b"12345678"
