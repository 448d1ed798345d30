"""Who may be told: the whole table of roles, confidentiality, proofs and minors."""

from datetime import UTC, datetime

import pytest

from domain.disclosure import (
    EVERYTHING,
    NOTHING,
    PUBLIC_FACTS,
    Fact,
    Proof,
    is_discreet,
    letter_hearing,
    may_answer_lookup,
    visible_facts,
)
from domain.hearing import Appearance, Confidentiality, Mode
from domain.roles import Role

VIDEO = Appearance(
    starts_at=datetime(2026, 5, 4, 17, tzinfo=UTC),
    courtroom="4B",
    place="Nesbett Courthouse",
    mode=Mode.VIDEO,
    join_url="https://video.example/7",
)
PARTIES = [role for role in Role if role is not Role.FOLLOWER]


@pytest.mark.parametrize("confidentiality", Confidentiality)
@pytest.mark.parametrize("minor", [False, True])
def test_only_a_public_case_of_an_adult_answers_to_its_number(confidentiality: Confidentiality, *, minor: bool) -> None:
    expected = confidentiality is Confidentiality.PUBLIC and not minor
    assert may_answer_lookup(confidentiality, minor=minor) is expected


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("proof", Proof)
@pytest.mark.parametrize("minor", [False, True])
def test_nobody_is_told_anything_of_a_sealed_case(role: Role | None, proof: Proof, *, minor: bool) -> None:
    assert visible_facts(role, Confidentiality.SEALED, proof=proof, minor=minor) == NOTHING


@pytest.mark.parametrize("role", [None, Role.FOLLOWER])
@pytest.mark.parametrize("confidentiality", [Confidentiality.RESTRICTED, Confidentiality.JUVENILE])
@pytest.mark.parametrize("proof", Proof)
def test_who_is_no_party_is_told_nothing_of_a_case_that_is_not_public(
    role: Role | None, confidentiality: Confidentiality, proof: Proof
) -> None:
    assert visible_facts(role, confidentiality, proof=proof) == NOTHING


@pytest.mark.parametrize("role", PARTIES)
@pytest.mark.parametrize("confidentiality", [Confidentiality.RESTRICTED, Confidentiality.JUVENILE])
def test_a_party_is_told_of_their_own_case_on_their_own_phone_only(
    role: Role, confidentiality: Confidentiality
) -> None:
    assert visible_facts(role, confidentiality, proof=Proof.POSSESSION, minor=True) == EVERYTHING
    assert visible_facts(role, confidentiality, proof=Proof.NONE, minor=True) == NOTHING


@pytest.mark.parametrize("role", [None, *Role])
def test_without_proof_a_role_counts_for_nothing(role: Role | None) -> None:
    assert visible_facts(role, Confidentiality.PUBLIC, proof=Proof.NONE) == PUBLIC_FACTS
    assert visible_facts(role, Confidentiality.PUBLIC, proof=Proof.NONE, minor=True) == NOTHING


def test_more_proof_never_shows_less() -> None:
    for role in (None, *Role):
        for confidentiality in Confidentiality:
            shown = [visible_facts(role, confidentiality, proof=proof) for proof in Proof]
            assert shown[0] <= shown[1] <= shown[2]


def letter(role: Role | None, proof: Proof = Proof.POSSESSION, of: Confidentiality = Confidentiality.PUBLIC) -> object:
    return letter_hearing(VIDEO, "CR-2026-000101", role=role, confidentiality=of, proof=proof)


def test_the_link_into_a_hearing_goes_to_its_parties_only() -> None:
    for role in PARTIES:
        told = letter_hearing(
            VIDEO, "CR-2026-000101", role=role, confidentiality=Confidentiality.PUBLIC, proof=Proof.POSSESSION
        )
        assert told is not None
        assert told.join_url == VIDEO.join_url
    for role_or_none in (None, Role.FOLLOWER):
        told = letter_hearing(
            VIDEO, "CR-2026-000101", role=role_or_none, confidentiality=Confidentiality.PUBLIC, proof=Proof.POSSESSION
        )
        assert told is not None
        assert told.join_url is None
        assert (told.courtroom, told.place, told.mode) == ("4B", "Nesbett Courthouse", Mode.VIDEO)


def test_what_may_not_be_told_has_no_letter() -> None:
    assert letter(Role.FOLLOWER, of=Confidentiality.JUVENILE) is None
    assert letter(Role.DEFENDANT, of=Confidentiality.SEALED) is None
    assert letter(None, Proof.NONE, of=Confidentiality.RESTRICTED) is None
    assert letter(Role.DEFENDANT, of=Confidentiality.RESTRICTED) is not None


def test_victims_and_witnesses_get_discreet_texts() -> None:
    assert {role for role in Role if is_discreet(role)} == {Role.VICTIM, Role.WITNESS}


def test_the_public_facts_hold_no_way_into_the_room() -> None:
    assert Fact.JOIN_URL not in PUBLIC_FACTS
