"""What the page of phones is told: phones, bubbles, the clock and the docket, as plain JSON."""

from datetime import datetime, tzinfo
from itertools import islice
from typing import Final

from bot.sandbox.control import CourtAction, HearingCard
from bot.sandbox.phones import Bubble, Phone

MOST_PHONES: Final = 24
MOST_BUBBLES: Final = 80


def phone_view(phone: Phone, zone: tzinfo) -> dict[str, object]:
    """Show one phone with its last bubbles; times are read in `zone`."""
    first = max(0, len(phone.bubbles) - MOST_BUBBLES)
    return {
        "number": phone.number,
        "channel": phone.channel,
        "owner": phone.owner,
        "language": phone.language.replace("_", "-"),
        "on": phone.is_on and not phone.has_blocked,
        "bubbles": [
            _bubble_view(bubble, zone, place=place) for place, bubble in islice(enumerate(phone.bubbles), first, None)
        ],
    }


def clock_view(now: datetime) -> dict[str, str]:
    """Show what a clock shows; `now` is aware and in the zone to be shown."""
    return {
        "iso": now.isoformat(timespec="minutes"),
        "time": _time(now),
        "day": _day(now),
        "zone": now.tzname() or "",
    }


def hearing_view(hearing: HearingCard) -> dict[str, object]:
    """Show one line of the docket."""
    at = hearing.starts_at
    return {
        "id": hearing.id,
        "case": hearing.case_number,
        "iso": at.isoformat(timespec="minutes"),
        "when": f"{at:%a, %b} {at.day}, {at.year}, {_time(at)}",
        "room": hearing.courtroom,
        "status": hearing.status,
        "people": hearing.people,
        "actions": [action for action in CourtAction if action in hearing.actions],
    }


def _bubble_view(bubble: Bubble, zone: tzinfo, *, place: int) -> dict[str, object]:
    at = bubble.at.astimezone(zone)
    return {
        "key": bubble.provider_id or f"own-{place}",
        "iso": at.isoformat(timespec="seconds"),
        "day": _day(at),
        "time": _time(at),
        "direction": bubble.direction,
        "text": bubble.text,
        "state": bubble.state,
        "segments": bubble.segments,
        "error": bubble.error_code,
        "edited": bubble.is_edited,
        "buttons": [[{"label": each.label, "action": each.action} for each in row] for row in bubble.buttons],
    }


def _day(at: datetime) -> str:
    return f"{at:%A}, {at:%B} {at.day}, {at.year}"


def _time(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"  # noqa: PLR2004 - noon
