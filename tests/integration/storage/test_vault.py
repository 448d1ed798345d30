"""Encryption at rest: sealed, bound to its place, found again, and never guessed wrong."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from storage.key_file import new_key_file
from storage.vault import Vault, read_key_file

VAULT = Vault({1: b"1" * 32, 2: b"2" * 32}, current=2, index_key=b"i" * 32)
OLD = Vault({1: b"1" * 32}, current=1, index_key=b"i" * 32)


@given(st.text())
def test_what_was_sealed_opens_again_in_its_own_place_only(text: str) -> None:
    sealed = VAULT.seal(text, "person.name")

    assert VAULT.open(sealed, "person.name") == text
    with pytest.raises(InvalidInputError):
        VAULT.open(sealed, "endpoint.address")


def test_two_seals_of_one_value_differ_and_their_digests_do_not() -> None:
    assert VAULT.seal("+19075550100", "a") != VAULT.seal("+19075550100", "a")
    assert VAULT.digest("+19075550100", "a") == OLD.digest("+19075550100", "a")
    assert VAULT.digest("+19075550100", "a") != VAULT.digest("+19075550100", "b")


def test_a_value_of_an_older_key_still_opens_and_one_of_an_unknown_key_says_which() -> None:
    assert VAULT.open(OLD.seal("text", "x"), "x") == "text"
    with pytest.raises(InvalidInputError, match="key number 2 is missing"):
        OLD.open(VAULT.seal("text", "x"), "x")


def test_a_changed_byte_is_noticed() -> None:
    sealed = bytearray(VAULT.seal("9:30", "delivery.text"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidInputError, match="does not open"):
        VAULT.open(bytes(sealed), "delivery.text")


@given(st.binary(min_size=1, max_size=60))
def test_what_was_never_sealed_is_a_sentence_whatever_its_length(value: bytes) -> None:
    with pytest.raises(InvalidInputError):
        VAULT.open(value, "x")


def test_a_new_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "usher.key"
    new_key_file(path)

    assert path.stat().st_mode & 0o777 == 0o600
    sealed = read_key_file(path).seal("text", "x")
    assert read_key_file(path).open(sealed, "x") == "text"
    with pytest.raises(InvalidInputError, match="never overwritten"):
        new_key_file(path)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "usher.key"
    new_key_file(path)
    path.chmod(0o640)
    with pytest.raises(InvalidInputError, match="chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "not json", json.dumps({"current": 1, "keys": {"1": "c2hvcnQ="}, "index": "c2hvcnQ="})]
)
def test_a_file_that_is_no_key_file_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "usher.key"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(InvalidInputError, match="not a key file"):
        read_key_file(path)


def test_a_missing_key_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="usher init"):
        read_key_file(tmp_path / "none")
