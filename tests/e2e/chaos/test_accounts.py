"""The accounts themselves: what they take for one another, and what they never do."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.e2e.chaos.accounts import Account, Books, _texts, _Words
from tests.e2e.chaos.provider import Accepted, Ledger

HELP, OTHER = "Here is help.", "Your case is on."


def books(said: list[tuple[int, str, int]]) -> Books:
    """Return books with deliveries 1 and 2 of notice 10, delivery 3 of notice 20, and what is said to have left."""
    made: dict[int, Any] = {
        number: SimpleNamespace(id=number, notice_id=notice_id, endpoint_id=7)
        for number, notice_id in ((1, 10), (2, 10), (3, 20))
    }
    words = [(_Words(endpoint_id, text), notice_id) for endpoint_id, text, notice_id in said]
    return Books({}, made, words, {}, set(), set(), [], None)


def taken(*of: tuple[int, str]) -> Ledger:
    """Return a ledger of a provider that took these texts: each a delivery and its words."""
    return Ledger([Accepted("+19075550100", text, number, 0.0) for number, text in of])


def test_the_same_words_to_the_same_phone_are_as_good_for_one_notice_as_for_another() -> None:
    account = Account()

    texts = _texts(account, taken((1, HELP), (2, HELP)), books([(7, HELP, 10), (7, HELP, 20)]))

    assert {notice_id: len(of) for notice_id, of in texts.items()} == {10: 1, 20: 1}
    assert sum(account.counts.values()) == 1


@pytest.mark.parametrize(
    ("took", "said"),
    [
        (((1, HELP), (2, HELP)), (7, OTHER, 20)),
        (((1, HELP), (2, HELP)), (8, HELP, 20)),
        (((1, HELP),), (7, HELP, 20)),
    ],
    ids=["other words", "another phone", "nothing too many"],
)
def test_nothing_else_is(took: tuple[tuple[int, str], ...], said: tuple[int, str, int]) -> None:
    texts = _texts(Account(), taken(*took), books([(7, HELP, 10), said]))

    assert {notice_id: len(of) for notice_id, of in texts.items() if of} == {10: len(took)}
