"""The story that `usher demo --once` plays: a month of a court's life, and what it promises people at each step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import TypeAlias

from bot.demo import cast
from bot.demo.cast import ANA, CARLA, DMITRI, JO, KIM, LAYLA, NOOR, PAT, SAM, Member
from bot.demo.promises import Promise, Transcript, Witness
from bot.demo.stage import Stage
from bot.sandbox.control import CourtAction
from bot.sandbox.faults import NO_RECEIPTS
from domain.calendar_report import Finding, RunState
from storage.tasks import TaskKind

BOTH = 2  # hearings of one person on one day
FIRST_DAY = date(2026, 10, 26)  # a Monday; the clocks go back on the Sunday after it
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OPENS, CLOSES = 8, 20  # the court's quiet hours are outside of these

Scene: TypeAlias = Callable[[Stage, Witness], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of the story: every promise with whether it was kept, and every phone as it ended."""

    promises: list[Promise]
    phones: list[Transcript]

    @property
    def is_kept(self) -> bool:
        """Whether every promise was kept."""
        return all(promise.is_kept for promise in self.promises)


async def play(stage: Stage) -> Told:
    """Play the story from beginning to end."""
    witness = Witness(stage)
    for scene in SCENES:
        await scene(stage, witness)
    return Told(witness.promises, witness.transcripts())


async def open_the_curtain(stage: Stage) -> None:
    """Begin the demo that people play with: the calendar comes in, and some of the cast write."""
    await stage.import_docket(cast.DOCKET)
    for member, text in (
        (DMITRI, f"/start {DMITRI.link}"),
        (NOOR, "عربي"),
        (NOOR, "3RB-26-00142CR"),
        (JO, "hi! my case is 3rb 26-00142 CR pls"),
        (JO, "1"),
    ):
        await _ask(stage, member, text)


async def the_calendar_comes_in(stage: Stage, witness: Witness) -> None:
    """Monday morning: the court's file is imported, and everybody in it hears of their date."""
    report = await stage.import_docket(cast.DOCKET)
    await stage.court.advance(HOUR)
    ana, carla, layla = witness.fresh(ANA), witness.fresh(CARLA), witness.fresh(LAYLA)
    witness.expect("The court's file is read whole", report.state is RunState.APPLIED, not report.quarantined)
    witness.expect(
        "The first text says who writes, and at its end how to stop",
        *("Riverbend" in text and "STOP" in text.splitlines()[-1] for text in chain(ana, carla, layla)),
        len(ana) == len(layla) == 1,
    )
    witness.expect(
        "Two hearings of one person on one day come as one text",
        len(carla) == 1,
        "9:00" in "".join(carla),
        "2:00" in "".join(carla),
    )
    witness.expect("Everybody reads their own language", "noviembre" in "".join(ana), "نوفمبر" in "".join(layla))
    again = await stage.import_docket(cast.DOCKET)
    await stage.court.advance(MINUTE)
    unchanged = {finding for finding, count in again.hearings.items() if count} == {Finding.UNCHANGED}
    witness.expect("The same file again changes nothing and says nothing", unchanged, not witness.fresh(ANA))


async def anybody_asks(stage: Stage, witness: Witness) -> None:
    """Jo and Noor text case numbers: public ones are answered, others are as if they did not exist."""
    await _ask(stage, JO, "hi! my case is 3rb 26-00142 CR pls")
    answer = witness.answer(JO)
    witness.expect("A case number in a sentence gets date, time and place", "8:30" in answer, "Courtroom 7" in answer)
    await _ask(stage, JO, "1")
    witness.expect("A yes subscribes to reminders", "3RB-26-00142CR" in "".join(witness.fresh(JO)))
    await _ask(stage, JO, "3RB-26-00155CR")
    sealed = witness.answer(JO)
    await _ask(stage, JO, "3RB-26-00166CR")
    unknown = witness.answer(JO)
    same = sealed.replace("00155", "N") == unknown.replace("00166", "N")
    witness.expect("A sealed case is answered word for word like one that does not exist", bool(sealed), same)
    await _ask(stage, NOOR, "3RB-26-00160MO")
    which = witness.answer(NOOR)
    witness.expect("The same number in two courts: asked which", "Riverbend" in which, "Lakeside" in which)
    await _ask(stage, NOOR, "2")
    witness.expect("The chosen court answers", "3:00" in witness.answer(NOOR))
    await _ask(stage, NOOR, "3RB-26-00177CR")
    await _ask(stage, NOOR, "1")
    witness.expect("An unknown number is watched for on request", "16" in "".join(witness.fresh(NOOR)))


async def a_link_is_opened(stage: Stage, witness: Witness) -> None:
    """Dmitri opens the link on his paper; somebody else tries it afterwards."""
    await _ask(stage, DMITRI, f"/start {DMITRI.link}")
    await stage.court.advance(HOUR)
    texts = witness.fresh(DMITRI)
    witness.expect(
        "A printed link connects Telegram, in its owner's language",
        "чат" in "".join(texts).lower(),
        any("ноября" in text for text in texts),
    )
    await _ask(stage, NOOR, f"/start {DMITRI.link}")
    witness.expect("The link works once", not any("13:30" in text or "1:30" in text for text in witness.fresh(NOOR)))


async def pat_says_stop(stage: Stage, witness: Witness) -> None:
    """Pat wants no texts; then Pat's hearing moves."""
    witness.fresh(PAT)
    await _ask(stage, PAT, "Stop. Thank you")
    answers = witness.fresh(PAT)
    await _change(stage, "3RB-26-00104CR", CourtAction.MOVE_EARLIER)
    witness.expect("STOP in a sentence is confirmed once, and is final", len(answers) == 1, not witness.fresh(PAT))
    witness.expect(
        "The desk is told to call who may not be texted", await witness.tasks(TaskKind.STOPPED_BUT_CHANGED) == 1
    )
    await _ask(stage, PAT, "HELP")
    witness.expect("HELP is answered even then", "907-555-0100" in "".join(witness.fresh(PAT)))


async def short_notice(stage: Stage, witness: Witness) -> None:
    """A hearing is entered for tomorrow noon, and the number that Noor waits for comes into the calendar."""
    await stage.import_docket((*cast.DOCKET, cast.SHORT_NOTICE, cast.WATCHED))
    await stage.court.advance(HOUR)
    kim = witness.answer(KIM)
    witness.expect("A hearing nearer than every reminder: one text with all that matters", "12:00" in kim)
    witness.expect("The desk calls as well", await witness.tasks(TaskKind.SHORT_NOTICE_CALL) >= 1)
    witness.expect(
        "Who watched a number hears that it is there", any("3RB-26-00177CR" in text for text in witness.fresh(NOOR))
    )


async def the_week_passes(stage: Stage, witness: Witness) -> None:
    """The reminders of the policy go out, over the end of summer time."""
    for member in (ANA, LAYLA, SAM, CARLA, DMITRI, JO):
        witness.fresh(member)
    await stage.court.advance(6 * DAY)
    at_ten = [instant for instant in witness.landed(DMITRI) if instant.date() == date(2026, 11, 1)]
    witness.expect("Over the clock change reminders keep the court's own hour", [at.hour for at in at_ten] == [10])
    witness.expect("Each touch has its purpose, and the day is named", "4 ноября" in "".join(witness.fresh(DMITRI)))
    carla = witness.fresh(CARLA)
    witness.expect("One reminder for both of a day's hearings", bool(carla), all("2:00" in text for text in carla))
    await _ask(stage, CARLA, "2")
    witness.expect("Who cannot come is told what to do", bool(witness.fresh(CARLA)))
    witness.expect("and the desk is told of both hearings", await witness.tasks(TaskKind.CANNOT_COME) == BOTH)


async def the_court_moves_and_cancels(stage: Stage, witness: Witness) -> None:
    """Ana's trial moves to an earlier day; then, while a text may still be on its way, it is cancelled."""
    for member in (ANA, LAYLA, SAM):
        witness.fresh(member)
    await _change(stage, "3RB-26-00101CR", CourtAction.MOVE_EARLIER)
    ana = witness.fresh(ANA)
    witness.expect(
        "An earlier date is told at once, naming old and new",
        len(ana) == 1,
        "5 de noviembre" in "".join(ana),
        "3 de noviembre" in "".join(ana),
    )
    layla = "".join(witness.fresh(LAYLA))
    witness.expect(
        "The victim is told as well, without case or names", bool(layla), "26-00101" not in layla, "Ana" not in layla
    )
    stage.sandbox.script.add(NO_RECEIPTS, to=SAM.phone)
    witness.fresh(SAM)
    await _change(stage, "3RB-26-00101CR", CourtAction.CHANGE_ROOM)
    await _change(stage, "3RB-26-00101CR", CourtAction.CANCEL)
    await stage.court.advance(HOUR)
    sam = witness.fresh(SAM)
    witness.expect(
        "A change that overtakes a text at the carrier is followed by a correction, last",
        ["CORRECTION" in text for text in sam] == [False, True],
        "cancel" in "".join(sam).lower(),
    )


async def somebody_does_not_come(stage: Stage, witness: Witness) -> None:
    """The hearings of the week are held; Dmitri does not come to his."""
    await stage.court.advance(4 * DAY)
    witness.fresh(DMITRI)
    await _change(stage, "3RB-26-00102CR", CourtAction.MARK_MISS)
    await stage.court.advance(2 * DAY)
    texts = witness.fresh(DMITRI)
    witness.expect("After a miss: one text on how to put it right", len(texts) == 1, "907-555-0100" in "".join(texts))
    witness.expect("Who asked by number was reminded too", any("Courtroom 7" in text for text in witness.fresh(JO)))


async def a_bad_file_comes(stage: Stage, witness: Witness) -> None:
    """A file that calls off nearly everything is held for a human."""
    await stage.import_docket(cast.NEXT_MONTH, accept_changes=True)
    cancelled = [replace(entry, status="cancelled") for entry in cast.NEXT_MONTH]
    before = stage.sandbox.ledger.count()
    report = await stage.import_docket(cancelled)
    witness.expect("A file that would cancel most hearings is held", report.state is RunState.HELD)
    witness.expect("and nobody is told anything of it", stage.sandbox.ledger.count() == before)


async def at_the_end(stage: Stage, witness: Witness) -> None:
    """What must hold over the whole story."""
    await stage.court.advance(10 * DAY)
    landings = [at for member in cast.CAST for at in witness.landed(member)]
    witness.expect("Nothing ordinary came at night", all(OPENS <= at.hour < CLOSES for at in landings))
    doubled = [one for one in stage.sandbox.ledger.doubled() if one.number not in {JO.phone, NOOR.phone}]
    witness.expect("Nobody got the same text twice", not doubled)
    names = {one.name for one in cast.CAST}
    own = all(not (names - {one.name}) & set("".join(witness.texts(one)).split()) for one in cast.CAST)
    witness.expect("No text names another person", own)


async def _ask(stage: Stage, member: Member, text: str) -> None:
    """Let a member of the cast write, a minute later."""
    await stage.court.advance(MINUTE)
    await stage.sandbox.person_writes(member.phone, text)
    await stage.court.settle()


async def _change(stage: Stage, number: str, action: CourtAction) -> None:
    """Let the court's staff press a button on the page, a minute later."""
    await stage.court.advance(MINUTE)
    cards = [card for card in await stage.court.hearings() if card.case_number == number]
    await stage.court.act(cards[0].id, action)
    await stage.court.advance(MINUTE)


SCENES: tuple[Scene, ...] = (
    the_calendar_comes_in,
    anybody_asks,
    a_link_is_opened,
    pat_says_stop,
    short_notice,
    the_week_passes,
    the_court_moves_and_cancels,
    somebody_does_not_come,
    a_bad_file_comes,
    at_the_end,
)
