"""Records behave as frozen dataclasses do; that nothing assigns to one is the type checker's to see."""

from dataclasses import fields, replace
from datetime import UTC, datetime

from domain.consent import ConsentAction, ConsentEvent, Evidence

SAID = ConsentEvent(at=datetime(2026, 6, 1, tzinfo=UTC), action=ConsentAction.GRANTED, evidence=Evidence.TEXT)


def test_equal_records_are_one_key() -> None:
    again = replace(SAID)

    assert again is not SAID
    assert {SAID: 1}[again] == 1
    assert replace(SAID, case_id=4) != SAID


def test_a_record_has_its_fields_and_room_for_nothing_else() -> None:
    assert [field.name for field in fields(SAID)][:3] == ["at", "action", "evidence"]
    assert not hasattr(SAID, "__dict__")
