"""The people of a calendar: enrolled once, kept apart from the other side, flagged where unreachable, never revived."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, select, update

from domain.consent import ConsentAction, ConsentEvent, Evidence
from domain.court import Enrolment
from domain.delivery import Address, ChannelName
from domain.gate import EndpointState
from domain.notice import NoticeState
from domain.roles import Role
from handlers.watches import match
from storage import consents, endpoints, hearings, parties, people, schema, start_tokens, watches
from tests.fixtures.calendars.rows import Calendars, Row, row
from tests.fixtures.facts import NOW

VICTIM = row(party_id="V1", role="victim", given_name="Vera", phone="907-555-0102")


def reasons(calendars: Calendars) -> list[str | None]:
    return calendars.column(schema.person, "unreachable_reason")


def live(calendars: Calendars) -> list[int]:
    return [number for number, ended in calendars.all(schema.person_endpoint, "endpoint_id", "ended_at") if not ended]


def test_what_is_personal_is_sealed_and_what_is_said_is_ours(calendars: Calendars) -> None:
    calendars.bring([row(role="DEF", language="Spanish", birth_date="1990-05-04", in_custody="Y")])

    assert calendars.all(schema.person, "party_key", "language", "is_minor", "in_custody") == [
        ("P1", "es", False, True)
    ]
    assert calendars.column(schema.participation, "role") == [Role.DEFENDANT]
    assert calendars.opened(schema.person, "given_name", parties.GIVEN_NAME) == ["Ada"]
    assert calendars.opened(schema.person, "family_name", parties.FAMILY_NAME) == ["Lane"]
    assert calendars.opened(schema.person, "birth_date", parties.BIRTH_DATE) == ["1990-05-04"]
    assert calendars.opened(schema.endpoint, "address", endpoints.ADDRESS) == ["+19075550101"]


@pytest.mark.parametrize(
    ("cells", "is_minor"),
    [
        ({"minor": "Y"}, True),
        ({"birth_date": "2008-06-02"}, True),  # eighteen tomorrow
        ({"birth_date": "2008-06-01"}, False),
        ({"birth_date": "1990-01-01"}, False),
        ({}, False),
    ],
)
def test_who_is_not_of_age_is_marked(small: Calendars, cells: dict[str, str], is_minor: bool) -> None:  # noqa: FBT001
    small.bring([row(**cells)])

    assert small.column(schema.person, "is_minor") == [is_minor]


@pytest.mark.parametrize(
    ("enrolment", "events", "planned"),
    [
        (Enrolment.OPT_OUT, [(ConsentAction.GRANTED, Evidence.FEED)], {"hearing_set": 1, "reminder": 3}),
        (Enrolment.OPT_IN, [], {"invitation": 1}),
        (Enrolment.NONE, [], {}),
    ],
)
def test_people_are_enrolled_as_the_courts_file_says(
    calendars: Calendars,
    enrolment: Enrolment,
    events: list[tuple[ConsentAction, Evidence]],
    planned: dict[str, int],
) -> None:
    courts = calendars.courts
    calendars.courts = replace(
        courts, by_id={number: replace(court, enrolment=enrolment) for number, court in courts.by_id.items()}
    )

    report = calendars.bring([row()])

    assert calendars.all(schema.consent_event, "action", "evidence") == events
    assert report.notices == planned
    assert calendars.count(schema.endpoint) == (enrolment is not Enrolment.NONE)
    assert calendars.count(schema.person) == 1
    assert calendars.tasks() == []


def test_an_enrolment_is_written_once_and_never_over_a_no(small: Calendars) -> None:
    small.bring([row()])
    stop = ConsentEvent(at=NOW, action=ConsentAction.REVOKED, evidence=Evidence.TEXT)
    small.db.write_now(lambda c: consents.add(c, 1, stop))

    report = small.bring([row(), row(party_id="P2", case_number="3EX-26-00002CR")])

    assert small.column(schema.consent_event, "action") == [ConsentAction.GRANTED, ConsentAction.REVOKED]
    assert report.notices == {}, "who said STOP gets nothing, whatever case follows"


@pytest.mark.parametrize(
    ("phone", "reason"),
    [
        ("(907) 555-0101", None),
        ("907.555.0101", None),
        ("9075550101", None),
        ("1-907-555-0101", None),
        ("+1 907 555 0101", None),
        ("907-555-0101 ext. 12", "extension"),
        ("UNKNOWN", "not_a_number"),
        ("5550134", "no_area_code"),
        ("", "empty"),
        ("907-555-01", "invalid"),
        ("900-555-0101", "premium"),
    ],
)
def test_whatever_a_phone_field_holds_the_row_is_kept(small: Calendars, phone: str, reason: str | None) -> None:
    report = small.bring([row(phone=phone), row(phone="907-555-0109", party_id="P2")])

    assert report.quarantined == 0
    assert dict(small.all(schema.person, "party_key", "unreachable_reason")) == {"P1": reason, "P2": None}
    assert small.tasks() == (["unreachable"] if reason else [])
    again = small.bring([row(phone=phone, language="es"), row(phone="907-555-0109", party_id="P2")])
    assert again.tasks == 0, "the desk is asked once"


@pytest.mark.parametrize("phone", ["555-0199", ""], ids=["of no use", "none"])
def test_the_desk_is_told_once_who_is_still_written_to_at_a_number_that_the_feed_has_taken_back(
    calendars: Calendars, phone: str
) -> None:
    calendars.bring([row()])

    calendars.bring([row(phone=phone)])

    assert live(calendars) == [1]
    assert calendars.tasks() == ["unreachable"]
    [note] = calendars.opened(schema.task, "note", "task.note")
    assert "Texts still go to the number that the feed gave before" in str(note)
    assert calendars.bring([row(phone=phone, language="es")]).tasks == 0
    calendars.bring([row(phone="907-555-0103", language="es")])
    assert calendars.bring([row(phone=phone, language="es")]).tasks == 1, "another number is another matter"


def test_a_new_case_without_a_phone_is_no_work_for_the_desk_where_the_person_is_reached(small: Calendars) -> None:
    small.bring([row()])

    small.bring([row(), row(case_number="3EX-26-00002CR", phone="")])

    assert small.tasks() == []


def test_two_spellings_of_one_number_are_one_endpoint(calendars: Calendars) -> None:
    calendars.bring([row(phone="(907) 555-0108"), row(phone="907-555-0108", party_id="P2")])

    assert calendars.count(schema.endpoint) == 1
    assert calendars.count(schema.consent_event) == 1
    assert sorted(calendars.all(schema.person_endpoint, "person_id", "endpoint_id")) == [(1, 1), (2, 1)]


def test_invented_numbers_are_let_in_only_where_they_are_asked_for(small: Calendars) -> None:
    small.bring([row()], fictional=False)

    assert reasons(small) == ["fictional"]
    assert small.count(schema.endpoint) == 0


def test_a_number_abroad_is_held_for_the_desk(small: Calendars) -> None:
    small.bring([row(phone="+380 44 123 4567")])

    assert small.column(schema.endpoint, "foreign_held") == [True]
    assert small.tasks() == ["foreign_number"]


def test_one_number_for_both_sides_of_a_case_is_refused_for_both(calendars: Calendars) -> None:
    report = calendars.bring([row(), VICTIM | {"phone": "(907) 555-0101"}])

    assert report.notices == {}
    assert reasons(calendars) == ["two_hats", "two_hats"]
    assert calendars.count(schema.person_endpoint) == 0
    assert calendars.tasks() == ["two_hats", "two_hats"]


def test_a_number_that_the_other_side_has_already_is_refused_to_who_comes_later(small: Calendars) -> None:
    small.bring([row()])

    small.bring([row(), VICTIM | {"phone": "907-555-0101"}])

    assert reasons(small) == [None, "two_hats"]
    assert small.all(schema.person_endpoint, "person_id") == [(1,)]


def test_two_who_were_given_one_another_s_numbers_are_reached_at_neither(calendars: Calendars) -> None:
    calendars.bring([row(), VICTIM])

    calendars.bring([row(phone="907-555-0102"), VICTIM | {"phone": "907-555-0101"}])

    assert live(calendars) == []
    assert reasons(calendars) == ["two_hats", "two_hats"]
    assert {state for _, state in calendars.notices()} == {NoticeState.SUPERSEDED}
    assert calendars.tasks() == ["two_hats", "two_hats"]
    notes = calendars.opened(schema.task, "note", "task.note")
    assert all("no texts reach them" in str(note) for note in notes)
    again = calendars.bring([row(phone="907-555-0102", language="es"), VICTIM | {"phone": "907-555-0101"}])
    assert again.tasks == 0
    assert live(calendars) == [], "whose it is nobody knows, also when only one of the rows comes again"
    calendars.bring([row(phone="907-555-0102"), VICTIM | {"phone": "907-555-0103"}])
    calendars.bring([row(phone="907-555-0102", language="es"), VICTIM | {"phone": "907-555-0103"}])
    assert sorted(live(calendars)) == [2, 3], "she has another one: hers is the defendant's now"


def test_who_the_feed_gives_a_number_of_the_other_side_is_let_go_and_the_other_side_keeps_its_own(
    calendars: Calendars,
) -> None:
    calendars.bring([row(), VICTIM])

    calendars.bring([row(phone="907-555-0102"), VICTIM | {"language": "es"}])

    assert live(calendars) == [2], "hers, which the feed repeats"
    assert calendars.tasks() == ["two_hats", "two_hats"]
    calendars.bring([row(), VICTIM | {"language": "es"}])
    assert sorted(live(calendars)) == [1, 2], "the feed may take its own word back"


def test_a_number_that_is_refused_in_a_new_case_takes_none_away(small: Calendars) -> None:
    other = {"case_number": "3EX-26-00002CR", "phone": "907-555-0103"}
    small.bring([row()])

    small.bring([row(), row(**other), VICTIM | other])

    assert live(small) == [1]


def test_a_victims_number_that_is_the_counsels_is_refused(small: Calendars) -> None:
    counsel = row(party_id="C1", role="attorney", phone="907-555-0102")

    small.bring([row(), counsel, VICTIM])

    assert sorted(map(str, reasons(small))) == ["None", "two_hats", "two_hats"]


def test_both_sides_may_share_a_number_in_different_cases(small: Calendars) -> None:
    small.bring([row(), VICTIM | {"phone": "907-555-0101", "case_number": "3EX-26-00002CR"}])

    assert reasons(small) == [None, None]
    assert "two_hats" not in small.tasks()


def test_co_defendants_each_get_their_own_texts(small: Calendars) -> None:
    report = small.bring([row(), row(party_id="P2", given_name="Ben", phone="907-555-0103")])

    assert report.hearings == {"new": 1}
    assert report.notices == {"hearing_set": 2, "reminder": 6}
    assert len(set(small.column(schema.notice, "person_id"))) == 2


def test_a_number_known_to_be_wrong_is_not_revived(calendars: Calendars) -> None:
    calendars.bring([row()])
    calendars.db.write_now(lambda c: endpoints.unlink(c, endpoint_id=1, now=NOW))

    report = calendars.bring([row(language="es")], now=NOW + timedelta(days=1))

    assert live(calendars) == []
    assert reasons(calendars) == ["known_wrong"]
    assert report.notices == {}
    assert calendars.tasks() == ["unreachable"]


def test_a_dead_number_is_not_revived(small: Calendars) -> None:
    small.bring([row()])
    small.db.write_now(lambda c: endpoints.change(c, 1, state=EndpointState.DEAD))

    small.bring([row(), row(party_id="P2", case_number="3EX-26-00002CR")])

    assert small.column(schema.endpoint, "state") == [EndpointState.DEAD]
    assert reasons(small) == [None, "known_wrong"]


@pytest.mark.parametrize("party_id", ["P1", ""], ids=["with the feed's id", "by case, role and name"])
def test_another_phone_in_the_feed_takes_the_place_of_the_first(calendars: Calendars, party_id: str) -> None:
    calendars.bring([row(party_id=party_id)])

    calendars.bring([row(party_id=party_id, phone="907-555-0177")])

    assert calendars.count(schema.person) == 1
    assert calendars.count(schema.participation) == 1
    assert live(calendars) == [2]
    waiting = schema.notice.c.state == NoticeState.PLANNED
    query = select(schema.notice.c.endpoint_id).where(waiting).distinct()
    assert calendars.db.read_now(lambda c: list(c.execute(query).scalars())) == [2]
    calendars.bring([row(party_id=party_id)])
    assert live(calendars) == [1], "the feed may take its own word back"


def test_a_feed_without_ids_knows_people_by_case_role_name_and_phone(small: Calendars) -> None:
    rows = [
        row(party_id=""),
        row(party_id="", phone="(907) 555-0101"),
        row(party_id="", phone="907-555-0103"),
        row(party_id="", phone="907-555-0101", role="victim", given_name="Vera"),
    ]
    small.bring(rows[:3])

    assert small.count(schema.person) == 2, "father and son of one name, each with a phone"
    assert all(key.startswith("feed:") for key in small.column(schema.person, "party_key"))
    assert small.bring(rows[:3]).parties == {}


def test_a_name_damaged_on_the_way_is_left_out_and_its_repair_suggested(small: Calendars) -> None:
    small.bring([row(given_name="JosÃ©", family_name="Lane")])

    assert small.opened(schema.person, "given_name", parties.GIVEN_NAME) == [None]
    assert small.tasks() == ["damaged_name"]
    assert small.opened(schema.task, "note", "task.note") == ["The feed says JosÃ© Lane; probably José Lane."]


def test_a_name_that_the_desk_mended_stays_mended(small: Calendars) -> None:
    small.bring([row(given_name="JosÃ©")])
    facts = parties.PersonFacts(
        given="José",
        family="Lane",
        birth_date=None,
        language="en",
        is_minor=False,
        in_custody=False,
        unreachable_reason=None,
    )
    sealed = parties.seal_facts(small.db.vault, facts)
    small.db.write_now(lambda c: parties.change_people(c, [(1, facts, sealed)]))

    small.bring([row(given_name="JosÃ©", phone="907-555-0104")])

    assert small.opened(schema.person, "given_name", parties.GIVEN_NAME) == ["José"]


def test_a_token_of_the_courts_own_opens_one_persons_texts(small: Calendars) -> None:
    small.bring([row(phone="", telegram_token="court-printed-token-1")])

    redeemed = small.db.write_now(partial(start_tokens.redeem, token="court-printed-token-1", now=NOW))

    assert redeemed == 1
    assert reasons(small) == [None], "they are reached by Telegram"
    assert small.tasks() == []


def test_who_follows_a_case_comes_to_its_new_hearings(small: Calendars) -> None:
    small.bring([row()])

    def follow(connection: Connection) -> int:
        follower = people.who_writes(connection, court_id=1, endpoint_id=1, language="en", now=NOW)
        part = people.take_part(connection, case_id=1, person_id=follower, role=Role.FOLLOWER, now=NOW)
        hearings.attach(connection, participation_id=part, case_id=1, now=NOW)
        return part

    part = small.db.write_now(follow)
    small.bring([row(), row(starts_at="2026-06-20T09:30", hearing_kind="Trial")])

    coming = [
        hearing_id
        for hearing_id, one in small.all(schema.hearing_party, "hearing_id", "participation_id")
        if one == part
    ]
    assert sorted(coming) == [1, 2]


def test_who_follows_and_is_named_for_a_new_hearing_is_told_of_it_once(calendars: Calendars) -> None:
    calendars.bring([row()])

    def follow(connection: Connection) -> int:
        here = endpoints.find_or_add(connection, Address(ChannelName.SMS, "+19075550109"), lane_id=1, now=NOW)
        follower = people.who_writes(connection, court_id=1, endpoint_id=here.id, language="en", now=NOW)
        endpoints.link(connection, person_id=follower, endpoint_id=here.id, source="text", preference=0, now=NOW)
        part = people.take_part(connection, case_id=1, person_id=follower, role=Role.FOLLOWER, now=NOW)
        hearings.attach(connection, participation_id=part, case_id=1, now=NOW)
        yes = ConsentEvent(at=NOW, action=ConsentAction.GRANTED, evidence=Evidence.TEXT, court_id=1, case_id=1)
        consents.add(connection, here.id, yes)
        return follower

    follower = calendars.db.write_now(follow)
    trial = {"starts_at": "2026-06-20T09:30", "hearing_kind": "Trial"}
    calendars.bring([row(), row(**trial), row(**trial, party_id="P9", phone="907-555-0109")])

    assert follower not in calendars.column(schema.notice, "person_id")


def test_who_watches_for_a_number_is_told_when_it_comes(small: Calendars) -> None:
    small.bring([row()])
    small.db.write_now(
        lambda c: watches.keep(
            c, endpoint_id=1, court_id=1, folded="3EX2600009CR", expires_at=NOW + timedelta(days=9), now=NOW
        )
    )

    small.bring([row(), row(case_number="3EX-26-00009CR", party_id="P9", phone="907-555-0109")])

    assert small.column(schema.watch, "state") == ["found"]
    assert ("watch_found", "planned") in small.notices()
    assert small.db.write_now(partial(match, case_ids=[2], courts=small.courts, now=NOW)) == 0, "told once"


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"status": "vacated"}, {}),
        ({"starts_at": "2026-05-20T09:30"}, {"starts_at": "2026-06-20T09:30"}),
        ({"confidentiality": "sealed"}, {}),
    ],
    ids=["put back on", "a new day", "public now"],
)
def test_who_watches_for_a_number_is_told_when_something_is_coming_of_it_again(
    calendars: Calendars, before: Row, now: Row
) -> None:
    there = {"hearing_id": "H9", "case_number": "3EX-26-00009CR", "party_id": "P9", "phone": "907-555-0109"}
    calendars.bring([row(hearing_id="H1"), row(**there, **before)])
    calendars.db.write_now(
        lambda c: watches.keep(
            c, endpoint_id=1, court_id=1, folded="3EX2600009CR", expires_at=NOW + timedelta(days=9), now=NOW
        )
    )

    calendars.bring([row(hearing_id="H1"), row(**there, **now)])

    assert calendars.column(schema.watch, "state") == ["found"]
    assert ("watch_found", "planned") in calendars.notices()


def test_one_person_in_two_courts_at_the_same_minute_is_the_desks_business(calendars: Calendars) -> None:
    there = row(court="second", party_id="X1", case_number="2EX-26-00007CR")

    calendars.bring([row(), there])

    assert calendars.tasks() == ["conflict"]
    assert calendars.bring([row(), there]).tasks == 0


def test_a_party_whose_part_staff_ended_stays_away(small: Calendars) -> None:
    small.bring([row()])
    small.db.write_now(lambda c: c.execute(update(schema.participation).values(ended_at=NOW)))

    small.bring([row(language="es"), row(language="es", starts_at="2026-06-20T09:30", hearing_kind="Trial")])

    assert small.count(schema.participation) == 1
    assert small.all(schema.hearing_party, "hearing_id") == [(1,)]
