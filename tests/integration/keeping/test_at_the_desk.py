"""What an operator asks of an installation that has lived through a day."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from storage import heartbeats
from storage.schema import audit_event, hearing, inbound, lane, notice
from storage.tasks import About, TaskKind, open_task
from tests.fixtures.commands import Usher
from tests.fixtures.facts import NOW
from tests.fixtures.keeping import WORDS
from tests.integration.keeping.conftest import open_installed

PHONE = "+19075550100"
NUMBER = "3AN-26-00042CR"


async def change(work: Callable[[Connection], object]) -> None:
    """Let a test change the installation's database, as a running Usher would."""
    async with open_installed() as database:
        await database.write(work)


def key_file() -> bytes:
    """The installation's keys as they lie there."""
    return Path("var/usher.key").read_bytes()


def give_up(connection: Connection, count: int = 1) -> None:
    """Take messages for what nobody could work off: the one that is there, and others like it."""
    there = connection.execute(select(inbound)).one()
    for number in range(1, count):
        connection.execute(
            inbound.insert().values(**dict(there._mapping) | {"id": there.id + number, "provider_key": f"{number}"})
        )
    connection.execute(update(inbound).values(state="failed", error="KeyError", attempts=3))


# --- usher why --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "whom", ["1", PHONE, "907-555-0100", "party:defendant:Ada 0:1"], ids=["id", "E.164", "typed", "party id"]
)
async def test_why_tells_a_person_s_story_by_whatever_names_them(lived: Usher, whom: str) -> None:
    said = lived("why", whom)

    assert said.code == 0
    assert f"reminder about {NUMBER} (example, sms, hearing 1 on 2026-06-11 18:00 UTC)" in said.out
    assert "was given to the provider (attempt 1)" in said.out
    assert "arrived on the phone" in said.out
    assert "reminder arrived." in said.out


async def test_why_for_a_script_holds_every_moment_in_order(lived: Usher) -> None:
    [story, reply] = json.loads(lived("why", "1", "--json").out)

    assert (story["kind"], story["court"], story["about"], story["state"]) == (
        "reminder",
        "example",
        NUMBER,
        "delivered",
    )
    assert [moment["at"] for moment in story["moments"]] == sorted(moment["at"] for moment in story["moments"])
    assert any(moment["text"] for moment in story["moments"]), "with the very words that left"
    assert (reply["kind"], reply["state"]) == ("reply", "expired")
    assert "its time had passed" in reply["outcome"]


async def test_why_can_be_asked_of_one_hearing_only(lived: Usher) -> None:
    assert len(json.loads(lived("why", "1", "1", "--json").out)) == 1
    assert lived("why", "1", "2").out == "Nothing was ever planned for them.\n"


@pytest.mark.parametrize("whom", ["77", "+19075550177", "party:nobody", "\u0667\u0667", ""])
async def test_why_of_nobody_is_one_line_that_repeats_nothing(lived: Usher, whom: str) -> None:
    said = lived("why", whom)

    assert (said.code, said.out) == (2, "")
    assert said.err == "usher: nobody is known by this id, party id or number\n"


# --- usher status ------------------------------------------------------------------------------------------------


async def test_status_counts_what_is_there_and_names_nobody(lived: Usher) -> None:
    said = lived("status", "--json")
    standing = json.loads(said.out)

    assert standing["notices"] == {"delivered": 1, "expired": 1}
    assert (standing["in_flight"], standing["unknown"], standing["inbound_waiting"]) == (0, 0, 0)
    [court] = standing["courts"]
    assert (court["key"], court["last_import"]) == ("example", "applied")
    for secret in ("Ada", "555", NUMBER, WORDS):
        assert secret not in said.out + lived("status").out


async def test_status_says_which_part_was_last_heard_of_when(lived: Usher) -> None:
    await change(partial(heartbeats.beat, name="dispatcher", now=NOW))

    said = lived("status")

    [line] = [line for line in said.out.splitlines() if line.startswith("dispatcher")]
    assert line.rstrip().endswith(" d ago")


async def test_status_shows_a_lane_that_rests_until_when_and_why(lived: Usher) -> None:
    until = NOW.replace(year=2190)
    await change(
        lambda c: c.execute(
            update(lane).where(lane.c.key == "sms:default").values(paused_until=until, paused_reason="twilio.20429")
        )
    )

    [line] = [line for line in lived("status").out.splitlines() if line.startswith("sms:default")]

    assert line.rstrip().endswith("18:00:00 UTC (twilio.20429)")


async def test_status_says_nothing_of_a_rest_that_is_over(lived: Usher) -> None:
    await change(
        lambda c: c.execute(update(lane).values(paused_until=NOW.replace(year=2020), paused_reason="twilio.20429"))
    )

    assert "twilio.20429" not in lived("status").out


async def test_status_shows_how_long_the_oldest_has_been_due(lived: Usher) -> None:
    await change(
        lambda c: c.execute(
            update(notice).where(notice.c.kind == "reminder").values(state="planned", due_at=NOW.replace(year=2020))
        )
    )

    standing = json.loads(lived("status", "--json").out)
    [line] = [line for line in lived("status").out.splitlines() if line.startswith("sms:default")]

    assert standing["notices"] == {"expired": 1, "planned": 1}
    assert [(one["key"], one["waiting"], one["due"]) for one in standing["lanes"] if one["waiting"]] == [
        ("sms:default", 1, 1)
    ]
    assert line.split()[2:4] == ["1", "1"]
    assert " d ago" in line


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["no terminal", "for a script"])
async def test_status_is_not_watched_where_nobody_looks(lived: Usher, more: list[str]) -> None:
    said = lived("status", "--watch", *more)

    assert (said.code, said.out) == (2, "")
    assert said.err.endswith("for a script there is: usher status --json\n")


async def test_status_tells_when_backup_and_purge_were_last_done_and_a_dry_run_is_none(lived: Usher) -> None:
    before = json.loads(lived("status", "--json").out)["done"]
    lived("purge", "--dry-run")
    assert json.loads(lived("status", "--json").out)["done"] == before

    lived("purge")
    lived("backup", "copy.sqlite3")

    assert set(json.loads(lived("status", "--json").out)["done"]) >= {"backup", "purge"}


# --- usher tasks -------------------------------------------------------------------------------------------------


def to_do(connection: Connection) -> None:
    """Put three pieces of work on the desk's list, the first about a hearing."""
    about = connection.execute(select(hearing)).one()
    of_it = About(court_id=about.court_id, case_id=about.case_id, hearing_id=about.id)
    open_task(connection, TaskKind.UNSETTLED, of_it, dedupe="1", now=NOW, note=WORDS)
    for number in (2, 3):
        about_court = About(court_id=about.court_id)
        open_task(connection, TaskKind.FAILED, about_court, dedupe=f"{number}", now=NOW + timedelta(minutes=number))


async def test_the_desks_list_shows_what_waits_for_a_human_and_no_note(lived: Usher) -> None:
    there = len(json.loads(lived("tasks", "--json").out))
    await change(to_do)

    rows = json.loads(lived("tasks", "--json").out)
    shown = lived("tasks").out

    assert len(rows) == there + 3
    [unsettled] = [row for row in rows if row["kind"] == "unsettled"]
    assert (unsettled["court"], unsettled["case"], unsettled["hearing"]) == ("example", NUMBER, 1)
    assert shown.splitlines()[0].split() == ["id", "kind", "court", "case", "hearing", "since"]
    assert not any(word in shown for word in WORDS.split())


async def test_work_that_is_done_leaves_the_list_and_goes_on_record(lived: Usher) -> None:
    await change(to_do)
    ids = {row["kind"]: str(row["id"]) for row in json.loads(lived("tasks", "--json").out)}
    before = json.loads(lived("status", "--json").out)["tasks"]

    assert lived("tasks", "close", ids["unsettled"], ids["failed"], ids["failed"]).out == "Done with: 2.\n"

    after = json.loads(lived("status", "--json").out)["tasks"]
    assert (after.get("unsettled", 0), after["failed"]) == (before["unsettled"] - 1, before["failed"] - 1)
    async with open_installed() as database:
        last = await database.read(lambda c: c.execute(select(audit_event).order_by(audit_event.c.id.desc())).first())
    assert last is not None
    assert (last.action, json.loads(last.facts)) == (
        "tasks.closed",
        {"tasks": sorted([int(ids["unsettled"]), int(ids["failed"])])},
    )
    assert last.actor.startswith("cli:")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [("99999", "there is no open task 99999; see: usher tasks"), ("x", "Invalid value for 'ID'")],
)
async def test_of_wrong_ids_nothing_is_closed(lived: Usher, wrong: str, says: str) -> None:
    await change(to_do)
    rows = json.loads(lived("tasks", "--json").out)

    said = lived("tasks", "close", str(rows[0]["id"]), wrong)

    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert says in said.err
    assert [row["id"] for row in json.loads(lived("tasks", "--json").out)] == [row["id"] for row in rows]


async def test_what_was_closed_cannot_be_closed_again(lived: Usher) -> None:
    await change(to_do)
    one = str(json.loads(lived("tasks", "--json").out)[0]["id"])
    lived("tasks", "close", one)

    assert lived("tasks", "close", one).err == f"usher: there is no open task {one}; see: usher tasks\n"


async def test_a_dead_letter_that_is_tried_again_leaves_the_list_also_when_it_was_closed_before(lived: Usher) -> None:
    def fail(connection: Connection) -> bool:
        give_up(connection)
        court_id = connection.execute(select(hearing.c.court_id)).scalar_one()
        return open_task(connection, TaskKind.FAILED, About(court_id=court_id), dedupe="inbound:1", now=NOW)

    for is_closed in (False, True):
        await change(fail)
        [one] = [str(row["id"]) for row in json.loads(lived("tasks", "--json").out) if row["kind"] == "failed"]
        if is_closed:
            lived("tasks", "close", one)
        assert lived("dead-letters", "--replay", "all").out == "inbound:1 is tried again.\n"
        assert json.loads(lived("status", "--json").out)["tasks"].get("failed", 0) == 0
    await change(fail)

    assert json.loads(lived("status", "--json").out)["given_up"] == 1


# --- usher dead-letters ------------------------------------------------------------------------------------------


async def test_what_nobody_could_work_off_is_listed_newest_first_without_its_words(lived: Usher) -> None:
    await change(partial(give_up, count=3))

    rows = json.loads(lived("dead-letters", "--json").out)
    shown = lived("dead-letters").out

    assert [row["id"] for row in rows] == ["inbound:3", "inbound:2", "inbound:1"]
    assert {(row["work"], row["fault"], row["tries"]) for row in rows} == {("twilio", "KeyError", "3")}
    assert rows[0]["since"] == NOW.isoformat()
    assert shown.splitlines()[0].split() == ["id", "work", "fault", "tries", "since"]
    assert not any(word in shown for word in WORDS.split())


async def test_one_of_them_is_tried_again_and_the_others_stay(lived: Usher) -> None:
    await change(partial(give_up, count=3))

    assert lived("dead-letters", "--replay", "inbound:2").out == "inbound:2 is tried again.\n"

    assert [row["id"] for row in json.loads(lived("dead-letters", "--json").out)] == ["inbound:3", "inbound:1"]
    assert json.loads(lived("status", "--json").out)["inbound_waiting"] == 1


async def test_all_are_tried_again_and_then_there_is_none(lived: Usher) -> None:
    await change(partial(give_up, count=2))

    assert lived("dead-letters", "--replay", "all").out == "inbound:2 is tried again.\ninbound:1 is tried again.\n"
    assert lived("dead-letters").out == "None.\n"
    assert lived("dead-letters", "--json").out == "[]\n"
    assert lived("dead-letters", "--replay", "all").out == "", "there is nothing to try"


async def test_however_many_there_are_all_are_tried_again_and_the_list_says_that_there_are_more(
    lived: Usher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("bot.cli.dead_letters"), "MOST_SHOWN", 2)
    await change(partial(give_up, count=5))

    listed = lived("dead-letters", "--json")
    assert [row["id"] for row in json.loads(listed.out)] == ["inbound:5", "inbound:4"]
    assert listed.err == "There are more of inbound: these are the newest 2.\n"

    said = lived("dead-letters", "--replay", "all")
    assert said.out.splitlines() == [f"inbound:{number} is tried again." for number in (5, 4, 3, 2, 1)]
    assert lived("dead-letters").out == "None.\n"


async def test_one_whose_words_were_removed_holds_no_other_up(lived: Usher) -> None:
    await change(partial(give_up, count=3))
    await change(lambda c: c.execute(update(inbound).where(inbound.c.id == 2).values(redacted_at=NOW)))

    said = lived("dead-letters", "--replay", "all")

    assert said.code == 0
    assert said.out.splitlines() == [
        "inbound:3 is tried again.",
        "inbound:2 is not tried again: its words have been removed.",
        "inbound:1 is tried again.",
    ]


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("inbound:99", "there is no dead letter inbound:99"),
        ("inbound:", "--replay: must be an id from the list, such as inbound:12, or all"),
        ("1", "--replay: must be an id from the list, such as inbound:12, or all"),
        ("ALL", "--replay: must be an id from the list, such as inbound:12, or all"),
        ("inbound:1;2", "--replay: must be an id from the list, such as inbound:12, or all"),
        ("inbound:-1", "--replay: must be an id from the list, such as inbound:12, or all"),
        ("letter:1", "--replay: must be an id from the list, such as inbound:12, or all"),
    ],
)
async def test_what_is_not_on_the_list_is_not_tried_again(lived: Usher, wanted: str, says: str) -> None:
    await change(give_up)

    said = lived("dead-letters", "--replay", wanted)

    assert (said.code, said.out, said.err) == (2, "", f"usher: {says}\n")
    assert [row["id"] for row in json.loads(lived("dead-letters", "--json").out)] == ["inbound:1"], "still there"


def test_without_a_stream_nothing_of_it_is_tried_again(usher: Usher) -> None:
    said = usher("dead-letters", "--replay", "stream:1")

    assert (said.code, said.out) == (2, "")
    assert said.err == "usher: --replay: there is no stream: USHER_NATS_URL is not set\n"


async def test_a_message_that_was_answered_is_never_answered_again(lived: Usher) -> None:
    said = lived("dead-letters", "--replay", "inbound:1")

    assert (said.code, said.err) == (2, "usher: there is no dead letter inbound:1\n")


# --- usher audit -------------------------------------------------------------------------------------------------


async def test_the_record_fits_and_its_head_is_there_to_note(lived: Usher) -> None:
    said = lived("audit", "verify")
    facts = json.loads(lived("audit", "verify", "--json").out)

    assert said.code == 0
    assert said.out == f"All {facts['events']} events fit. Note the head outside of this machine: {facts['head']}\n"
    assert (facts["broken_at"], facts["has_head"]) == (None, True)
    assert facts["events"] > 0


@pytest.mark.parametrize("head", ["ab", "00" * 32], ids=["too short", "another's"])
async def test_a_head_that_never_was_is_missed_also_by_a_script(lived: Usher, head: str) -> None:
    said = lived("audit", "verify", "--head", head, "--json")

    assert said.code == 1
    assert json.loads(said.out)["has_head"] is False


# --- usher keys --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["retire", "one"], "usher keys retire: "),
        (["retire"], "usher keys retire: "),
        (["rotate", "2"], "usher keys rotate: "),
        (["destroy"], "usher keys: No such command 'destroy'."),
    ],
)
async def test_a_key_is_not_touched_by_a_slip_of_the_hand(lived: Usher, arguments: list[str], says: str) -> None:
    before = key_file()

    said = lived("keys", *arguments)

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(says)
    assert said.err.count("\n") == 1
    assert key_file() == before


@pytest.mark.parametrize("number", ["1", "7"], ids=["the one that seals", "one that never was"])
async def test_a_key_that_is_in_use_or_unknown_is_not_retired(lived: Usher, number: str) -> None:
    before = key_file()

    said = lived("keys", "retire", number)

    assert said.code in {1, 2}
    assert (said.out + said.err).count(f"key {number}") >= 1
    assert key_file() == before


async def test_a_new_key_is_on_the_record_by_number_and_by_whom(lived: Usher) -> None:
    lived("keys", "rotate")
    async with open_installed() as database:
        facts = await database.read(
            lambda c: c.exec_driver_sql("SELECT actor, facts FROM audit_event WHERE action = 'keys.changed'").one()
        )

    assert facts.actor.startswith("cli:")
    assert json.loads(facts.facts) == {"rotated_to": 2}


# --- usher purge -------------------------------------------------------------------------------------------------


async def test_a_held_case_keeps_its_words_whatever_the_day(lived: Usher) -> None:
    old = NOW.replace(year=2010)
    await change(lambda c: c.execute(update(inbound).values(received_at=old, handled_at=old)))
    await change(lambda c: c.execute(update(hearing).values(starts_at=old)))
    lived("hold", NUMBER, "--court", "example")

    kept = {one["what"]: one["rows"] for one in json.loads(lived("purge", "--json").out)}
    lived("hold", NUMBER, "--court", "example", "--release")
    gone = {one["what"]: one["rows"] for one in json.loads(lived("purge", "--json").out)}

    assert kept["inbound texts"] == 0
    assert gone["inbound texts"] == 1
