"""How each language writes a day and a time, as explicit patterns: Babel's own skeletons fall back silently.

A new language needs an entry here beside its catalog. Every entry is pinned by golden tests.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DatePatterns:
    """One language's patterns. `date` and `clock` are Babel patterns; the rest are made with `str.format`.

    `day` joins a weekday and a date. `on` makes the phrase that stands in a sentence after "You have court …", `near`
    the same phrase with `today` or `tomorrow` before it; `listed` and `near_listed` are for lists and after a colon.
    `at_one` is said before one o'clock where the language distinguishes it. `weekdays_on` are the weekdays as `on`
    wants them, Monday first, where they are declined. `halves` are the forms of a time before and after noon; None
    means a 24-hour clock.
    """

    date: str
    date_with_year: str
    day: str
    clock: str
    on: str
    near: str
    listed: str
    near_listed: str
    today: str
    tomorrow: str
    at: str
    zoned: str
    at_one: str = ""
    halves: tuple[str, str] | None = None
    noon: str = ""
    midnight: str = ""
    weekdays_on: tuple[str, ...] | None = None


PATTERNS: dict[str, DatePatterns] = {
    "en": DatePatterns(
        date="MMMM d",
        date_with_year="MMMM d, y",
        day="{weekday}, {date}",
        clock="h:mm",
        on="on {day}, {at} {clock}",
        near="{near}, {day}, {at} {clock}",
        listed="{day}, {clock}",
        near_listed="{near}, {day}, {clock}",
        today="today",
        tomorrow="tomorrow",
        at="at",
        zoned="{clock} {zone}",
        halves=("{digits} a.m.", "{digits} p.m."),
        noon="{digits} p.m. (noon)",
        midnight="{digits} a.m. (midnight)",
    ),
    "es": DatePatterns(
        date="d 'de' MMMM",
        date_with_year="d 'de' MMMM 'de' y",
        day="{weekday} {date}",
        clock="h:mm",
        on="el {day} {at} {clock}",
        near="{near}, {day}, {at} {clock}",
        listed="{day}, {clock}",
        near_listed="{near}, {day}, {clock}",
        today="hoy",
        tomorrow="mañana",
        at="a las",
        at_one="a la",
        zoned="{clock}, {zone}",
        halves=("{digits} a. m.", "{digits} p. m."),
        noon="{digits} p. m. (mediodía)",
        midnight="{digits} a. m. (medianoche)",
    ),
    "ar": DatePatterns(
        date="d MMMM",
        date_with_year="d MMMM y",
        day="{weekday} {date}",
        clock="h:mm",
        on="يوم {day} {at} {clock}",
        near="{near}، {day}، {at} {clock}",
        listed="{day}، {clock}",
        near_listed="{near}، {day}، {clock}",
        today="اليوم",
        tomorrow="غدًا",
        at="الساعة",
        zoned="{clock}، {zone}",
        halves=("{digits} صباحًا", "{digits} مساءً"),
        noon="{digits} ظهرًا",
        midnight="{digits} صباحًا (منتصف الليل)",
    ),
    "ru": DatePatterns(
        date="d MMMM",
        date_with_year="d MMMM y 'года'",
        day="{weekday}, {date}",
        clock="HH:mm",
        on="{day}, {at} {clock}",
        near="{near}, {day}, {at} {clock}",
        listed="{day}, {clock}",
        near_listed="{near}, {day}, {clock}",
        today="сегодня",
        tomorrow="завтра",
        at="в",
        zoned="{clock}, {zone}",
        weekdays_on=("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье"),
    ),
}
