"""What is to be done about one case of a calendar: its hearings' differences, and who is new or has changed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.calendar_diff import CaseDiff, Feed, HearingChange, Identity, compare, identity_of, is_missed
from domain.calendar_report import Finding
from domain.hearing import Confidentiality
from domain.roles import Role
from storage.calendar import KnownCase
from storage.fed_rows import NOT_FED, Remembered, as_kept
from storage.staging import StagedCase, StagedParty

SECRECY = tuple(Confidentiality)
"""From open to closed: of several words about one case the most closed one holds."""


@dataclass(slots=True)
class Part:
    """One part of somebody in the case, as the file states it; `shown` are the hearings that it is stated for."""

    rows: dict[bytes, StagedParty] = field(default_factory=dict)
    shown: set[Identity] = field(default_factory=set)

    @property
    def digest(self) -> bytes:
        """Return what stands for all that the file says of them."""
        if len(self.rows) == 1:
            return next(iter(self.rows))
        return hashlib.sha256(b"".join(sorted(self.rows))).digest()[:16]


@dataclass(slots=True)
class CaseWork:
    """One case of the file beside what is known of it."""

    case: StagedCase
    known: KnownCase | None
    diff: CaseDiff
    parts: dict[tuple[str, Role], Part]
    kind: str | None
    confidentiality: Confidentiality
    fed: Remembered

    @property
    def is_changed(self) -> bool:
        """Whether the case itself, apart from its hearings, is to be written anew."""
        known = self.known
        return known is not None and (known.kind, known.confidentiality) != (self.kind, self.confidentiality)

    def is_needed(self) -> bool:
        """Whether anything is to be written, or shown to the desk."""
        if self.known is None or self.is_changed or self.diff.unclear or self.known.fed != self.fed:
            return True
        if any(change.is_news or change.finding is Finding.KEPT for change in self.diff.changes):
            return True
        return any(self._is_news(self.known, who, part) for who, part in self.parts.items())

    def _is_news(self, known: KnownCase, who: tuple[str, Role], part: Part) -> bool:
        before = known.parties.get(who)
        if before is None or before.digest != part.digest:
            return True
        if not before.is_live:
            return False
        return any((self.hearing_id(identity), before.participation_id) not in known.links for identity in part.shown)

    def hearing_id(self, identity: Identity) -> int | None:
        """Return the known hearing that a row of the file speaks of."""
        change = self.diff.changes[self.diff.shown[identity]]
        return None if change.known is None else change.known.id


def work_of(case: StagedCase, known: KnownCase | None, *, feeds: Mapping[int, Feed], now: datetime) -> CaseWork:
    """Compare one case of the file with what is known of it."""
    parts: dict[tuple[str, Role], Part] = {}
    for row in case.rows:
        if row.party is not None:
            part = parts.setdefault((row.party.key, row.party.role), Part())
            part.rows[row.party.digest] = row.party
            part.shown.add(identity_of(row.hearing))
    kinds = [row.case_kind for row in case.rows if row.case_kind]
    said = [row.confidentiality for row in case.rows if row.confidentiality]
    before = Confidentiality.PUBLIC if known is None else known.confidentiality
    feed = feeds[case.key[0]]
    diff = _diff(case, known, feed, now)
    return CaseWork(
        case,
        known,
        diff,
        parts,
        min(kinds) if kinds else None if known is None else known.kind,
        max(said, key=SECRECY.index) if said else before,
        as_kept(case.digests, len(diff.shown)) if _is_settled(case, known, diff, feed, now) else NOT_FED,
    )


def _is_settled(case: StagedCase, known: KnownCase | None, diff: CaseDiff, feed: Feed, now: datetime) -> bool:
    """Whether the same rows could have nothing to say when they come again, today or later."""
    if not case.rows or len(case.rows) != len(case.digests) or diff.unclear:
        return False
    if any(change.finding is Finding.KEPT for change in diff.changes):
        return False
    decided = {change.known.id for change in diff.changes if change.known is not None}
    return known is None or not any(is_missed(one, feed, now=now) for one in known.hearings if one.id not in decided)


def _diff(case: StagedCase, known: KnownCase | None, feed: Feed, now: datetime) -> CaseDiff:
    hearings = [] if known is None else known.hearings
    if len(case.rows) == len(hearings) == 1:  # by far the most: one hearing, as it was
        one, fields = hearings[0], case.rows[0].hearing
        if one.fields == fields and one.feed == feed.key and not one.is_gone:
            return CaseDiff([HearingChange(Finding.UNCHANGED, one, fields)], {identity_of(fields): 0})
    if not hearings and len(case.rows) == 1:
        fields = case.rows[0].hearing
        return CaseDiff([HearingChange(Finding.NEW, None, fields)], {identity_of(fields): 0})
    return compare(hearings, [row.hearing for row in case.rows], feed=feed, now=now)
