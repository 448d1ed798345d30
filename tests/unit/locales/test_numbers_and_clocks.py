"""What is counted and told by the clock, in every language: the form of each number, both clock changes."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from domain.letter import CourtFace, HearingFacts
from domain.sms import measure, plain_for_sms
from handlers.talk import MOST_SEGMENTS
from locales import dates
from locales.languages import KNOWN
from locales.reader import LANGUAGES, Reader, reader, strict
from locales.texts import conversation, enrolment, hearings, reminders
from tests.unit.locales.samples import CASE, COURT, HEARING, IMPORTED, NOW

COUNTS = (*range(1, 26), 99, 100, 101, 102, 103, 111, 200, 1000, 1001)
ALASKA = ZoneInfo("America/Anchorage")
NUMBERS = re.compile(r"\d+")
Counted = Callable[[Reader, int], str]

COUNTED: dict[str, Counted] = {
    "days of looking": lambda who, n: enrolment.watch_kept(who, court=COURT, number="CASE", days=n),
    "coming hearings": lambda who, n: hearings.coming(who, n, court="Court", case="CASE"),
    "hearings later": hearings.and_more,
    "your hearings": lambda who, n: reminders.you_have_hearings(who, n, court="Court"),
    "your court dates": lambda who, n: reminders.court_dates(who, n, court="Court"),
    "hearings followed": lambda who, n: reminders.hearings_followed(who, n, court="Court"),
}


def skeleton(text: str, count: int) -> str:
    """The sentence around a number."""
    return re.sub(rf"(?<!\d){count}(?!\d)", "N", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", COUNTED)
def test_numbers_of_one_plural_form_are_said_alike_and_the_number_is_always_there(what: str, language: str) -> None:
    say, rule = COUNTED[what], Locale.parse(KNOWN[language].locale).plural_form
    forms: dict[str, set[str]] = defaultdict(set)

    for count in COUNTS:
        said = say(strict(reader(language)), count)
        forms[rule(count)].add(skeleton(said, count))
        spelled = language == "ar" and count in {1, 2}
        assert str(count) in NUMBERS.findall(said) or spelled, said

    assert all(len(each) == 1 for each in forms.values()), forms
    assert len({next(iter(each)) for each in forms.values()}) > 1, "one and many are not said alike"


@pytest.mark.parametrize(
    ("language", "counts", "words"),
    [
        ("en", (1,), "1 coming hearing."),
        ("en", (2, 5, 21, 101), "coming hearings."),
        ("ru", (1, 21, 101, 1001), "заседание."),
        ("ru", (2, 3, 4, 22, 24, 102), "заседания."),
        ("ru", (5, 10, 11, 12, 14, 20, 25, 100, 111), "заседаний."),
    ],
)
def test_a_count_takes_the_ending_that_its_language_asks_for(
    language: str, counts: tuple[int, ...], words: str
) -> None:
    for count in counts:
        assert hearings.coming(reader(language), count, court="Court", case=CASE).endswith(words), count


# --- both clock changes ---------------------------------------------------------------------------------------------

CHANGES = {"spring": datetime(2026, 3, 8, 11, 0, tzinfo=UTC), "autumn": datetime(2026, 11, 1, 10, 0, tzinfo=UTC)}
"""The instants at which Alaska's clocks go from 2:00 to 3:00, and from 2:00 back to 1:00."""
OFFSETS = [timedelta(minutes=30 * half) for half in range(-6, 7)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("season", CHANGES)
def test_around_a_clock_change_every_half_hour_reads_as_the_wall_clock_shows_it(season: str, language: str) -> None:
    for offset in OFFSETS:
        instant = CHANGES[season] + offset
        wall = instant.astimezone(ALASKA)
        twelve = f"{(wall.hour - 1) % 12 + 1}:{wall.minute:02}"

        said = dates.clock_time(reader(language), instant, ALASKA)

        shown = f"{wall.hour:02}:{wall.minute:02}" if language == "ru" else twelve
        assert shown in said, (offset, said)


def test_in_spring_no_time_between_two_and_three_is_ever_said() -> None:
    said = {dates.clock_time(reader("en"), CHANGES["spring"] + offset, ALASKA) for offset in OFFSETS}

    assert {"1:30 a.m.", "3:00 a.m."} <= said
    assert not said & {"2:00 a.m.", "2:30 a.m."}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_hour_that_comes_twice_is_told_apart_to_who_is_told_the_zone(language: str) -> None:
    far = reader(language, names_zone=True)
    first, second = CHANGES["autumn"] - timedelta(minutes=30), CHANGES["autumn"] + timedelta(minutes=30)

    assert dates.clock_time(reader(language), first, ALASKA) == dates.clock_time(reader(language), second, ALASKA)
    assert dates.clock_time(far, first, ALASKA) != dates.clock_time(far, second, ALASKA)


@pytest.mark.parametrize("season", CHANGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_across_a_clock_change_tomorrow_is_still_the_next_day_of_the_wall_clock(language: str, season: str) -> None:
    change = CHANGES[season]
    on_the_day = change.astimezone(ALASKA).replace(hour=9, minute=30)
    eve = (on_the_day - timedelta(days=1)).replace(hour=18, minute=0)
    who = reader(language)

    said = dates.when(who, on_the_day.astimezone(UTC), ALASKA, now=eve.astimezone(UTC))

    assert said.startswith(who.patterns.tomorrow)
    assert dates.clock_time(who, on_the_day.astimezone(UTC), ALASKA) in said


@pytest.mark.parametrize(
    ("now", "starts", "near"),
    [
        ("21:59", "09:00", True),
        ("22:00", "09:00", False),
        ("04:00", "09:00", True),
        ("03:59", "09:00", False),
        ("18:00", "04:00", True),
        ("18:00", "03:59", False),
        ("18:00", "00:15", False),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_tomorrow_is_said_only_while_nobody_can_mean_another_day(
    language: str, now: str, starts: str, *, near: bool
) -> None:
    said_at = datetime.fromisoformat(f"2026-06-10T{now}").replace(tzinfo=ALASKA)
    hearing = datetime.fromisoformat(f"2026-06-11T{starts}").replace(tzinfo=ALASKA)
    who = reader(language)

    said = dates.when(who, hearing.astimezone(UTC), ALASKA, now=said_at.astimezone(UTC))

    assert said.startswith(who.patterns.tomorrow) is near
    assert "11" in said, "the date is there either way"


# --- how long a reply may become ------------------------------------------------------------------------------------


def many(count: int) -> list[HearingFacts]:
    """So many coming hearings of one case, a day apart."""
    return [
        HearingFacts(case_number=CASE, starts_at=HEARING.starts_at + timedelta(days=day), courtroom=HEARING.courtroom)
        for day in range(count)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("most", [1, 2, 3])
def test_an_answer_lists_as_many_as_it_was_asked_to_and_counts_the_rest(language: str, most: int) -> None:
    who = strict(reader(language))

    said = hearings.answer(
        who, court=COURT, case_number=CASE, hearings=many(5), as_of=IMPORTED, now=NOW, most=most, offer="Reply 1."
    )

    lines = said.splitlines()
    assert sum(line.startswith("- ") for line in lines) == most
    assert hearings.and_more(who, 5 - most) in lines
    assert lines[-1] == "Reply 1."


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_hearing_with_its_offer_fits_into_a_reply_in_every_language(language: str) -> None:
    who = strict(reader(language))
    offer = enrolment.already_subscribed(who, court=COURT, case_number=CASE)

    said = hearings.answer(
        who, court=COURT, case_number=CASE, hearings=many(4), as_of=IMPORTED, now=NOW, most=1, offer=offer
    )

    assert measure(plain_for_sms(said)).count <= MOST_SEGMENTS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [2, 3, 9])
def test_every_choice_of_a_list_stands_behind_its_own_digit(language: str, count: int) -> None:
    options = [f"{CASE}-{number}" for number in range(1, count + 1)]

    said = conversation.which_question(strict(reader(language)), court=COURT, options=options)

    for number, option in enumerate(options, start=1):
        assert f"{number} {option}" in said.replace("\u2068", "").replace("\u2069", "")
    assert f"{count + 1} " not in said.replace(CASE, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_court_s_name_from_its_file_cannot_turn_a_text_around_or_leave_a_brace(language: str) -> None:
    odd = CourtFace(
        name="The \u202eCourt\u202c \u201cNorth\u201d",
        short_name="North Court",
        address=COURT.address,
        phone=COURT.phone,
        zone=ALASKA,
    )

    said = enrolment.opted_in(strict(reader(language)), court=odd)

    assert 'The Court "North"' in said
    assert not set(said) & set("\u202e\u202c\u201c\u201d")
