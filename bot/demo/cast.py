"""The people of the demo, their phones and their hearings: all invented, on numbers that nobody can have."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.sandbox.phones import Phone
from domain.delivery import ChannelName

COLUMNS = (
    *("court", "case_number", "confidentiality", "hearing_id", "hearing_kind", "starts_at", "courtroom", "status"),
    *("party_id", "role", "given_name", "language", "phone", "telegram_token"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the cast. `in_feed`: the court has their phone; `link`: what their printed Telegram link brings."""

    name: str
    phone: str
    language: str = "en"
    channel: ChannelName = ChannelName.SMS
    in_feed: bool = True
    link: str = ""


ANA = Member(name="Ana", phone="+19075550101", language="es")
LAYLA = Member(name="Layla", phone="+19075550102", language="ar")
SAM = Member(name="Sam", phone="+19075550103")
CARLA = Member(name="Carla", phone="+19075550104")
PAT = Member(name="Pat", phone="+19075550105")
JO = Member(name="Jo", phone="+19075550106", in_feed=False)
DMITRI = Member(name="Dmitri", phone="70101", language="ru", channel=ChannelName.TELEGRAM, link="riverbend-70101")
NOOR = Member(name="Noor", phone="70102", language="ar", channel=ChannelName.TELEGRAM, in_feed=False)
KIM = Member(name="Kim", phone="+19075550107")
CAST = (ANA, LAYLA, SAM, CARLA, PAT, JO, DMITRI, NOOR, KIM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One hearing of the demo's docket, `day` days after the curtain rises, at a wall-clock time of the court."""

    id: str
    number: str
    day: int
    at: str
    room: str = "Courtroom 204"
    kind: str = "Pretrial conference"
    court: str = "riverbend"
    confidentiality: str = "public"
    status: str = "scheduled"
    parties: tuple[tuple[Member, str], ...] = ()


DOCKET = (
    Entry(
        id="h1",
        number="3RB-26-00101CR",
        day=10,
        at="09:30",
        kind="Trial",
        parties=((ANA, "defendant"), (LAYLA, "victim"), (SAM, "witness")),
    ),
    Entry(id="h2", number="3RB-26-00102CR", day=9, at="13:30", room="Courtroom 1", parties=((DMITRI, "defendant"),)),
    Entry(id="h3", number="3RB-26-00103CR", day=8, at="09:00", room="Courtroom 3", parties=((CARLA, "defendant"),)),
    Entry(id="h4", number="3RB-26-00113CR", day=8, at="14:00", room="Courtroom 3", parties=((CARLA, "defendant"),)),
    Entry(id="h5", number="3RB-26-00104CR", day=12, at="10:00", parties=((PAT, "defendant"),)),
    Entry(id="h6", number="3RB-26-00142CR", day=9, at="08:30", room="Courtroom 7"),
    Entry(id="h7", number="3RB-26-00155CR", day=9, at="08:30", confidentiality="sealed"),
    Entry(id="h8", number="3RB-26-00160MO", day=11, at="11:00"),
    Entry(id="l8", number="3RB-26-00160MO", day=13, at="15:00", room="Hall B", court="lakeside"),
)
SHORT_NOTICE = Entry(
    id="h9", number="3RB-26-00109CR", day=1, at="12:00", room="Courtroom 5", parties=((KIM, "defendant"),)
)
WATCHED = Entry(id="h10", number="3RB-26-00177CR", day=14, at="09:00", room="Courtroom 2")
NEXT_MONTH = tuple(
    Entry(id=f"m{place}", number=f"3RB-26-003{place:02d}CR", day=40 + place, at="10:00", parties=((SAM, "witness"),))
    for place in range(10)
)


def phones() -> list[Phone]:
    """Return the phones of the cast."""
    return [Phone(number=one.phone, channel=one.channel, owner=one.name, language=one.language) for one in CAST]


def calendar(entries: Iterable[Entry], first_day: date) -> bytes:
    """Return the docket as a court's own CSV file, in UTF-8."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerows(_rows(entry, first_day))
    return text.getvalue().encode()


def _rows(entry: Entry, first_day: date) -> Iterable[dict[str, str]]:
    hearing = {
        "court": entry.court,
        "case_number": entry.number,
        "confidentiality": entry.confidentiality,
        "hearing_id": entry.id,
        "hearing_kind": entry.kind,
        "starts_at": f"{first_day + timedelta(days=entry.day)}T{entry.at}",
        "courtroom": entry.room,
        "status": entry.status,
    }
    if not entry.parties:
        yield hearing
    for member, role in entry.parties:
        yield hearing | {
            "party_id": member.name.lower(),
            "role": role,
            "given_name": member.name,
            "language": member.language,
            "phone": member.phone if member.channel is ChannelName.SMS and member.in_feed else "",
            "telegram_token": member.link,
        }
