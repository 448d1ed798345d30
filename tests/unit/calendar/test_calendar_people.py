"""People put together from what a calendar's rows say of each: nothing is written, nothing is guessed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.calendar_row import PartyFields
from domain.court import Court, Enrolment
from domain.roles import Role
from handlers.calendar_people import Claim, PeopleReader, Someone
from storage.courts import Courts
from storage.parties import PersonKey
from storage.vault import Vault

VAULT = Vault({1: b"k" * 32}, current=1, index_key=b"i" * 32)
NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
PLAIN = PartyFields(
    party_id="P1",
    role=Role.DEFENDANT,
    given="Ada",
    family="Lane",
    language="es-MX",
    phone="907-555-0101",
    phone_type="",
    token="",
    birth_date="",
    in_custody=False,
    minor=False,
)


@pytest.fixture
def courts(court: Court) -> Courts:
    return Courts({1: court}, {court.key: 1})


def claim(*said: PartyFields, case_id: int = 1, key: str = "P1") -> Claim:
    return Claim(case_id=case_id, person=PersonKey(1, key), role=said[0].role, said=said, digest=b"d")


def one(courts: Courts, *claims: Claim, fictional: bool = True) -> Someone:
    [someone] = PeopleReader(courts, VAULT, now=NOW, allow_fictional=fictional).everybody(claims)
    return someone


def test_a_person_is_put_together_from_one_row(courts: Courts) -> None:
    someone = one(courts, claim(PLAIN))

    assert (someone.facts.given, someone.facts.family, someone.facts.language) == ("Ada", "Lane", "es")
    assert [phone.e164 for phone in someone.phones] == ["+19075550101"]
    assert (someone.facts.unreachable_reason, someone.note, someone.tokens) == (None, None, [])


def test_a_person_of_two_cases_is_one_person_with_two_claims(courts: Courts) -> None:
    someone = one(courts, claim(PLAIN), claim(PLAIN._replace(role=Role.WITNESS), case_id=2))

    assert [each.case_id for each in someone.claims] == [1, 2]
    assert someone.about.case_id == 1


@pytest.mark.parametrize("turned", [False, True], ids=["as it came", "the other way round"])
def test_what_rows_say_differently_does_not_depend_on_their_order(courts: Courts, turned: bool) -> None:  # noqa: FBT001
    rows = [PLAIN, PLAIN._replace(given="Adah", phone="907-555-0102", language="", in_custody=True)]

    someone = one(courts, claim(*(reversed(rows) if turned else rows)))

    assert someone.facts.given == "Ada"
    assert [phone.e164 for phone in someone.phones] == ["+19075550101", "+19075550102"], "both may be used"
    assert (someone.facts.in_custody, someone.facts.language) == (True, "es")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (PLAIN._replace(phone="", token="t"), None),
        (PLAIN._replace(phone=""), "empty"),
        (PLAIN._replace(phone="UNKNOWN"), "not_a_number"),
        (PLAIN._replace(phone="555-0101"), "no_area_code"),
        (PLAIN._replace(phone="907-555-0101 x12"), "extension"),
        (PLAIN._replace(phone_type="FAX"), "not_mobile"),
        (PLAIN._replace(phone="", phone_type="FAX"), "empty"),
    ],
)
def test_why_somebody_cannot_be_texted_is_kept(courts: Courts, said: PartyFields, reason: str | None) -> None:
    someone = one(courts, claim(said))

    assert (someone.phones, someone.facts.unreachable_reason) == ([], reason)


def test_one_usable_phone_of_two_is_enough(courts: Courts) -> None:
    someone = one(courts, claim(PLAIN, PLAIN._replace(phone="UNKNOWN")))

    assert (len(someone.phones), someone.facts.unreachable_reason) == (1, None)


def test_a_court_that_enrols_nobody_reads_no_phone(courts: Courts, court: Court) -> None:
    none = replace(courts, by_id={1: replace(court, enrolment=Enrolment.NONE)})

    someone = one(none, claim(PLAIN))

    assert (someone.phones, someone.facts.unreachable_reason) == ([], None)


def test_an_invented_number_is_refused_where_texts_are_real(courts: Courts) -> None:
    assert one(courts, claim(PLAIN), fictional=False).facts.unreachable_reason == "fictional"


@pytest.mark.parametrize(
    ("birth_date", "is_minor"),
    [("2008-06-02", True), ("2008-06-01", False), ("2020-02-29", True), ("1950-01-01", False), ("", False)],
)
def test_who_is_under_eighteen_today_is_a_minor(courts: Courts, birth_date: str, is_minor: bool) -> None:  # noqa: FBT001
    assert one(courts, claim(PLAIN._replace(birth_date=birth_date))).facts.is_minor is is_minor


def test_eighteen_is_reckoned_on_the_courts_day(courts: Courts) -> None:
    late = datetime(2026, 6, 2, 5, 0, tzinfo=UTC)  # still the first of June in Anchorage
    born = claim(PLAIN._replace(birth_date="2008-06-02"))

    [someone] = PeopleReader(courts, VAULT, now=late, allow_fictional=True).everybody([born])

    assert someone.facts.is_minor


@pytest.mark.parametrize(
    ("given", "family", "note"),
    [
        ("JosÃ©", "Lane", "The feed says JosÃ© Lane; probably José Lane."),
        ("Ada", "MuÃ±oz", "The feed says Ada MuÃ±oz; probably Ada Muñoz."),
        ("Jos\ufffd", "Lane", "The feed says Jos\ufffd Lane; probably Jos\ufffd Lane."),
    ],
)
def test_a_damaged_name_greets_nobody_until_the_desk_has_mended_it(
    courts: Courts, given: str, family: str, note: str
) -> None:
    someone = one(courts, claim(PLAIN._replace(given=given, family=family)))

    assert (someone.facts.given, someone.facts.family, someone.facts.keep_name) == (None, None, True)
    assert someone.note == note


def test_placeholders_are_no_names(courts: Courts) -> None:
    someone = one(courts, claim(PLAIN._replace(given="FNU", family="LNU")))

    assert (someone.facts.given, someone.facts.family, someone.note) == (None, None, None)


def test_what_was_read_ahead_is_read_once(courts: Courts) -> None:
    reader = PeopleReader(courts, VAULT, now=NOW, allow_fictional=True)

    first, again = reader.read(1, (PLAIN,)), reader.read(1, (PLAIN,))

    assert first is again, "what is sealed would differ"
    assert reader.number("+19075550101") is reader.number("+19075550101")


def test_what_is_personal_is_sealed_as_it_will_be_kept(courts: Courts) -> None:
    sealed = one(courts, claim(PLAIN._replace(family="", birth_date="1990-01-02"))).sealed

    assert sealed.given is not None
    assert sealed.birth_date is not None
    assert VAULT.open(sealed.given, "person.given_name") == "Ada"
    assert VAULT.open(sealed.birth_date, "person.birth_date") == "1990-01-02"
    assert sealed.family is None
