"""The sentences of a conversation: each says what it must in every language, and none gives away what it may not."""

import inspect
import types
from datetime import timedelta

import pytest

from domain.hearing import Mode
from domain.letter import HearingFacts
from domain.sms import Encoding, measure
from locales.errors import UnspeakableError
from locales.languages import KNOWN
from locales.reader import LANGUAGES, reader
from locales.texts import (
    carrier,
    changes,
    conversation,
    enrolment,
    hearings,
    languages,
    recovery,
    reminders,
    service,
)
from tests.unit.locales.samples import CASE, COURT, EXAMPLE, HEARING, IMPORTED, NOW, REPLIES, VIDEO, VIDEO_NO_LINK

NAMELESS = {
    "offer",
    "about attendance",
    "about reminders",
    "about watch",
    "about texts",
    "about edit",
    "which court",
    "thanks",
}


def isolated(text: str) -> str:
    return text.translate(dict.fromkeys((0x2066, 0x2068, 0x2069)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reply_is_said_in_every_language(language: str) -> None:
    for name, reply in REPLIES.items():
        said, english = reply(reader(language)), reply(reader("en"))
        assert said, name
        assert (said == english) == (language == "en"), name
        assert not set(said) & set("{}%\u202f\u00a0"), name
        left = [word for word in (" you ", " your ", " reply ", " the ") if word in said.casefold()]
        assert language == "en" or not left, name
        assert said.count("\u2066") + said.count("\u2068") == said.count("\u2069"), name
        assert name in NAMELESS or "Riverbend" in said, f"{name}: people must see who writes"


def test_every_english_reply_stays_in_the_sms_alphabet() -> None:
    told = {name for name, reply in REPLIES.items() if measure(reply(reader("en"))).encoding is not Encoding.GSM7}
    assert told == {"menu"}, "which shows each language by its own name"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("unknown", [CASE, "1", "16", "907-555-0100"]),
        ("answer", ["Courtroom D, Riverbend Courthouse", "120 Harbor Street"]),
        ("cannot come", ["907-555-0100"]),
        ("superseded", ["1", "2", "3"]),
        ("not understood", [EXAMPLE, "HELP", "907-555-0100"]),
        ("slow down", ["907-555-0100"]),
        ("no more guesses", ["907-555-0100"]),
        ("stopped", ["START", "907-555-0100"]),
        ("stopped one", [CASE, "- A-1", "- A-2", "STOP"]),
        ("stopped the last", [CASE, "START"]),
        ("which to stop", [f"1 {CASE}", "2 A-2", "STOP 1"]),
        ("started", ["STOP", "HELP"]),
        ("help", [EXAMPLE, "STOP", "LANG", "907-555-0100", "Riverbend Trial Court"]),
        ("menu", ["1 English", "2 Español", "3 العربية", "4 Русский"]),
        ("which hearing", ["\n1 ", "\n2 ", CASE, "3RB-26-00177MO"]),
        ("which court", ["1 Riverbend Court", "2 Harbor Court", CASE]),
        ("link expired", ["907-555-0100"]),
        ("subscribed", [CASE, "STOP", "HELP"]),
    ],
)
def test_a_reply_keeps_what_people_need_of_it(name: str, kept: list[str]) -> None:
    for language in LANGUAGES:
        said = isolated(REPLIES[name](reader(language)))
        assert [part for part in kept if part not in said] == [], language


def test_a_public_case_answers_with_dates_places_and_how_fresh_they_are() -> None:
    said = REPLIES["answer"](reader("en"))
    assert said == (
        "Riverbend Court, case 3RB-26-00142CR: 2 coming hearings.\n"
        "- Wednesday, September 30, 10:00 a.m. - Courtroom D, Riverbend Courthouse\n"
        "- Wednesday, September 30, 1:00 p.m. - Courtroom 4B, 120 Harbor Street, Riverbend\n"
        "From the court calendar of: Wednesday, September 23, 5:00 a.m. Dates can change."
    )


def test_an_answer_closes_with_the_offer_and_lists_no_more_than_it_can() -> None:
    many = tuple(
        HearingFacts(case_number=CASE, starts_at=HEARING.starts_at + timedelta(days=7 * week), courtroom="4B")
        for week in range(hearings.MOST_LISTED + 3)
    )
    said = hearings.answer(
        reader("en"),
        court=COURT,
        case_number=CASE,
        hearings=many,
        as_of=IMPORTED,
        now=NOW,
        offer=enrolment.offer_reminders(reader("en")),
    ).splitlines()
    assert said[0].endswith("9 coming hearings.")
    assert sum(line.startswith("- ") for line in said) == hearings.MOST_LISTED
    assert "And 3 more hearings later." in said
    assert said[-1] == "Do you want reminders by text? Reply 1 for yes."


@pytest.mark.parametrize(
    ("hearing", "expected"),
    [
        (HEARING, "Where: Courtroom D, Riverbend Courthouse."),
        (VIDEO, "It is by video. Open this link 10 minutes early:\nhttps://video.example.gov/r/77"),
        (VIDEO_NO_LINK, "It is by video. To get the link, call 907-555-0100."),
        (
            HearingFacts(case_number=CASE, starts_at=NOW, mode=Mode.PHONE),
            "It is by phone. To learn how to join, call 907-555-0100.",
        ),
    ],
)
def test_how_to_take_part_is_always_said(hearing: HearingFacts, expected: str) -> None:
    assert hearings.how_to_take_part(reader("en"), hearing, COURT) == expected


def test_a_number_we_do_not_have_is_not_called_unknown_nor_restricted() -> None:
    said = REPLIES["unknown"](reader("en"))
    assert said == (
        "Riverbend Court: We have no court date for 3RB-26-00142CR now. Check the number on your papers."
        " Reply 1 and we will look for it for 16 days, then text you either way. Questions? Call 907-555-0100."
    )
    assert not [word for word in ("sealed", "restricted", "juvenile", "exist") if word in said.casefold()]


def test_who_cannot_come_is_told_that_the_date_stands() -> None:
    said = REPLIES["cannot come"](reader("en"))
    assert "cannot come tomorrow, Wednesday, September 30, at 10:00 a.m." in said
    assert "does NOT change your court date" in said
    assert "must" not in REPLIES["discreet cannot come"](reader("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_number_learns_nothing_of_who_was_meant(language: str) -> None:
    said = REPLIES["wrong number"](reader(language))
    assert not [digit for digit in said if digit.isdigit()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_invitation_and_the_question_about_texts_hold_no_case(language: str) -> None:
    for said in (enrolment.invitation(reader(language), court=COURT), REPLIES["opt-in question"](reader(language))):
        assert isolated(said).count("1") == 1
        assert not [digit for digit in said if digit.isdigit() and digit != "1"]


def test_help_says_all_that_carriers_ask_for() -> None:
    said = REPLIES["help"](reader("en"))
    assert said.startswith("Riverbend Trial Court court date texts.")
    assert said.endswith("Reply STOP to end texts.")
    assert "Msg & data rates may apply" in said
    assert "A few texts for each court date" in said


def test_an_edit_is_shown_cleaned_and_short() -> None:
    said = conversation.confirm_edit(reader("en"), court=COURT, text="2\u202e\n" + "x" * 100)
    assert said.endswith("new message: 2 " + "x" * 58)


def test_a_language_without_a_name_is_not_offered() -> None:
    with pytest.raises(UnspeakableError):
        languages.menu(reader("en"), court=COURT, languages=("en", "xx"))


def test_the_refusal_of_a_language_adds_the_line_of_that_language() -> None:
    said = languages.unavailable(reader("ko"), court=COURT).splitlines()
    assert said[0].endswith("For a free interpreter, call 907-555-0100.")
    assert said[1] == KNOWN["ko"].interpreter.format(phone="907-555-0100")
    assert languages.with_interpreter(reader("ru"), "text", phone="907-555-0100") == "text"


@pytest.mark.parametrize(
    ("language", "own"), [("en", "English"), ("es", "español"), ("ar", "العربية"), ("ru", "по-русски")]
)
def test_a_changed_language_is_confirmed_in_itself(language: str, own: str) -> None:
    assert own in REPLIES["changed"](reader(language))


@pytest.mark.parametrize(
    ("language", "counts"),
    [
        ("es", {1: "1 día y", 16: "16 días y"}),
        ("ru", {1: "1 день и", 3: "3 дня и", 16: "16 дней и", 21: "21 день и"}),
        ("ar", {1: "لمدة يوم واحد", 2: "لمدة يومين", 7: "لمدة 7 أيام", 16: "لمدة 16 يومًا"}),
        ("en", {1: "1 day,", 16: "16 days,"}),
    ],
)
def test_days_of_looking_are_counted_rightly(language: str, counts: dict[int, str]) -> None:
    for days, expected in counts.items():
        assert expected in hearings.unknown(reader(language), court=COURT, number=CASE, days=days)


MODULES = (carrier, changes, conversation, enrolment, hearings, languages, recovery, reminders, service)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_text_is_a_function_of_a_reader_and_facts_given_by_name(module: types.ModuleType) -> None:
    made_here = [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]
    assert made_here
    for function in made_here:
        signature = inspect.signature(function)
        first = next(iter(signature.parameters.values()))
        assert first.name in {"reader", "options"}, function.__name__
        assert signature.return_annotation in {str, str | None}, function.__name__
