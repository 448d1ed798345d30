"""What a feed's rows about one case mean, against what is known of its hearings: new, moved, cancelled, gone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from domain.calendar_report import Finding
from domain.calendar_row import HearingFields
from domain.hearing import Appearance, ChangeKind, HearingStatus, changes_between

Identity: TypeAlias = tuple[str | datetime | None, ...]

FINDINGS = (
    (ChangeKind.CANCELLED, Finding.CANCELLED),
    (ChangeKind.REINSTATED, Finding.REINSTATED),
    (ChangeKind.EARLIER, Finding.EARLIER),
    (ChangeKind.LATER, Finding.LATER),
    (ChangeKind.ROOM, Finding.ROOM),
    (ChangeKind.MODE, Finding.MODE),
)
"""What one hearing counts as when it changed in several ways: the first."""
MAY_MOVE = frozenset({HearingStatus.SCHEDULED, HearingStatus.CONTINUED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The feed as a whole. `since` and `until` bound the days that its file covers (aware, UTC)."""

    key: str
    complete: bool
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHearing:
    """A hearing as stored. `fed_starts` are the starts it had by the feed before staff changed it."""

    id: int
    fields: HearingFields
    revision: int = 1
    feed: str | None = None
    is_gone: bool = False
    by_staff: bool = False
    fed_starts: frozenset[datetime] = frozenset()


@dataclass(frozen=True, slots=True)
class HearingChange:
    """One hearing's finding. `known` is None for a new one, `fed` for one that the feed does not show."""

    finding: Finding
    known: KnownHearing | None
    fed: HearingFields | None

    @property
    def is_news(self) -> bool:
        """Whether anything is to be written."""
        return self.finding not in {Finding.UNCHANGED, Finding.KEPT}


@dataclass(slots=True)
class CaseDiff:
    """All findings of one case.

    `shown` says which hearing each identity of the feed is: an index into `changes`. `unclear` are identities that
    the feed states in several ways, or that may be moves of several hearings: for a human.
    """

    changes: list[HearingChange] = field(default_factory=list)
    shown: dict[Identity, int] = field(default_factory=dict)
    unclear: list[Identity] = field(default_factory=list)


def identity_of(fields: HearingFields) -> Identity:
    """Return what makes two rows of one case speak of one hearing: the feed's id, or the kind and the start."""
    if fields.external_id:
        return (fields.external_id,)
    return (fields.kind, fields.starts_at)


def appearance_of(fields: HearingFields) -> Appearance:
    """Return what of a hearing matters to people."""
    return Appearance(
        starts_at=fields.starts_at,
        status=fields.status,
        courtroom=fields.courtroom,
        place=fields.place,
        mode=fields.mode,
        join_url=fields.join_url,
    )


def compare(known: Sequence[KnownHearing], fed: Iterable[HearingFields], *, feed: Feed, now: datetime) -> CaseDiff:
    """Say what became of each hearing of one case. The order of `fed` does not matter, nor how often a row stands.

    A hearing that lost its start and one that appeared are one that moved only where no other reading is possible:
    one of each, of one kind, both still to come. Otherwise nobody guesses.
    """
    diff = CaseDiff()
    wanted = _one_each(fed, diff)
    left = {one.id: one for one in known}
    for identity, fields in sorted(wanted.items(), key=lambda one: not one[1].external_id):  # ids take theirs first
        found = _same(left.values(), fields)
        if found is not None:
            _pair(diff, identity, left.pop(found.id), wanted.pop(identity), feed=feed, now=now)
    unclear = _move(diff, left, wanted, feed=feed, now=now)
    for identity, fields in wanted.items():
        diff.shown[identity] = len(diff.changes)
        diff.changes.append(HearingChange(Finding.NEW, None, fields))
    diff.changes += _absent(left.values(), unclear, feed=feed, now=now)
    return diff


def _one_each(fed: Iterable[HearingFields], diff: CaseDiff) -> dict[Identity, HearingFields]:
    """Take one statement of each hearing; of several that differ one that is on, then the first in their own order."""
    stated: dict[Identity, set[HearingFields]] = defaultdict(set)
    for fields in fed:
        stated[identity_of(fields)].add(fields)
    diff.unclear += sorted((identity for identity, all_of in stated.items() if len(all_of) > 1), key=repr)
    return {identity: min(stated[identity], key=_order) for identity in sorted(stated, key=repr)}


def _order(fields: HearingFields) -> tuple[object, ...]:
    return (not fields.status.is_on, fields.starts_at, *(str(part or "") for part in fields))


def _same(left: Iterable[KnownHearing], fields: HearingFields) -> KnownHearing | None:
    """Find the known hearing that a row speaks of: by id, else by kind and start, among those of that sort."""
    nearby: list[KnownHearing] = []
    for one in left:
        if fields.external_id and one.fields.external_id == fields.external_id:
            return one
        is_free = not fields.external_id or not one.fields.external_id
        starts = {one.fields.starts_at} | one.fed_starts
        if is_free and one.fields.kind == fields.kind and fields.starts_at in starts:
            nearby.append(one)
    if fields.external_id:  # a feed that has only now begun to give ids
        return nearby[0] if len(nearby) == 1 else None
    return min(
        nearby,
        key=lambda one: (bool(one.fields.external_id), one.fields.starts_at != fields.starts_at, one.id),
        default=None,
    )


def _move(
    diff: CaseDiff,
    left: dict[int, KnownHearing],
    wanted: dict[Identity, HearingFields],
    *,
    feed: Feed,
    now: datetime,
) -> set[int]:
    """Pair hearings that moved; return the ids of those that may have, where it cannot be told."""
    fresh: dict[str | None, list[Identity]] = defaultdict(list)
    for identity, fields in wanted.items():
        if not fields.external_id and fields.starts_at > now:
            fresh[fields.kind].append(identity)
    unclear: set[int] = set()
    for kind, identities in fresh.items():
        lost = [one for one in left.values() if _may_have_moved(one, kind, now=now)]
        if len(lost) == len(identities) == 1:
            known = left.pop(lost[0].id)
            _pair(diff, identities[0], known, wanted.pop(identities[0]), feed=feed, now=now)
        elif lost:
            diff.unclear += identities
            unclear |= {one.id for one in lost}
    return unclear


def _may_have_moved(one: KnownHearing, kind: str | None, *, now: datetime) -> bool:
    fields = one.fields
    is_loose = fields.external_id is None and fields.kind == kind and fields.status in MAY_MOVE
    return is_loose and fields.starts_at > now


def _pair(
    diff: CaseDiff, identity: Identity, known: KnownHearing, fed: HearingFields, *, feed: Feed, now: datetime
) -> None:
    if fed.external_id is None:
        fed = fed._replace(external_id=known.fields.external_id)
    diff.shown[identity] = len(diff.changes)
    diff.changes.append(HearingChange(_finding(known, fed, feed=feed, now=now), known, fed))


def _finding(known: KnownHearing, fed: HearingFields, *, feed: Feed, now: datetime) -> Finding:
    if known.fields == fed:
        if known.is_gone:
            return Finding.RETURNED
        return Finding.UNCHANGED if known.feed == feed.key else Finding.DETAILS
    old, new = appearance_of(known.fields), appearance_of(fed)
    if old != new:
        if known.by_staff:
            is_over = max(old.starts_at, new.starts_at) <= now
            return Finding.UNCHANGED if is_over else Finding.KEPT
        changes = changes_between(old, new)
        return next((finding for kind, finding in FINDINGS if kind in changes), Finding.DETAILS)
    return Finding.DETAILS


def is_missed(one: KnownHearing, feed: Feed, *, now: datetime) -> bool:
    """Whether this feed showed a hearing that is on and to come, and would have to show it still."""
    is_coming = one.fields.starts_at > now and one.fields.status.is_on
    return one.feed == feed.key and is_coming and not one.is_gone


def _absent(left: Iterable[KnownHearing], unclear: set[int], *, feed: Feed, now: datetime) -> Iterator[HearingChange]:
    """Say what it means that the feed does not show coming hearings it showed before.

    One that has gone stays so: whatever made it unclear then is not cleared up by the same silence.
    """
    for one in left:
        fields = one.fields
        if not is_missed(one, feed, now=now):
            continue
        if not feed.complete or one.by_staff or one.id in unclear:
            yield HearingChange(Finding.GONE, one, None)
        elif feed.since <= fields.starts_at <= feed.until:
            off = fields._replace(status=HearingStatus.CANCELLED)
            yield HearingChange(Finding.CANCELLED, one, off)
