"""Numbers of a simulation: always the same, each once, and none that anybody has."""

from itertools import islice

import pytest

from bot.simulation.numbers import invented_chats, invented_numbers
from domain.phone import NoPhone, Unreachable, parse_phone


def test_the_first_hundred_are_those_of_alaska_kept_for_fiction() -> None:
    first = list(islice(invented_numbers(), 101))

    assert first[:3] == ["+19075550100", "+19075550101", "+19075550102"]
    assert first[99] == "+19075550199"
    assert first[100] == "+12015550100"


def test_no_number_comes_twice_and_the_order_is_always_the_same() -> None:
    once, again = (list(islice(invented_numbers(), 70_000)) for _ in range(2))

    assert once == again
    assert len(set(once)) == len(once)


def test_every_number_is_refused_for_a_real_person() -> None:
    for number in islice(invented_numbers(), 0, 70_000, 37):
        read = parse_phone(number, region="US")

        assert isinstance(read, Unreachable), number
        assert read.reason in {NoPhone.FICTIONAL, NoPhone.INVALID, NoPhone.NOT_A_NUMBER}


def test_after_the_area_codes_come_numbers_of_no_country() -> None:
    numbers = list(islice(invented_numbers(), 70_000))
    elsewhere = [number for number in numbers if not number.startswith("+1")]

    assert numbers.index(elsewhere[0]) == len(numbers) - len(elsewhere)
    assert elsewhere[:2] == ["+9990000000001", "+9990000000002"]
    assert {parse_phone(number, region="US") for number in elsewhere[:50]} <= {
        Unreachable(NoPhone.NOT_A_NUMBER),
        Unreachable(NoPhone.INVALID),
    }


@pytest.mark.parametrize("service", ["211", "555", "800", "833", "888", "900", "521", "710", "293"])
def test_no_number_is_of_a_service(service: str) -> None:
    assert not any(number.startswith(f"+1{service}") for number in islice(invented_numbers(), 70_000))


def test_a_chat_is_no_chat_of_telegrams() -> None:
    chats = list(islice(invented_chats(), 50))

    assert len(set(chats)) == 50
    assert not any(chat.lstrip("-").isdigit() for chat in chats)
