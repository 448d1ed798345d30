"""Lengths of time as people glance at them."""

from datetime import datetime, timedelta

NEVER = "never"


def span(length: timedelta) -> str:
    """Write a length of time in its largest fitting unit: 45 s, 12 min, 3 h, 2 d."""
    seconds = max(int(length.total_seconds()), 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def ago(at: datetime | None, now: datetime) -> str:
    """Write how long ago something was."""
    return NEVER if at is None else f"{span(now - at)} ago"
