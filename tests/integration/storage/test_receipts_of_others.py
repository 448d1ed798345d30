"""Whose text it is: what a look-up took for one delivery's and a receipt gives to another, and what else is known."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from domain.delivery import ChannelName, DeliveryState, Receipt
from storage import deliveries, outbox, receipts
from storage.deliveries import TOLD_APART
from storage.schema import delivery
from storage.why import people_at, people_by_id, people_by_key, trails
from tests.fixtures.facts import NOW, PartySpec, add_scene
from tests.fixtures.outbox import WORDS, AnyRow, Street, attempt, lane_id, later, phone, put

SENDING, UNKNOWN, ACCEPTED = DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.ACCEPTED


def row_of(connection: Connection, one: int) -> AnyRow:
    return connection.execute(select(delivery).where(delivery.c.id == one)).one()


class TestTakeBack:
    """A look-up knows words only; the provider's receipt knows our id as well."""

    def test_what_a_look_up_took_for_anothers_is_unknown_again_and_asked_about_at_once(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        owner = attempt(any_connection, any_street)
        taken: dict[str, Any] = {"state": ACCEPTED, "provider_id": "SM1", "settled_at": NOW, "ask_at": None}
        mistaken = attempt(any_connection, any_street, **taken)

        assert receipts.take_back(any_connection, [(owner, "SM1")], now=later(minutes=1)) == [mistaken]

        row = row_of(any_connection, mistaken)
        assert (row.state, row.provider_id, row.settled_at) == (UNKNOWN, None, None)
        assert row.ask_at == later(minutes=1)
        assert row_of(any_connection, owner).state is SENDING, "the receipt itself moves its owner"

    def test_what_a_receipt_has_moved_or_nobody_has_found_stays(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        owner = attempt(any_connection, any_street)
        others = [
            attempt(any_connection, any_street, state=state, provider_id="SM1")
            for state in DeliveryState
            if state is not ACCEPTED
        ]
        before = [row_of(any_connection, other) for other in others]

        assert receipts.take_back(any_connection, [(owner, "SM1")], now=NOW) == []
        assert [row_of(any_connection, other) for other in others] == before

    def test_a_delivery_keeps_its_own_text_and_every_other_id(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        owner = attempt(any_connection, any_street, state=ACCEPTED, provider_id="SM1")
        attempt(any_connection, any_street, state=ACCEPTED, provider_id="SM2")

        assert receipts.take_back(any_connection, [(owner, "SM1")], now=NOW) == []

    def test_several_at_once_are_each_taken_back_from_whom_they_were_given_to(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        owners = [attempt(any_connection, any_street, party) for party in (0, 1)]
        mistaken = [
            attempt(any_connection, any_street, party, state=ACCEPTED, provider_id=f"SM{party}") for party in (0, 1)
        ]
        said = [(owner, f"SM{party}") for party, owner in enumerate(owners)]

        assert receipts.take_back(any_connection, said, now=NOW) == mistaken
        assert receipts.take_back(any_connection, said, now=NOW) == [], "once is enough"
        assert receipts.take_back(any_connection, [], now=NOW) == []


class TestLookUp:
    """What is known of a phone's other texts when one of them is looked for at the provider."""

    def unknown(self, connection: Connection, street: Street) -> tuple[int, AnyRow]:
        mine = attempt(connection, street, state=UNKNOWN, ask_at=NOW)
        [row] = deliveries.take_unknown(connection, channels=list(ChannelName), now=NOW, limit=9, until=later(hours=1))
        return mine, row

    @pytest.mark.parametrize(
        ("party", "columns", "counts"),
        [
            (0, {"provider_id": "SM9"}, True),
            (0, {"provider_id": "SM9", "state": DeliveryState.FAILED}, True),
            (0, {"provider_id": "SM9", "created_at": NOW - TOLD_APART + timedelta(seconds=1)}, True),
            (0, {"provider_id": "SM9", "created_at": NOW - TOLD_APART}, False),
            (0, {"provider_id": None}, False),
            (1, {"provider_id": "SM9"}, False),
        ],
        ids=["a text", "one that failed", "hardly a day ago", "a day ago", "one without an id", "another phone's"],
    )
    def test_a_text_that_is_known_to_be_anothers_is_none_of_it(
        self,
        any_connection: Connection,
        any_street: Street,
        party: int,
        columns: dict[str, Any],
        counts: bool,  # noqa: FBT001
    ) -> None:
        attempt(any_connection, any_street, party, **columns)
        mine, row = self.unknown(any_connection, any_street)

        message = deliveries.as_message(any_connection, row)

        assert (message.id, message.to, message.text) == (mine, phone(0), WORDS)
        assert message.not_these == (frozenset({"SM9"}) if counts else frozenset())

    @pytest.mark.parametrize(
        ("party", "columns", "may_be"),
        [
            (0, {"provider_id": "SM1", "state": DeliveryState.DELIVERED}, True),
            (0, {"provider_id": "SM2", "state": DeliveryState.DELIVERED}, False),
            (0, {"state": SENDING}, True),
            (0, {"state": UNKNOWN}, False),
            (1, {"provider_id": "SM1"}, False),
            (1, {"state": SENDING}, False),
        ],
        ids=[
            "its id",
            "another id",
            "one is being sent",
            "one is unknown too",
            "another phone's id",
            "to another phone",
        ],
    )
    def test_a_text_found_may_be_anothers_when_its_id_is_or_one_is_just_being_sent(
        self,
        any_connection: Connection,
        any_street: Street,
        party: int,
        columns: dict[str, Any],
        may_be: bool,  # noqa: FBT001
    ) -> None:
        mine = attempt(any_connection, any_street, state=UNKNOWN)
        assert not deliveries.may_be_anothers(any_connection, mine, "SM1"), "nothing else was ever sent"

        attempt(any_connection, any_street, party, **columns)

        assert deliveries.may_be_anothers(any_connection, mine, "SM1") is may_be

    def test_where_and_when_an_attempt_was_made_is_known(self, any_connection: Connection, any_street: Street) -> None:
        mine = attempt(any_connection, any_street, 1)

        where = deliveries.place_of(any_connection, mine)

        assert tuple(where) == (any_street.scene.parties[1].endpoint_id, lane_id(any_connection), NOW)


class TestTrails:
    """What `usher why` tells of somebody's notices."""

    def test_the_notices_of_a_text_that_carried_several_all_show_it(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        lead, along, apart = (put(any_connection, any_street) for _ in range(3))
        text = attempt(any_connection, any_street, notice_id=lead)
        outbox.mark_sending(any_connection, [(text, lead), (text, along)], now=NOW, lease=timedelta(minutes=2))
        who = any_street.scene.parties[0].person_id

        told = {trail.notice.id: trail for trail in trails(any_connection, person_ids=[who])}

        assert list(told) == [lead, along, apart]
        assert [[one.id for one in told[key].deliveries] for key in (lead, along, apart)] == [[text], [text], []]
        assert [list(told[key].texts) for key in (lead, along, apart)] == [[WORDS], [WORDS], []]

    def test_every_attempt_of_a_notice_is_told_in_order_with_its_receipts(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        mine = put(any_connection, any_street)
        first, second = (attempt(any_connection, any_street, notice_id=mine) for _ in range(2))
        outbox.mark_sending(any_connection, [(second, mine)], now=NOW, lease=timedelta(minutes=2))
        receipts.keep(any_connection, [(second, DeliveryState.SENT, None)], now=NOW)
        receipts.keep(any_connection, [(first, DeliveryState.UNDELIVERED, "30003")], now=NOW)

        [trail] = trails(any_connection, person_ids=[any_street.scene.parties[0].person_id])

        assert [one.id for one in trail.deliveries] == [first, second]
        assert [(one.state, one.error_code) for one in trail.receipts] == [
            (DeliveryState.UNDELIVERED, "30003"),
            (DeliveryState.SENT, None),
        ]

    def test_what_is_asked_about_is_one_persons_or_one_phones_or_one_hearings(
        self, any_connection: Connection, any_street: Street
    ) -> None:
        mine, theirs = put(any_connection, any_street, 0), put(any_connection, any_street, 1)
        general = put(any_connection, any_street, 0, hearing_id=None)
        ada, bo = any_street.scene.parties[:2]
        assert bo.endpoint_id is not None

        def asked(**about: Any) -> list[int]:  # noqa: ANN401 - the arguments of trails
            return [trail.notice.id for trail in trails(any_connection, **about)]

        assert asked(person_ids=[ada.person_id]) == [mine, general]
        assert asked(person_ids=[], endpoint_ids=[bo.endpoint_id]) == [theirs]
        assert asked(person_ids=[ada.person_id], endpoint_ids=[bo.endpoint_id]) == [mine, theirs, general]
        assert asked(person_ids=[ada.person_id], hearing_id=any_street.scene.hearing_id) == [mine]
        assert asked(person_ids=[ada.person_id], hearing_id=any_street.scene.hearing_id + 1) == []
        assert asked(person_ids=[]) == []

    def test_a_text_that_was_removed_is_said_to_be_none(self, any_connection: Connection, any_street: Street) -> None:
        attempt(any_connection, any_street, notice_id=put(any_connection, any_street), text=b"")

        [trail] = trails(any_connection, person_ids=[any_street.scene.parties[0].person_id])

        assert list(trail.texts) == [None]

    def test_people_are_found_by_id_by_the_feeds_key_and_by_any_address_they_ever_had(
        self, any_connection: Connection
    ) -> None:
        scene = add_scene(any_connection, PartySpec(address=phone(1)), PartySpec(address=phone(2), name="Bo"))
        ada = scene.parties[0]

        assert people_by_id(any_connection, ada.person_id) == [ada.person_id]
        assert people_by_id(any_connection, ada.person_id + 99) == []
        assert people_by_key(any_connection, f"party:defendant:Ada:{scene.case_id}") == [ada.person_id]
        assert people_by_key(any_connection, "nobody") == []
        any_connection.exec_driver_sql("UPDATE person_endpoint SET ended_at = created_at")
        assert people_at(any_connection, phone(1)) == ([ada.person_id], [ada.endpoint_id])
        assert people_at(any_connection, phone(9)) == ([], [])


def test_receipts_of_a_batch_are_found_each_for_itself(any_connection: Connection, any_street: Street) -> None:
    first, second = (
        attempt(any_connection, any_street, party, provider_id=f"SM{party}", state=ACCEPTED) for party in (0, 1)
    )
    said = [
        Receipt(delivery_id=second, provider_id=None, state=DeliveryState.SENT),
        Receipt(delivery_id=None, provider_id="SM9", state=DeliveryState.SENT),
        Receipt(delivery_id=None, provider_id="SM0", state=DeliveryState.SENT),
        Receipt(delivery_id=second, provider_id="SM0", state=DeliveryState.READ),
    ]

    found = receipts.find(any_connection, said, ChannelName.SMS)

    assert [one and one.id for one in found] == [second, None, first, second]
    assert found[0] is not None
    assert (found[0].provider_id, found[0].state, found[0].lane_id) == ("SM1", ACCEPTED, lane_id(any_connection))
    assert receipts.find(any_connection, [], ChannelName.SMS) == []
