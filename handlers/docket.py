"""The cases and hearings that messages are about, read for all messages of a turn at once."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

from sqlalchemy import Connection

from domain.case_number import candidates
from handlers.facts import Facts
from storage import cases
from storage.cases import CaseHearing, StoredCase
from storage.courts import Courts

CourtIds: TypeAlias = tuple[int, ...]
NUMBERS_READ = 3  # of one message: more is no mistyping


class Docket:
    """What the calendar says now. Nothing that people write changes it, so what was read stays true for the turn.

    Args:
        connection: Of the unit of work.
        courts: Whose numbers are looked for.
        texts: What was written, each with the courts that it may ask: their numbers are looked up at once.
        hearing_ids: Returns the hearings that will probably be asked for.
        now: The instant of the turn.
    """

    def __init__(
        self,
        connection: Connection,
        courts: Courts,
        texts: Sequence[tuple[str, CourtIds]],
        *,
        hearing_ids: Callable[[], Collection[int]],
        now: datetime,
    ) -> None:
        self._connection = connection
        self._courts = courts
        self._court_ids = {court_id for _, court_ids in texts for court_id in court_ids}
        self._texts = texts
        self._numbers: dict[tuple[str, CourtIds], list[str]] = {}
        self._by_number = Facts(self._read_numbers, self._all_numbers)
        self._hearings = Facts(partial(cases.hearings_now, connection), hearing_ids)
        self._cases = Facts(partial(cases.by_id, connection), self._cases_met)
        self._coming = Facts(partial(cases.coming, connection, now=now), self._cases_met)

    def numbers_in(self, text: str, court_ids: CourtIds) -> list[str]:
        """Return the well-formed numbers of a text, the likeliest first, by what each court's numbers look like."""
        found = self._numbers.get((text, court_ids))
        if found is None:
            patterns = dict.fromkeys(self._courts[court_id].number_patterns for court_id in court_ids)
            each = [number for pattern in patterns for number in candidates(text, pattern)[:NUMBERS_READ]]
            found = self._numbers[text, court_ids] = list(dict.fromkeys(each))
        return found

    def numbered(self, folded: Sequence[str], *, court_ids: Collection[int]) -> list[StoredCase]:
        """Return the cases with one of these folded numbers in these courts, whether or not they answer."""
        found = [case for number in dict.fromkeys(folded) for case in self._by_number.of(number)]
        return sorted((case for case in found if case.court_id in court_ids), key=lambda case: case.id)

    def case(self, case_id: int) -> StoredCase:
        """Return a case of a known id."""
        return self._cases.of(case_id)

    def coming(self, case_id: int) -> list[CaseHearing]:
        """Return the hearings of a case that are on and still to come, in order of time."""
        return self._coming.of(case_id)

    def hearing(self, hearing_id: int) -> CaseHearing:
        """Return a hearing as it stands."""
        return self._hearings.of(hearing_id)

    def hearing_at(self, hearing_id: int, revision: int) -> CaseHearing:
        """Return a hearing as it stood at a revision."""
        return cases.hearing_at(self._connection, hearing_id, revision)

    def _all_numbers(self) -> set[str]:
        return {number for text, court_ids in self._texts for number in self.numbers_in(text, court_ids)}

    def _read_numbers(self, folded: Collection[str]) -> dict[str, list[StoredCase]]:
        found: dict[str, list[StoredCase]] = {number: [] for number in folded}
        for case in cases.by_folded(self._connection, folded, court_ids=self._court_ids):
            found[case.folded].append(case)
            self._cases.note({case.id: case})
        return found

    def _cases_met(self) -> set[int]:
        asked_about = {case.id for found in self._by_number.known() for case in found}
        return asked_about | {hearing.case_id for hearing in self._hearings.known()}
