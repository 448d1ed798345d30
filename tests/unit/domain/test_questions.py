"""The question ledger: every set of open questions against every kind of reply, and never a guess."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.keywords import (
    Check,
    Choice,
    Help,
    Intent,
    Language,
    MaybeStop,
    No,
    Nothing,
    Start,
    Stop,
    StopOne,
    Thanks,
    WrongNumber,
    Yes,
    classify,
)
from domain.questions import (
    ATTENDANCE_OPTIONS,
    CANNOT,
    COMING,
    QUESTION,
    YES_NO,
    Answer,
    AskAgain,
    AskWhich,
    Late,
    NoQuestion,
    OpenQuestion,
    QuestionKind,
    Resolution,
    TooLate,
    listed,
    resolve,
)

NOW = datetime(2026, 6, 15, 18, tzinfo=UTC)
LANE, OTHER_LANE = 1, 2


def question(
    number: int,
    kind: QuestionKind = QuestionKind.ATTENDANCE,
    *,
    options: tuple[str, ...] | None = None,
    asked: int = 0,
    kept: str | None = None,
    superseded: bool = False,
    expires: int = 48,
    lane: int = LANE,
) -> OpenQuestion:
    """Return a question; `asked` and `expires` are hours from NOW."""
    usual = ATTENDANCE_OPTIONS if kind is QuestionKind.ATTENDANCE else YES_NO
    return OpenQuestion(
        id=number,
        kind=kind,
        options=options or usual,
        asked_at=NOW + timedelta(hours=asked or number - 50),
        expires_at=NOW + timedelta(hours=expires),
        lane=lane,
        superseded=superseded,
        label=f"question {number}",
        kept=kept,
    )


TUESDAY = question(1)
THURSDAY = question(2)
OFFER = question(3, QuestionKind.OFFER_REMINDERS)
COURTS = question(4, QuestionKind.WHICH_COURT, options=("anc", "boise"))
TONGUES = question(5, QuestionKind.LANGUAGE, options=("en", "es", "ru"))
STOPS = question(6, QuestionKind.STOP_WHICH, options=("case-7", "case-9", "all"))
WHICH = question(7, QuestionKind.WHICH_QUESTION, options=("1", "2"), kept="yes")
WHICH_BARE = question(7, QuestionKind.WHICH_QUESTION, options=("1", "2"))
EXPIRED = question(8, expires=0)
SUPERSEDED = question(9, superseded=True)
CONSENT = question(10, QuestionKind.OPT_IN)

BOTH = AskWhich((TUESDAY, THURSDAY), "yes")


def answered(to: Sequence[OpenQuestion], intent: Intent) -> Resolution:
    return resolve(to, intent, now=NOW, lane=LANE)


@pytest.mark.parametrize(
    ("open_ones", "intent", "expected"),
    [
        # nothing is open
        ([], Yes(), NoQuestion()),
        ([], Choice(1), NoQuestion()),
        ([], Thanks(agrees=True), NoQuestion()),
        # one question: a bare answer fits it
        ([TUESDAY], Yes(), Answer(TUESDAY, COMING)),
        ([TUESDAY], Yes(hedged=True), Answer(TUESDAY, COMING, hedged=True)),
        ([TUESDAY], No(), Answer(TUESDAY, CANNOT)),
        ([TUESDAY], Choice(1), Answer(TUESDAY, COMING)),
        ([TUESDAY], Choice(2), Answer(TUESDAY, CANNOT)),
        ([TUESDAY], Choice(3), Answer(TUESDAY, QUESTION)),
        ([TUESDAY], Choice(3, "where do i park"), Answer(TUESDAY, QUESTION)),
        ([TUESDAY], Choice(1, "yes", Yes()), Answer(TUESDAY, COMING)),
        ([TUESDAY], Choice(1, "yes but", Yes(hedged=True)), Answer(TUESDAY, COMING, hedged=True)),
        ([TUESDAY], Choice(2, "yes", Yes()), AskAgain(TUESDAY)),
        ([TUESDAY], Choice(4), AskAgain(TUESDAY)),
        ([TUESDAY], Thanks(agrees=True), NoQuestion()),
        ([OFFER], Yes(), Answer(OFFER, "yes")),
        ([OFFER], Choice(2), Answer(OFFER, "no")),
        ([OFFER], Thanks(agrees=True), Answer(OFFER, "yes")),
        ([OFFER], Choice(3), AskAgain(OFFER)),
        ([CONSENT], Yes(), Answer(CONSENT, "yes")),
        ([CONSENT], Thanks(agrees=True), NoQuestion()),
        # several: ask which, unless a number names one
        ([TUESDAY, THURSDAY], Yes(), BOTH),
        ([THURSDAY, TUESDAY], Yes(), BOTH),
        ([TUESDAY, THURSDAY], Yes(hedged=True), AskWhich((TUESDAY, THURSDAY), "yes_but")),
        ([TUESDAY, THURSDAY], No(), AskWhich((TUESDAY, THURSDAY), "no")),
        ([TUESDAY, THURSDAY], Choice(1), AskWhich((TUESDAY, THURSDAY))),
        ([TUESDAY, THURSDAY], Choice(2, "yes", Yes()), Answer(THURSDAY, COMING)),
        ([TUESDAY, THURSDAY], Choice(1, "no", No()), Answer(TUESDAY, CANNOT)),
        ([TUESDAY, THURSDAY], Choice(3, "yes", Yes()), BOTH),
        ([TUESDAY, OFFER], Yes(), AskWhich((TUESDAY, OFFER), "yes")),
        ([TUESDAY, OFFER], Thanks(agrees=True), AskWhich((TUESDAY, OFFER))),
        # a menu asked last takes the number
        ([COURTS], Choice(2), Answer(COURTS, "boise")),
        ([COURTS], Choice(3), AskAgain(COURTS)),
        ([COURTS], Yes(), AskAgain(COURTS)),
        ([TUESDAY, COURTS], Choice(1), Answer(COURTS, "anc")),
        ([TUESDAY, COURTS], Yes(), AskAgain(COURTS)),
        ([TONGUES], Choice(3), Answer(TONGUES, "ru")),
        ([TONGUES], Language("vi"), Answer(TONGUES, "vi")),
        ([TONGUES], Language(None), NoQuestion()),
        ([TUESDAY], Language("vi"), NoQuestion()),
        ([STOPS], Choice(2), Answer(STOPS, "case-9")),
        ([STOPS], StopOne("2"), Answer(STOPS, "case-9")),
        ([STOPS], StopOne("CR2026000101"), NoQuestion()),
        # a menu that something was asked after is one of several
        ([COURTS, question(11)], Choice(1), AskWhich((COURTS, question(11)))),
        # which question: the number finishes the kept answer
        ([TUESDAY, THURSDAY, WHICH], Choice(2), Answer(THURSDAY, COMING, through=WHICH)),
        ([TUESDAY, THURSDAY, WHICH], Choice(2, "no", No()), Answer(THURSDAY, CANNOT, through=WHICH)),
        ([TUESDAY, THURSDAY, WHICH], Yes(), AskAgain(WHICH)),
        ([TUESDAY, THURSDAY, WHICH], Choice(9), AskAgain(WHICH)),
        ([TUESDAY, THURSDAY, WHICH_BARE], Choice(1), AskAgain(TUESDAY)),
        ([THURSDAY, WHICH], Choice(1), AskAgain(WHICH)),
        ([TUESDAY, THURSDAY, WHICH, question(12)], Yes(), AskWhich((TUESDAY, THURSDAY, question(12)), "yes")),
        # too late
        ([EXPIRED], Yes(), TooLate(EXPIRED, Late.EXPIRED)),
        ([SUPERSEDED], Choice(1), TooLate(SUPERSEDED, Late.SUPERSEDED)),
        ([EXPIRED, SUPERSEDED], Yes(), TooLate(SUPERSEDED, Late.SUPERSEDED)),
        ([EXPIRED], Choice(9), NoQuestion()),
        ([SUPERSEDED, THURSDAY], Yes(), Answer(THURSDAY, COMING)),
        # asked from another number
        ([question(1, lane=OTHER_LANE)], Yes(), NoQuestion()),
        ([question(1, lane=OTHER_LANE), THURSDAY], Yes(), Answer(THURSDAY, COMING)),
    ],
)
def test_the_ledger_answers_by_its_table(open_ones: list[OpenQuestion], intent: Intent, expected: Resolution) -> None:
    assert answered(open_ones, intent) == expected


NO_ANSWERS: list[Intent] = [
    Stop(),
    MaybeStop(),
    Start(),
    Help(),
    WrongNumber(),
    Check(),
    Thanks(),
    Nothing(),
    Language(None),
    StopOne("2"),
]
SETS: list[list[OpenQuestion]] = [
    [],
    [TUESDAY],
    [OFFER],
    [TUESDAY, THURSDAY],
    [COURTS],
    [TUESDAY, COURTS],
    [TUESDAY, THURSDAY, WHICH],
    [EXPIRED],
    [SUPERSEDED],
]


@pytest.mark.parametrize("intent", NO_ANSWERS)
@pytest.mark.parametrize("open_ones", SETS)
def test_what_is_no_answer_answers_nothing(open_ones: list[OpenQuestion], intent: Intent) -> None:
    assert answered(open_ones, intent) == NoQuestion()


def test_the_list_people_see_is_the_list_that_numbers_mean() -> None:
    shown = listed([THURSDAY, WHICH, TUESDAY])
    assert shown == (TUESDAY, THURSDAY)
    assert answered([THURSDAY, TUESDAY], Choice(2, "yes", Yes())) == Answer(shown[1], COMING)


def test_two_open_questions_and_yes_record_nothing_and_2_yes_confirms_the_second_only() -> None:
    both = [TUESDAY, THURSDAY]
    assert answered(both, classify("YES", language="en")) == BOTH
    assert answered(both, classify("2 yes", language="en")) == Answer(THURSDAY, COMING)


KINDS = [TUESDAY, THURSDAY, OFFER, COURTS, TONGUES, STOPS, WHICH, EXPIRED, SUPERSEDED, CONSENT]
OPEN = st.lists(st.sampled_from(KINDS), max_size=5, unique_by=lambda q: q.id)
INTENTS = st.one_of(
    st.builds(Yes, st.booleans()),
    st.just(No()),
    st.builds(Choice, st.integers(0, 5), st.just("yes"), st.none() | st.just(Yes()) | st.just(No())),
    st.sampled_from(NO_ANSWERS),
    st.just(Thanks(agrees=True)),
    st.builds(Language, st.none() | st.just("ru")),
)


@given(OPEN, INTENTS)
def test_nothing_is_ever_guessed(open_ones: list[OpenQuestion], intent: Intent) -> None:
    found = answered(open_ones, intent)
    live = [q for q in open_ones if not q.superseded and q.expires_at > NOW]
    if isinstance(found, Answer):
        assert found.question in live
        assert found.option in found.question.options
        standing = [q for q in live if not q.kind.is_menu]
        names_it = isinstance(intent, Choice)
        assert len(live) == 1 or names_it or found.question.kind.is_menu or len(standing) == 1
    if isinstance(found, AskWhich):
        assert len(found.questions) > 1
        assert set(found.questions) <= set(live)
    if isinstance(found, TooLate):
        assert not live


@given(OPEN, INTENTS)
def test_the_order_of_the_rows_changes_nothing(open_ones: list[OpenQuestion], intent: Intent) -> None:
    assert answered(open_ones, intent) == answered(open_ones[::-1], intent)


def test_only_lists_are_menus() -> None:
    menus = {kind for kind in QuestionKind if kind.is_menu}
    assert menus == {
        QuestionKind.WHICH_COURT,
        QuestionKind.WHICH_QUESTION,
        QuestionKind.LANGUAGE,
        QuestionKind.STOP_WHICH,
    }
