"""A month of a court with marked people: who they are and what they wrote is in no log, metric, error or bare row."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import Request

from bot.logging import configure_logging
from bot.web.health import Health
from domain.delivery import Consequence, Deferred, OutgoingMessage, Rejected, SendOutcome, Unknown
from domain.errors import InvalidInputError
from domain.hearing import Outcome
from handlers import hearings
from storage.database import Database
from storage.inbox import Arrival
from tests.acceptance.stage import Carrier, Stage, court_file, open_stage, row

NAMES = ("Zyxamar", "Quvorel", "Вщукмар")
NUMBERS = ("9075550142", "9075550143", "70424242")
WRITTEN = ("my daughter Ulmarka is ill", "Ulmarka", "ключ-Ялмарк")
CASES = ("98765", "98766")
SECRETS = ("token-mar-70", "join.example", "1971-02-03")
ADA, BEN, CHAT = "+19075550142", "+19075550143", "70424242"
MARKED = {"given_name": NAMES[0], "family_name": NAMES[1], "birth_date": SECRETS[2], "phone": ADA}
ONE = row(case_number="3EX-26-98765CR", mode="video", join_url="https://join.example/x", **MARKED)
TWO = row(
    case_number="3EX-26-98766CR",
    hearing_id="H2",
    party_id="P2",
    starts_at="2026-06-20T11:00",
    given_name=NAMES[2],
    phone=BEN,
    telegram_token=SECRETS[0],
)


@pytest.fixture
def page(logging_as_before: None) -> io.StringIO:
    """Everything that is logged, as production writes it, from DEBUG up; logging is as it was afterwards."""
    written = io.StringIO()
    configure_logging("json", stream=written, level="DEBUG")
    return written


class Faulty(Carrier):
    """A carrier with a bug that quotes what it was given, once."""

    bugs = 1

    async def send(self, message: OutgoingMessage) -> SendOutcome:
        """Raise with the whole message the first time."""
        self.bugs, has_bug = 0, self.bugs
        if has_bug:
            raise RuntimeError(message.text, message.to.value)
        return await super().send(message)


async def test_after_a_whole_month_with_faults_nobody_can_be_found_in_what_is_not_sealed(
    db: Database, page: io.StringIO
) -> None:
    stage = await open_stage(db, example=court_file('stale_after = "36h"'))
    faulty = Faulty(stage.clock)
    stage.sms, stage.channels["sms:default"] = faulty, faulty
    seen = [json.dumps((await stage.import_(ONE, TWO)).facts())]
    stage.comes_nightly = True

    seen += await _talk(stage)
    seen += await _go_wrong(stage)
    await stage.until("2026-07-01 12:00")

    health, asked = Health(stage.db, stage.clock, ("housekeeping",)), Request({"type": "http"})
    seen += [bytes((await answer(asked)).body).decode() for answer in (health.metrics, health.ready)]
    assert len(stage.phone(ADA).texts) > 5, "the month was a busy one"
    for marker in (*NAMES, *NUMBERS, *WRITTEN, *CASES, *SECRETS):
        assert marker not in page.getvalue()
        assert marker not in "".join(seen)
    assert "message.handled" in page.getvalue()
    assert "channel.raised" in page.getvalue()
    _look_into_the_file(db)


async def _talk(stage: Stage) -> list[str]:
    """Let people write what people write."""
    await stage.says(CHAT, f"/start {SECRETS[0]}")
    for text in (WRITTEN[0], "3EX-26-98765CR", "3EX-26-98766CR", "LANG", "1", "STOP 1", "START", WRITTEN[2]):
        await stage.says(ADA, text)
        await stage.says(CHAT, text)
    await stage.says(BEN, "wrong number, Ulmarka moved")
    unreadable = Arrival(source="twilio", provider_key="SMx", kind="message", payload=f"Body={WRITTEN[1]}&From={ADA}")
    await stage.receive(unreadable)
    return [repr(unreadable), repr(stage.sms.sent[-1]), str(stage.sms.sent[-1].to)]


async def _go_wrong(stage: Stage) -> list[str]:
    """Let files, carriers and hearings go wrong in every way."""
    stage.sms.will(Unknown("http.timeout"), Deferred("twilio.30001"), Deferred("twilio.20429", lane_wide=True))
    stage.telegram.will(Rejected("telegram.blocked", Consequence.OPTED_OUT))
    bad = ONE | {"starts_at": f"on {NAMES[0]}'s day", "party_id": "P3"}
    report = await stage.import_(ONE | {"starts_at": "2026-06-12T09:30"}, TWO, bad)
    await stage.later(timedelta(days=3))
    await stage.bounce(-1, "twilio.30008", Consequence.NONE)
    with pytest.raises(InvalidInputError, match="column") as broken:
        await stage.import_file(f"{NAMES[0]};{ADA}\n{NAMES[1]};{BEN}\n".encode())
    await stage.until("2026-06-13 12:00")
    await stage.staff(hearings.record_outcome, "H1", Outcome.DID_NOT_APPEAR)
    return [json.dumps(report.facts()), repr(broken.value), str(broken.value)]


def _look_into_the_file(database: Database) -> None:
    """Look for names, numbers and words in the bytes of the database, its journal included."""
    url = database.read_now(lambda connection: connection.engine.url)
    kept = b"".join(path.read_bytes() for path in Path(url.database or "").parent.iterdir())
    assert b"3EX-26-98765CR" in kept, "case numbers are the court's own"
    for marker in (*NAMES, *NUMBERS, *WRITTEN, SECRETS[0], SECRETS[2]):
        assert marker.encode() not in kept
