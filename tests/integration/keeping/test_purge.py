"""Forgetting: each kind when its days are over and not before, words only, with a proof left, held cases never."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text, update

from bot.court_files import example_court
from domain.consent import ConsentAction, ConsentEvent, Evidence
from domain.delivery import DeliveryState
from domain.hearing import HearingStatus
from handlers.why import tell
from storage import audit, consents, courts, dead_letters, deliveries, endpoints, inbox, parties
from storage.database import vault_of
from storage.parties import REPLACED
from storage.retention import DRAWERS, REMOVED
from storage.schema import (
    audit_event,
    court,
    delivery,
    endpoint,
    hearing,
    import_row,
    inbound,
    notice,
    participation,
    person,
    person_endpoint,
    receipt,
    task,
    verdict,
    watch,
)
from tests.fixtures.facts import NOW
from tests.fixtures.keeping import WORDS, everything_sealed, forget, set_held
from tests.fixtures.outbox import later, phone, put
from tests.fixtures.properties import examples
from tests.fixtures.sending import Desk

HEARING = 10  # days from NOW to the street's hearing
LAST_DAY = {  # after how many days from NOW a drawer's row goes, by the defaults
    "inbound texts": 90,
    "sent texts": HEARING + 365,
    "copies of replies": 30 + 1 / 24,
    "quarantined rows": 90,
    "notes of tasks": 365,
    "inputs of verdicts": 365,
    "receipts": 365,
    "names of people": HEARING + 730,
    "addresses": HEARING + 730,
}
AGES = 3_000  # days: everything is over


def test_every_drawer_has_a_day() -> None:
    assert set(LAST_DAY) == {drawer.name for drawer in DRAWERS}


@pytest.mark.parametrize(("what", "days"), LAST_DAY.items())
async def test_each_kind_is_kept_until_its_last_day_and_not_longer(small: Desk, what: str, days: float) -> None:
    assert forget(small.db, days=days, seconds=-1, dry_run=True)[what] == 0
    assert forget(small.db, days=days, dry_run=True)[what] == 1
    assert forget(small.db, days=days)[what] == 1
    assert forget(small.db, days=days)[what] == 0, "once is enough"


async def test_after_all_days_no_word_and_no_name_is_left_and_the_facts_are(desk: Desk) -> None:
    before = desk.db.read_now(facts)

    assert set(forget(desk.db, days=AGES).values()) == {1}

    assert all(set(values) <= {""} for values in desk.db.read_now(everything_sealed).values())
    assert desk.db.read_now(facts) == before
    assert desk.db.read_now(lambda c: c.execute(select(receipt)).all()) == []
    assert desk.db.read_now(lambda c: c.execute(select(verdict.c.inputs)).scalar_one()) == {}


def facts(connection: Connection) -> list[object]:
    """What statistics are made of."""
    columns = (
        (notice, ("id", "kind", "state", "reason", "due_at", "left_at")),
        (delivery, ("id", "state", "attempt", "language", "segments", "provider_id", "created_at", "settled_at")),
        (inbound, ("id", "state", "outcome", "received_at", "handled_at", "endpoint_id")),
        (task, ("id", "kind", "state", "opened_at", "closed_at")),
        (import_row, ("id", "line", "column", "reason")),
        (verdict, ("id", "decision", "reason", "at")),
    )
    return [
        [tuple(row) for row in connection.execute(select(*(table.c[name] for name in names)).order_by(table.c.id))]
        for table, names in columns
    ]


async def test_a_dry_run_counts_the_same_and_changes_nothing(desk: Desk) -> None:
    before = desk.db.read_now(everything_sealed)

    would = forget(desk.db, days=AGES, dry_run=True)

    assert desk.db.read_now(everything_sealed) == before
    assert desk.db.read_now(lambda c: c.execute(select(receipt)).all()) != []
    assert forget(desk.db, days=AGES) == would


async def test_a_digest_proves_what_a_removed_text_was(desk: Desk) -> None:
    [said] = desk.sms.texts
    forget(desk.db, days=400)

    def look(connection: Connection) -> None:
        vault = vault_of(connection)
        sent = connection.execute(select(delivery)).one()
        assert (sent.text, sent.redacted_at) == (REMOVED, later(days=400))
        assert sent.text_digest == vault.digest(said, deliveries.TEXT)
        came = connection.execute(select(inbound)).one()
        assert (came.payload, came.sender_digest, came.redacted_at) == (REMOVED, None, later(days=400))
        assert came.payload_digest == vault.digest(WORDS, inbox.PAYLOAD)
        assert sent.text_digest.hex()[:32] in " ".join(connection.execute(select(audit_event.c.facts)).scalars())

    desk.db.read_now(look)


async def test_why_tells_when_a_text_was_removed_and_its_digest(desk: Desk) -> None:
    forget(desk.db, days=400)

    told = desk.db.read_now(lambda c: tell(c, "1"))
    proof = desk.db.read_now(lambda c: c.execute(select(delivery.c.text_digest)).scalar_one())

    [sent] = [moment for story in told for moment in story.moments if "attempt" in moment.what]
    assert sent.what == f"was given to the provider (attempt 1); text removed on 2027-07-06; digest {proof.hex()[:32]}"
    assert sent.text is None


async def test_what_is_forgotten_is_on_record_and_the_chain_holds(desk: Desk) -> None:
    forget(desk.db, days=AGES)

    chain = desk.db.read_now(audit.walk)
    written = desk.db.read_now(
        lambda c: c.execute(select(audit_event).where(audit_event.c.action == "rows.forgotten")).all()
    )

    assert chain.broken_at is None
    assert len(written) == len(DRAWERS)
    assert all('"rows":1' in row.facts and "Ada" not in row.facts for row in written)


async def test_nothing_of_a_held_case_is_forgotten_until_it_is_released(desk: Desk) -> None:
    await desk.db.write(lambda c: set_held(c, held=True))
    before = desk.db.read_now(everything_sealed)

    assert {what: rows for what, rows in forget(desk.db, days=AGES).items() if rows} == {"quarantined rows": 1}
    assert {name: values for name, values in before.items() if name != "import_row.row"} == {
        name: values for name, values in desk.db.read_now(everything_sealed).items() if name != "import_row.row"
    }

    await desk.db.write(lambda c: set_held(c, held=False))
    assert sum(forget(desk.db, days=AGES).values()) == len(DRAWERS) - 1


async def test_another_hearing_of_the_case_in_the_future_keeps_its_people(small: Desk) -> None:
    def add(connection: Connection) -> None:
        known = connection.execute(select(hearing)).one()._asdict()
        known |= {"id": 99, "starts_at": later(days=AGES + 1), "external_id": "another"}
        connection.execute(insert(hearing).values(known))

    await small.db.write(add)

    gone = forget(small.db, days=AGES)
    assert (gone["names of people"], gone["addresses"], gone["sent texts"]) == (0, 0, 1)


KEPT_BECAUSE: dict[str, tuple[str, Callable[[Connection], object]]] = {
    "the hearing moved into the future": (
        "sent texts",
        lambda c: c.execute(update(hearing).values(starts_at=later(days=AGES))),
    ),
    "it is being sent": ("sent texts", lambda c: c.execute(update(delivery).values(state=DeliveryState.SENDING))),
    "the provider is asked about it": ("sent texts", lambda c: c.execute(update(delivery).values(ask_at=NOW))),
    "the answer may still leave": (
        "copies of replies",
        lambda c: c.execute(text("UPDATE notice SET state = 'planned' WHERE kind = 'reply'")),
    ),
    "nobody has answered it": ("inbound texts", lambda c: c.execute(update(inbound).values(state="received"))),
    "the task is open": (
        "notes of tasks",
        lambda c: c.execute(update(task).values(state="open", closed_at=None)),
    ),
    "the desk has an open task about them": (
        "names of people",
        lambda c: c.execute(update(task).values(state="open", closed_at=None)),
    ),
    "something waits for them": (
        "addresses",
        lambda c: c.execute(text("UPDATE notice SET state = 'held' WHERE kind = 'reply'")),
    ),
    "something is on its way to them": (
        "addresses",
        lambda c: c.execute(text("UPDATE notice SET state = 'sending' WHERE kind = 'reply'")),
    ),
    "they wrote lately": ("addresses", lambda c: c.execute(update(endpoint).values(last_inbound_at=later(days=2500)))),
    "they agreed lately": ("addresses", lambda c: agree(c, days=2500)),
    "they wait for a case number": (
        "addresses",
        lambda c: c.execute(
            insert(watch).values(
                endpoint_id=1, folded="1AB", number="1AB", state="open", created_at=NOW, expires_at=later(days=AGES)
            )
        ),
    ),
    "they came into a case lately": (
        "names of people",
        lambda c: c.execute(update(participation).values(created_at=later(days=2500))),
    ),
    "a part of theirs ended lately": (
        "names of people",
        lambda c: c.execute(update(participation).values(ended_at=later(days=2500))),
    ),
}


def agree(connection: Connection, *, days: float, action: ConsentAction = ConsentAction.GRANTED) -> None:
    """Let the street's first person agree, or refuse."""
    consents.add(connection, 1, ConsentEvent(at=later(days=days), action=action, evidence=Evidence.TEXT))


@pytest.mark.parametrize("why", KEPT_BECAUSE)
async def test_it_is_kept_because(small: Desk, why: str) -> None:
    what, change = KEPT_BECAUSE[why]
    assert forget(small.db, days=AGES, dry_run=True)[what] == 1

    await small.db.write(change)

    assert forget(small.db, days=AGES)[what] == 0


async def test_a_cancelled_hearing_does_not_keep_longer(small: Desk) -> None:
    await small.db.write(lambda c: c.execute(update(hearing).values(status=HearingStatus.CANCELLED)))

    assert forget(small.db, days=AGES)["sent texts"] == 1


async def test_a_text_that_carried_several_notices_waits_for_the_last_of_their_hearings(small: Desk) -> None:
    def share(connection: Connection) -> None:
        known = connection.execute(select(hearing)).one()._asdict()
        connection.execute(
            insert(hearing).values(known | {"id": 99, "starts_at": later(days=600), "external_id": "another"})
        )
        put(connection, small.street, hearing_id=99, delivery_id=1, state="delivered")

    await small.db.write(share)

    assert forget(small.db, days=600 + 364, dry_run=True)["sent texts"] == 0
    assert forget(small.db, days=600 + 365)["sent texts"] == 1


async def test_who_said_no_is_known_for_ever_and_who_did_not_is_not(desk: Desk) -> None:
    digest = desk.db.read_now(lambda c: c.execute(select(endpoint.c.address_digest)).scalar_one())
    await desk.db.write(lambda c: agree(c, days=0, action=ConsentAction.REVOKED))
    forget(desk.db, days=AGES)

    def look(connection: Connection) -> None:
        gone = connection.execute(select(endpoint)).one()
        assert (gone.address, gone.address_digest, gone.forgotten_at) == (REMOVED, digest, later(days=AGES))
        link = connection.execute(select(person_endpoint)).one()
        assert (link.ended_at, link.source) == (later(days=AGES), REPLACED)

    desk.db.read_now(look)


async def test_a_number_that_never_refused_is_not_found_again(desk: Desk) -> None:
    forget(desk.db, days=AGES)

    assert desk.db.read_now(lambda c: endpoints.find(c, phone(0))) is None
    again = await desk.db.write(lambda c: endpoints.find_or_add(c, phone(0), lane_id=1, now=later(days=AGES)))
    assert again.id != 1


@pytest.mark.parametrize("by", ["a text", "the calendar"])
async def test_a_number_that_comes_back_has_its_address_and_its_no(desk: Desk, by: str) -> None:
    await desk.db.write(lambda c: agree(c, days=0, action=ConsentAction.REVOKED))
    forget(desk.db, days=AGES)

    def come(connection: Connection) -> int:
        if by == "a text":
            return endpoints.find_or_add(connection, phone(0), lane_id=1, now=later(days=AGES)).id
        number = phone(0).value
        return parties.endpoints(connection, {number: parties.seal_number(vault_of(connection), number)})[number].id

    assert await desk.db.write(come) == 1

    def look(connection: Connection) -> None:
        back = connection.execute(select(endpoint)).one()
        assert endpoints.address_of(connection, back.address, back.channel) == phone(0)
        assert back.forgotten_at is None
        assert [event.action for event in consents.of_endpoints(connection, [1])[1]][-1] is ConsentAction.REVOKED

    desk.db.read_now(look)


async def test_a_feed_that_names_somebody_again_is_heard_as_if_for_the_first_time(small: Desk) -> None:
    await small.db.write(lambda c: c.execute(update(participation).values(feed_digest=b"as before")))

    forget(small.db, days=AGES)

    assert small.db.read_now(lambda c: c.execute(select(participation.c.feed_digest)).scalar()) is None


async def test_a_notice_to_an_address_that_is_gone_leaves_nothing_and_tells_the_desk(desk: Desk) -> None:
    forget(desk.db, days=AGES)
    await desk.db.write(lambda c: put(c, desk.street))
    desk.sms.sent.clear()

    await desk.drain()

    assert desk.sms.sent == []
    assert desk.db.read_now(lambda c: c.execute(select(task.c.kind).where(task.c.state == "open")).all()) != []


class TestTwoCourts:
    """One phone that two courts write to."""

    async def share(self, desk: Desk, *, inbound_days: int = 200) -> None:
        """Let a second court know the phone's owner, and keep what people write for longer."""

        def add(connection: Connection) -> None:
            longer = example_court() + f'\n[retention]\ninbound = "{inbound_days}d"\n'
            courts.apply(connection, {"lakeside": longer}, now=NOW)
            second = connection.execute(select(court.c.id).where(court.c.key == "lakeside")).scalar_one()
            facts = {"party_key": "x", "is_minor": False, "in_custody": False, "created_at": NOW}
            other = connection.execute(insert(person).values(court_id=second, **facts).returning(person.c.id))
            endpoints.link(
                connection, person_id=other.scalar_one(), endpoint_id=1, source="feed", preference=0, now=NOW
            )

        await desk.db.write(add)

    async def test_what_both_have_goes_when_the_longer_one_lets_it_go(self, desk: Desk) -> None:
        await self.share(desk)

        assert forget(desk.db, days=199, dry_run=True)["inbound texts"] == 0
        assert forget(desk.db, days=200)["inbound texts"] == 1

    async def test_one_court_alone_lets_nothing_go_that_the_other_has_too(self, desk: Desk) -> None:
        await self.share(desk, inbound_days=7)

        gone = forget(desk.db, days=AGES, court="example")

        assert (gone["inbound texts"], gone["addresses"]) == (0, 0)
        assert gone["sent texts"] == 1

    async def test_the_other_court_alone_touches_nothing_of_ours(self, desk: Desk) -> None:
        await self.share(desk)

        assert sum(forget(desk.db, days=AGES, court="lakeside").values()) == 0

    async def test_what_belongs_to_no_court_is_kept_by_the_longest(self, desk: Desk) -> None:
        await self.share(desk)
        await desk.db.write(lambda c: c.execute(update(inbound).values(endpoint_id=None)))

        assert forget(desk.db, days=AGES, court="example", dry_run=True)["inbound texts"] == 0
        assert forget(desk.db, days=199, dry_run=True)["inbound texts"] == 0
        assert forget(desk.db, days=200)["inbound texts"] == 1


@given(days=st.lists(st.floats(min_value=0, max_value=AGES), min_size=1, max_size=3))
@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_however_often_it_runs_what_is_gone_is_what_the_latest_run_would_take(
    small: Desk, days: list[float]
) -> None:
    """Runs on one database over and over: what went never comes back, and nothing goes early."""
    for day in sorted(days):
        forget(small.db, days=day)
    gone = small.db.read_now(lambda c: c.execute(select(delivery.c.redacted_at)).scalar())

    assert gone is None or gone >= later(days=LAST_DAY["sent texts"])


async def test_a_message_that_was_given_up_is_not_tried_again_without_its_words(desk: Desk) -> None:
    await desk.db.write(lambda c: c.execute(update(inbound).values(state="failed")))
    assert forget(desk.db, days=91)["inbound texts"] == 1

    assert await desk.db.write(lambda c: dead_letters.try_again(c, 1, now=NOW)) is False


async def test_a_thousand_rows_go_in_bounded_steps(small: Desk) -> None:
    def add(connection: Connection) -> None:
        rows = [
            {
                "source": "twilio",
                "provider_key": f"many-{number}",
                "kind": "message",
                "payload": vault_of(connection).seal(str(number), inbox.PAYLOAD),
                "state": "handled",
                "attempts": 0,
                "received_at": NOW,
            }
            for number in range(1_200)
        ]
        connection.execute(insert(inbound), rows)

    await small.db.write(add)

    assert forget(small.db, days=91)["inbound texts"] == 1_201
    steps = small.db.read_now(
        lambda c: c.execute(select(audit_event.c.facts).where(audit_event.c.facts.contains("inbound texts"))).all()
    )
    assert len(steps) == 3, "500 rows a unit of work"
