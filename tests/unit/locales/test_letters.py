"""Letters: golden pages, what each reader may never be told, what they cost, and what must not leave at all."""

from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hearing import ChangeKind, Mode
from domain.letter import CourtFace, HearingFacts, Letter
from domain.notice import NoticeKind, Purpose
from domain.roles import Role
from domain.sms import Encoding, measure
from locales import letters
from locales.errors import UnspeakableError, UntranslatedError
from locales.letters import compose
from locales.reader import LANGUAGES, Reader, reader, strict
from tests.unit.locales import golden_ar, golden_en, golden_es, golden_ru
from tests.unit.locales.samples import (
    ALASKA,
    COURT,
    EVE,
    HEARING,
    LETTERS,
    NOW,
    OTHER_CASE,
    PHONE,
    ROOM_4B,
    VIDEO,
    VIDEO_NO_LINK,
    VOICES,
    change,
    letter,
    letters_in,
    replies_in,
)

GOLDEN = [("en", golden_en), ("es", golden_es), ("ar", golden_ar), ("ru", golden_ru)]
REMINDERS = (Purpose.CONSEQUENCE, Purpose.PLAN, Purpose.LOGISTICS, Purpose.TODAY)
STOP_LINE = {
    "en": "Reply STOP to end texts, HELP for help.",
    "es": "Responda STOP para detener mensajes, HELP para ayuda.",
    "ar": "أرسل STOP لإيقاف الرسائل، وHELP للمساعدة.",
    "ru": "STOP - отключить сообщения, HELP - помощь.",
}


def say(made: Letter, language: str = "en", now: datetime = NOW) -> str:
    return compose(made, reader(language), now=now)


@pytest.mark.parametrize(("language", "golden"), GOLDEN)
def test_every_letter_reads_word_for_word_as_it_was_approved(language: str, golden: ModuleType) -> None:
    assert letters_in(language) == golden.LETTERS


@pytest.mark.parametrize(("language", "golden"), GOLDEN)
def test_every_reply_reads_word_for_word_as_it_was_approved(language: str, golden: ModuleType) -> None:
    assert replies_in(language) == golden.REPLIES


def test_the_day_before_it_says_tomorrow_beside_the_date() -> None:
    assert say(letter(NoticeKind.REMINDER, purpose=Purpose.LOGISTICS, asks_attendance=True), now=EVE) == (
        "Riverbend Court: You have court tomorrow, Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.\n"
        "Where: Courtroom D, Riverbend Courthouse.\n"
        "Come 15 minutes early. Bring photo ID and your court papers.\n"
        "Questions? Call 907-555-0100.\n"
        "Will you come? Reply 1 for yes, 2 if you cannot, 3 for a question."
    )


def test_a_reminder_that_leaves_late_is_worded_by_the_clock() -> None:
    made = letter(NoticeKind.REMINDER, purpose=Purpose.LOGISTICS)
    assert "court today, Wednesday" in say(made, now=HEARING.starts_at - timedelta(hours=2))
    assert "court on Wednesday" in say(made, now=HEARING.starts_at - timedelta(days=3))


BUDGET = {
    # segments of one hearing's ordinary texts: reminders, first contact or a question, changes
    "en": (2, 2, 3),
    "es": (2, 3, 3),
    "ar": (4, 5, 5),
    "ru": (4, 5, 5),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", VOICES)
def test_a_text_costs_no_more_than_its_budget(language: str, role: Role) -> None:
    plain, longer, changed = BUDGET[language]
    for purpose in REMINDERS:
        made = letter(NoticeKind.REMINDER, role, purpose=purpose)
        asking = letter(NoticeKind.REMINDER, role, purpose=purpose, asks_attendance=True)
        assert measure(say(made, language, EVE)).count <= plain
        assert measure(say(asking, language, EVE)).count <= longer + (purpose is not Purpose.LOGISTICS)
    first = letter(NoticeKind.HEARING_SET, role, first_contact=True)
    assert measure(say(first, language)).count <= longer
    assert measure(say(letter(NoticeKind.SHORT_NOTICE, role), language, EVE)).count <= plain
    assert measure(say(letter(NoticeKind.CANCELLATION, role, hearings=(), before=HEARING), language)).count <= 3
    moved = change(ROOM_4B, ChangeKind.LATER, ChangeKind.ROOM, role=role)
    assert measure(say(moved, language, EVE)).count <= changed


def test_english_stays_in_the_sms_alphabet() -> None:
    assert [name for name, made in LETTERS.items() if measure(say(made)).encoding is not Encoding.GSM7] == []


@pytest.mark.parametrize("role", VOICES)
def test_ordinary_spanish_stays_in_the_sms_alphabet(role: Role) -> None:
    for purpose in REMINDERS:
        made = letter(NoticeKind.REMINDER, role, purpose=purpose, asks_attendance=True)
        assert measure(say(made, "es", EVE)).encoding is Encoding.GSM7


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_names_the_court_first(language: str) -> None:
    for name, made in LETTERS.items():
        opening = say(made, language).splitlines()[0]
        assert "Riverbend Court" in opening or "Riverbend Trial Court" in opening, name


THREATS = {
    "en": ("arrest", "warrant", "must"),
    "es": ("arresto", "orden", "debe"),
    "ar": ("بالقبض", "القبض", "يجب"),
    "ru": ("арест", "ордер", "обязан"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_victims_witnesses_and_followers_are_never_threatened(language: str) -> None:
    told = {name: made for name, made in LETTERS.items() if name.startswith(("victim", "witness", "follower"))}
    assert len(told) > 25
    for name, made in told.items():
        said = say(made, language).casefold()
        assert not [word for word in THREATS[language] if word in said], name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [Role.VICTIM, Role.WITNESS])
def test_a_discreet_text_does_not_even_name_the_case(role: Role, language: str) -> None:
    for name, made in LETTERS.items():
        if name.startswith(role.value):
            assert "00142" not in say(made, language), name
    several = letter(NoticeKind.REMINDER, role, purpose=Purpose.PLAN, hearings=(HEARING, OTHER_CASE))
    assert not {"00142", "00177"} & {said for said in ("00142", "00177") if said in say(several, language)}


@pytest.mark.parametrize("role", [Role.FOLLOWER, Role.ATTORNEY, Role.GUARDIAN, Role.OFFICER])
def test_who_only_follows_is_not_asked_to_come(role: Role) -> None:
    said = say(letter(NoticeKind.REMINDER, role, purpose=Purpose.LOGISTICS, asks_attendance=True))
    assert said.startswith("Riverbend Court: A hearing in case 3RB-26-00142CR is on Wednesday")
    assert "you come" not in said
    assert "You " not in said
    with pytest.raises(UnspeakableError):
        say(letter(NoticeKind.RECOVERY, role))


@pytest.mark.parametrize("role", [Role.DEFENDANT, Role.RESPONDENT, Role.PETITIONER, Role.WITNESS, Role.VICTIM])
@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_miss_nobody_is_threatened(role: Role, language: str) -> None:
    said = say(letter(NoticeKind.RECOVERY, role), language, now=HEARING.starts_at + timedelta(days=1))
    assert "907-555-0100" in said
    assert not [word for word in THREATS[language] if word in said.casefold()]


def test_only_the_accused_hear_of_a_warrant_and_only_where_it_helps() -> None:
    told = {name for name, made in LETTERS.items() if "warrant" in say(made)}
    assert told == {"defendant - consequence", "defendant - short notice"}
    parties = {name for name, made in LETTERS.items() if "decide without you" in say(made)}
    assert parties == {"respondent - consequence", "respondent - short notice"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind is not NoticeKind.REPLY])
def test_the_first_text_says_who_writes_and_how_to_stop_at_the_very_end(kind: NoticeKind, language: str) -> None:
    made = letter(
        kind,
        hearings=() if kind in {NoticeKind.CANCELLATION, NoticeKind.WATCH_ENDED} else (HEARING,),
        before=ROOM_4B,
        changed=frozenset({ChangeKind.EARLIER}),
        purpose=Purpose.PLAN,
        subject_number="3RB-26-00142CR",
        first_contact=True,
        asks_attendance=True,
    )
    last = say(made, language).splitlines()[-1]
    assert "STOP" in last
    assert "HELP" in last
    if kind is not NoticeKind.INVITATION:
        assert last == STOP_LINE[language]
        assert "WRONG" in say(made, language)
    if kind not in {NoticeKind.WATCH_FOUND, NoticeKind.WATCH_ENDED}:
        assert "Riverbend Trial Court" in say(made, language).splitlines()[0]


def test_a_later_text_carries_no_stop_line() -> None:
    assert "STOP" not in say(letter(NoticeKind.REMINDER, purpose=Purpose.PLAN))
    assert say(letter(NoticeKind.HEARING_SET)).endswith(STOP_LINE["en"])


@pytest.mark.parametrize(
    ("kinds", "new", "before", "expected"),
    [
        ({ChangeKind.EARLIER}, HEARING, ROOM_4B, ["moved EARLIER", "10:00 a.m.", "No longer: ", "1:00 p.m."]),
        ({ChangeKind.LATER}, ROOM_4B, HEARING, ["moved LATER", "1:00 p.m.", "No longer: ", "10:00 a.m."]),
        ({ChangeKind.ROOM}, ROOM_4B, HEARING, ["place changed", "Courtroom 4B", "Courtroom D", "time is the same"]),
        ({ChangeKind.MODE}, VIDEO, HEARING, ["by video", "https://video.example.gov/r/77", "it was in person"]),
        ({ChangeKind.MODE}, PHONE, VIDEO, ["by phone", "907-555-0142", "it was by video"]),
        ({ChangeKind.MODE}, HEARING, PHONE, ["in person", "Courtroom D", "it was by phone"]),
        ({ChangeKind.MODE}, VIDEO, VIDEO_NO_LINK, ["way to join changed", "https://video.example.gov/r/77"]),
        ({ChangeKind.REINSTATED}, HEARING, HEARING, ["ON again", "10:00 a.m.", "Courtroom D"]),
        ({ChangeKind.REINSTATED, ChangeKind.LATER}, ROOM_4B, HEARING, ["ON again", "1:00 p.m.", "No longer: "]),
        (
            {ChangeKind.LATER, ChangeKind.ROOM, ChangeKind.MODE},
            ROOM_4B,
            VIDEO,
            ["LATER", "in person", "Courtroom 4B", "it was by video"],
        ),
    ],
)
def test_a_change_names_the_old_and_the_new(
    kinds: set[ChangeKind], new: HearingFacts, before: HearingFacts, expected: list[str]
) -> None:
    said = say(change(new, *kinds, before=before))
    assert [part for part in expected if part not in said] == []
    assert "CHANGE" in said.splitlines()[0]


def test_a_change_to_video_sends_nobody_to_the_old_courtroom() -> None:
    assert "Courtroom D" not in say(change(VIDEO, ChangeKind.MODE))


def test_a_cancellation_says_not_to_come_and_to_which_date() -> None:
    said = say(letter(NoticeKind.CANCELLATION, hearings=(), before=HEARING))
    assert "Do NOT come" in said
    assert "Wednesday, September 30, 10:00 a.m." in said


def test_several_hearings_are_one_text_with_a_line_each() -> None:
    said = say(letter(NoticeKind.REMINDER, purpose=Purpose.PLAN, hearings=(HEARING, ROOM_4B, OTHER_CASE)))
    assert said.startswith("Riverbend Court: You have 3 court hearings:\n- Wednesday, September 30, 10:00 a.m.")
    assert sum(line.startswith("- ") for line in said.splitlines()) == 3
    assert "3RB-26-00177MO" in said
    assert "to be there by 10:00 a.m.?" in said


@pytest.mark.parametrize(
    ("courtroom", "place", "expected"),
    [
        ("4B", None, "Courtroom 4B, 120 Harbor Street, Riverbend"),
        ("D", None, "Courtroom D, 120 Harbor Street, Riverbend"),
        ("Courtroom 12", None, "Courtroom 12, 120 Harbor Street, Riverbend"),
        ("Courtroom D, Riverbend Courthouse", None, "Courtroom D, Riverbend Courthouse"),
        ("Harbor Courthouse", None, "Harbor Courthouse"),
        ("4B", "Old Mill Annex", "Courtroom 4B, Old Mill Annex"),
        (None, "Old Mill Annex", "Old Mill Annex"),
        (None, None, "120 Harbor Street, Riverbend"),
        ("  ", "", "120 Harbor Street, Riverbend"),
        ("Judge\u2019s  chambers", None, "Judge's chambers"),
    ],
)
def test_where_to_go_is_always_a_place_one_can_find(courtroom: str | None, place: str | None, expected: str) -> None:
    hearing = HearingFacts(case_number="1", starts_at=HEARING.starts_at, courtroom=courtroom, place=place)
    assert f"Where: {expected}." in say(letter(NoticeKind.HEARING_SET, hearings=(hearing,)))


@pytest.mark.parametrize(
    "made",
    [
        letter(NoticeKind.REPLY),
        letter(NoticeKind.HEARING_SET, hearings=()),
        letter(NoticeKind.REMINDER, hearings=(), purpose=Purpose.PLAN),
        letter(NoticeKind.REMINDER),
        letter(NoticeKind.RECOVERY, hearings=(HEARING, ROOM_4B)),
        letter(NoticeKind.CHANGE, changed=frozenset({ChangeKind.LATER})),
        letter(NoticeKind.CHANGE, before=ROOM_4B),
        letter(NoticeKind.CHANGE, before=ROOM_4B, hearings=(), changed=frozenset({ChangeKind.LATER})),
        letter(NoticeKind.CHANGE, before=ROOM_4B, changed=frozenset({ChangeKind.CANCELLED})),
        letter(NoticeKind.CHANGE, before=ROOM_4B, changed=frozenset({ChangeKind.NEW})),
        letter(NoticeKind.CANCELLATION),
        letter(NoticeKind.CORRECTION),
        letter(NoticeKind.WATCH_FOUND, Role.FOLLOWER),
        letter(NoticeKind.WATCH_FOUND, Role.FOLLOWER, hearings=(), subject_number="1"),
        letter(NoticeKind.WATCH_ENDED, Role.FOLLOWER, hearings=()),
        letter(NoticeKind.HEARING_SET, hearings=(HearingFacts(case_number="", starts_at=NOW),)),
        letter(NoticeKind.HEARING_SET, hearings=(HearingFacts(case_number="{case}", starts_at=NOW),)),
        letter(NoticeKind.HEARING_SET, hearings=(HearingFacts(case_number="1", starts_at=NOW.replace(tzinfo=None)),)),
        letter(NoticeKind.HEARING_SET, court=CourtFace(name="", short_name="", address="", phone="", zone=ALASKA)),
    ],
    ids=lambda made: f"{made.kind}-{len(made.hearings)}",
)
def test_what_lacks_a_fact_does_not_leave(made: Letter) -> None:
    for language in LANGUAGES:
        with pytest.raises(UnspeakableError):
            say(made, language)


def test_a_language_without_texts_gets_english_and_one_line_of_its_own() -> None:
    said = say(letter(NoticeKind.HEARING_SET, first_contact=True), "vi").splitlines()
    assert said[0].startswith("Riverbend Trial Court: You have court on Wednesday")
    assert said[-2:] == ["Quý vị cần thông dịch viên miễn phí? Xin gọi 907-555-0100.", STOP_LINE["en"]]
    assert say(letter(NoticeKind.INVITATION), "xx") == say(letter(NoticeKind.INVITATION), "en")


class Forgetful(NullTranslations):
    """A catalog that lost one sentence."""

    def __init__(self, inner: NullTranslations, lost: str) -> None:
        super().__init__()
        self._inner, self._lost = inner, lost

    def gettext(self, message: str) -> str:
        if message == self._lost:
            raise UntranslatedError(message)
        return self._inner.gettext(message)


def forgetful(language: str, lost: str) -> Reader:
    whole = strict(reader(language))
    return Reader(
        **{name: getattr(whole, name) for name in Reader.__slots__ if name != "translations"},
        translations=Forgetful(whole.translations, lost),
    )


def test_one_missing_sentence_turns_the_whole_text_into_english_with_a_line() -> None:
    made, missing = letter(NoticeKind.REMINDER, purpose=Purpose.CONSEQUENCE), "Questions? Call %(phone)s."
    with pytest.raises(UntranslatedError):
        letters.worded(made, forgetful("ru", missing), now=NOW)
    said = letters.in_words(made, reader("ru"), forgetful("ru", missing), now=NOW).splitlines()
    assert said[:-1] == say(made).splitlines()
    assert said[-1] == "Нужен бесплатный устный переводчик? Позвоните: 907-555-0100."


def test_the_zone_is_named_in_a_letter_to_somebody_elsewhere() -> None:
    said = compose(letter(NoticeKind.HEARING_SET), reader("en", names_zone=True), now=NOW)
    assert "at 10:00 a.m. Alaska Daylight Time. Case" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_isolates_are_balanced_and_only_in_arabic(language: str) -> None:
    for name, made in LETTERS.items():
        depth, said = 0, say(made, language)
        for character in said:
            depth += (character in "\u2066\u2067\u2068") - (character == "\u2069")
            assert depth in {0, 1}, f"{name}: isolates are closed, and never nested"
        assert depth == 0, name
        assert ("\u2066" in said or "\u2068" in said) == (language == "ar"), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_a_narrow_space_or_a_doubled_stop(language: str) -> None:
    for name, made in LETTERS.items():
        said = say(made, language, EVE)
        assert not set(said) & set("\u202f\u00a0\u2019\u2013{}%"), name
        assert ".." not in said, name
        assert "  " not in said, name


facts = st.builds(
    HearingFacts,
    case_number=st.text(min_size=1, max_size=20),
    starts_at=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    courtroom=st.none() | st.text(max_size=30),
    place=st.none() | st.text(max_size=30),
    mode=st.sampled_from(Mode),
    join_url=st.none() | st.just("https://video.example.gov/r/77"),
)
any_letter = st.builds(
    Letter,
    kind=st.sampled_from(NoticeKind),
    court=st.just(COURT),
    role=st.sampled_from(Role),
    hearings=st.lists(facts, max_size=3).map(tuple),
    purpose=st.none() | st.sampled_from(Purpose),
    before=st.none() | facts,
    changed=st.frozensets(st.sampled_from(ChangeKind), max_size=3),
    first_contact=st.booleans(),
    asks_attendance=st.booleans(),
    subject_number=st.none() | st.text(max_size=20),
)


@given(made=any_letter, language=st.sampled_from(LANGUAGES), ahead=st.timedeltas(timedelta(0), timedelta(days=9)))
def test_any_letter_is_said_whole_or_not_at_all(made: Letter, language: str, ahead: timedelta) -> None:
    now = (made.hearings[0].starts_at if made.hearings else NOW) - ahead
    try:
        said = say(made, language, now)
    except UnspeakableError:
        return
    assert "%(" not in said
    assert not set(said) & set("{}\u202f\u00a0")
    assert all(line.strip() == line and line for line in said.splitlines())
    assert not made.first_contact or "STOP" in said.splitlines()[-1]
    assert said.count("\u2069") == said.count("\u2066") + said.count("\u2068")


@given(
    starts=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    ahead=st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_a_reminder_says_tomorrow_only_of_tomorrow(starts: datetime, ahead: timedelta) -> None:
    hearing = HearingFacts(case_number="3RB-26-00142CR", starts_at=starts)
    made = letter(NoticeKind.REMINDER, hearings=(hearing,), purpose=Purpose.LOGISTICS)
    said, now = say(made, now=starts - ahead), (starts - ahead).astimezone(ALASKA)
    days = (starts.astimezone(ALASKA).date() - now.date()).days
    assert "tomorrow" not in said or days == 1
    assert "today" not in said or days == 0
    assert f"{starts.astimezone(ALASKA):%A}, " in said
