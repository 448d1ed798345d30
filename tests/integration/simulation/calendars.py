"""Calendars for simulations, in the shapes that courts publish; their people are invented."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

MARKERS = ("Marisol", "Vantongeren", "+12065550142", "206-555-0142")
"""Of people in these files: none of it may be in what a simulation says."""

RIVERTON = """
name = "Riverton District Court"
short_name = "Riverton Court"
address = "1 River Street, Riverton"
phone = "907-555-0100"
zone = "America/Anchorage"
languages = ["en", "es", "ru", "ar"]

[mapping.criminal]
date_order = "month-day-year"

[mapping.criminal.columns]
case_number = "case_no"
hearing_kind = "event"
date = "event_dt"
time = "start_tm"
courtroom = "courtroom"
"""
LAKESIDE = RIVERTON.split("[mapping", maxsplit=1)[0].replace("Riverton", "Lakeside").replace("Anchorage", "Denver")
DEFINITIONS = {"lakeside": LAKESIDE.replace("America/Lakeside", "America/Denver"), "riverton": RIVERTON}

ALASKA = """\
"event_dt","last_name","first_name","courtroom","start_tm","case_no","event"
11/09/2026,"Vantongeren","Marisol","Courtroom D, Juneau Courthouse",10:00 am,"1JU-26-00006CR","Arraignment"
11/12/2026,"Vantongeren","Marisol","Courtroom A, Haines Courthouse", 3:15 pm,"1HA-26-00029CR","Calendar Call"
11/12/2026,"Vantongeren","Marisol","Courtroom A, Haines Courthouse", 3:30 pm,"1HA-26-00029CR","Status"
11/12/2026,"Vantongeren","Marisol","Courtroom A, Haines Courthouse", 3:30 pm,"1HA-26-00029CR","Status"
12/21/2026,"Vantongeren","Marisol","Courtroom 1, Craig Courthouse", 9:00 am,"1CR-26-00170CR","Sentencing"
10/20/2026,"Vantongeren","Marisol","Courtroom 1, Craig Courthouse", 9:00 am,"1CR-26-00171CR","Sentencing"
"""
"""In the shape of Alaska's feed of criminal events: it names people, but its mapping takes none of them."""


def native(rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows as a native calendar; a column that a row does not name is empty."""
    rows = [{"court": "riverton"} | dict(row) for row in rows]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def party(number: str, starts_at: str, **said: str) -> dict[str, str]:
    """Return one party of one hearing, a defendant who is named unless said otherwise."""
    who = {
        "role": "defendant",
        "given_name": "Marisol",
        "family_name": "Vantongeren",
        "party_id": f"p-{number}",
        "courtroom": "Courtroom 2",
    }
    return {"case_number": number, "starts_at": starts_at} | who | said


def season(first: date, count: int) -> str:
    """Return a calendar of `count` hearings on the days after `first`, at all hours that courts keep and some more."""
    hours = ("07:45", "08:30", "10:00", "13:30", "16:15", "21:00")
    return native(
        party(
            f"3RV-26-{ordinal:05}CR",
            f"{first + timedelta(days=1 + ordinal * 7 % 30)}T{hours[ordinal % len(hours)]}",
            language=("", "Spanish", "ru", "ar")[ordinal % 4],
            role=("defendant", "victim", "witness", "attorney")[ordinal // 3 % 4],
        )
        for ordinal in range(count)
    )
