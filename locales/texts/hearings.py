"""What is said of a hearing: where it is, how to take part, and the answer to "when is my court date?"."""

# The English of a sentence says what it is: a docstring would say it twice.
# ruff: noqa: D103

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import assert_never

from domain.hearing import Mode
from domain.letter import CourtFace, HearingFacts
from locales import dates
from locales.reader import Reader, clean

MOST_LISTED = 6
"""No text lists more hearings than this; it says how many more there are."""

_ROOM_WORDS = {"courtroom", "ctrm", "crtrm", "room", "dept", "department", "division", "floor", "part", "no"}


def place_of(reader: Reader, hearing: HearingFacts, court: CourtFace) -> str:
    """Name the place: the courtroom, then the building, or the court's address where no building is named."""
    return _place(reader, clean(hearing.courtroom or ""), clean(hearing.place or ""), court.address)


@lru_cache(maxsize=2048)
def _place(reader: Reader, room: str, building: str, address: str) -> str:
    if not building and (not room or _is_bare(room)):
        building = address
    if not room:
        return reader.fact("address", building)
    room = courtroom(reader, room=room) if _is_number(room) else reader.fact("room", room)
    return place(reader, room=room, building=building) if building else room


def how_to_take_part(reader: Reader, hearing: HearingFacts, court: CourtFace) -> str:
    """Say where to go, or how to join by video or phone, with the court's link on a line of its own."""
    match hearing.mode:
        case Mode.IN_PERSON:
            return where(reader, place=place_of(reader, hearing, court))
        case Mode.VIDEO:
            return with_link(reader, by_video(reader), hearing) or by_video_ask(reader, phone=court.phone)
        case Mode.PHONE:
            return with_link(reader, by_phone(reader), hearing) or by_phone_ask(reader, phone=court.phone)
        case _:
            assert_never(hearing.mode)


def with_link(reader: Reader, sentence: str, hearing: HearingFacts) -> str | None:
    """Put the court's own link, or number to dial, on the line below a sentence; None where the court gave none.

    A number is isolated in a right-to-left text; a link is not, since phones would take the mark for a part of it.
    """
    link = clean(hearing.join_url or "")
    if not link:
        return None
    return f"{sentence}\n{link if '://' in link else reader.isolate(link)}"


def line(reader: Reader, hearing: HearingFacts, court: CourtFace, *, now: datetime, names_case: bool = True) -> str:
    """Write one hearing as one line of a list; its link, where it has one, stands on the next line."""
    said = dates.listed(reader, hearing.starts_at, court.zone, now=now)
    at = _at(reader, hearing, court)
    one = (
        in_list(reader, when=said, place=at, case=hearing.case_number)
        if names_case
        else in_discreet_list(reader, when=said, place=at)
    )
    return (with_link(reader, one, hearing) or one) if hearing.mode is not Mode.IN_PERSON else one


def answer(
    reader: Reader,
    *,
    court: CourtFace,
    case_number: str,
    hearings: Sequence[HearingFacts],
    as_of: datetime,
    now: datetime,
    offer: str = "",
    most: int = MOST_LISTED,
) -> str:
    """Answer a public case's number: its coming hearings, how fresh the calendar is, and what may be replied.

    `hearings` are in order of time and not empty; `most` of them are listed. `as_of` is the instant of the last
    import. `offer` is the closing line: `enrolment.offer_reminders` or `enrolment.already_subscribed`.
    """
    shown = hearings[:most]
    lines = ["- " + line(reader, hearing, court, now=now, names_case=False) for hearing in shown]
    rest = len(hearings) - len(shown)
    return "\n".join(
        [
            coming(reader, len(hearings), court=court.short_name, case=case_number),
            *lines,
            *([and_more(reader, rest)] if rest else []),
            fresh_as_of(reader, as_of=dates.listed(reader, as_of, court.zone, now=now)),
            *([offer] if offer else []),
        ]
    )


def unknown(reader: Reader, *, court: CourtFace, number: str, days: int) -> str:
    """Answer a number we have nothing coming for. Restricted, sealed and finished cases answer with the same words."""
    return reader.ngettext(
        "%(court)s: We have no court date for %(number)s now. Check the number on your papers."
        " Reply 1 and we will look for it for %(count)s day, then text you either way."
        " Questions? Call %(phone)s.",
        "%(court)s: We have no court date for %(number)s now. Check the number on your papers."
        " Reply 1 and we will look for it for %(count)s days, then text you either way."
        " Questions? Call %(phone)s.",
        days,
        court=court.short_name,
        number=number,
        phone=court.phone,
    )


def coming(reader: Reader, count: int, *, court: str, case: str) -> str:
    return reader.ngettext(
        "%(court)s, case %(case)s: %(count)s coming hearing.",
        "%(court)s, case %(case)s: %(count)s coming hearings.",
        count,
        court=court,
        case=case,
    )


def and_more(reader: Reader, count: int) -> str:
    return reader.ngettext("And %(count)s more hearing later.", "And %(count)s more hearings later.", count)


def fresh_as_of(reader: Reader, *, as_of: str) -> str:
    # TRANSLATORS: when the court's calendar was last read, for example "Monday, May 4, 9:30 a.m."
    return reader.gettext("From the court calendar of: %(as_of)s. Dates can change.", as_of=as_of)


def in_list(reader: Reader, *, when: str, place: str, case: str) -> str:
    # TRANSLATORS: one line of a list of hearings
    return reader.gettext("%(when)s - %(place)s - case %(case)s", when=when, place=place, case=case)


def in_discreet_list(reader: Reader, *, when: str, place: str) -> str:
    # TRANSLATORS: one line of a list of hearings
    return reader.gettext("%(when)s - %(place)s", when=when, place=place)


def where(reader: Reader, *, place: str) -> str:
    return reader.gettext("Where: %(place)s.", place=place)


def by_video(reader: Reader) -> str:
    return reader.gettext("It is by video. Open this link 10 minutes early:")


def by_video_ask(reader: Reader, *, phone: str) -> str:
    return reader.gettext("It is by video. To get the link, call %(phone)s.", phone=phone)


def by_phone(reader: Reader) -> str:
    return reader.gettext("It is by phone. Join here:")


def by_phone_ask(reader: Reader, *, phone: str) -> str:
    return reader.gettext("It is by phone. To learn how to join, call %(phone)s.", phone=phone)


def in_list_by_video(reader: Reader) -> str:
    # TRANSLATORS: stands in a list in the place of the courtroom
    return reader.gettext("by video")


def in_list_by_phone(reader: Reader) -> str:
    # TRANSLATORS: stands in a list in the place of the courtroom
    return reader.gettext("by phone")


def courtroom(reader: Reader, *, room: str) -> str:
    # TRANSLATORS: room is a number or a letter, for example 4B
    return reader.gettext("Courtroom %(room)s", room=room)


def place(reader: Reader, *, room: str, building: str) -> str:
    # TRANSLATORS: a place, from the small to the large: the courtroom, then the building or its address
    return reader.gettext("%(place)s, %(building)s", place=room, building=building)


def _at(reader: Reader, hearing: HearingFacts, court: CourtFace) -> str:
    match hearing.mode:
        case Mode.IN_PERSON:
            return place_of(reader, hearing, court)
        case Mode.VIDEO:
            return in_list_by_video(reader)
        case Mode.PHONE:
            return in_list_by_phone(reader)
        case _:
            assert_never(hearing.mode)


def _is_number(room: str) -> bool:
    return re.fullmatch(r"#?[\w-]{1,5}", room) is not None and (len(room) == 1 or any(c.isdigit() for c in room))


def _is_bare(room: str) -> bool:
    """Whether a courtroom names no building: "4B", "Courtroom 12", but not "Courtroom D, Juneau Courthouse"."""
    words = re.findall(r"[^\W\d_]{3,}", room.casefold())
    return all(word in _ROOM_WORDS for word in words)
