"""What NATS is asked to keep: nothing accepted is forgotten, a person's messages stay in order, ticks cost no disk."""

from fnmatch import fnmatchcase

import pytest
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType

from bot.stream import subjects
from bot.stream.subjects import ACK_WAIT, DEAD, LOTS, PROGRESS_EVERY, STREAM, TICKS

KEPT, BURIED, BEATS = subjects.streams(3)
READERS = subjects.readers()


def covers(pattern: str, subject: str) -> bool:
    """Whether a stream's pattern takes a subject, as NATS reads `*` (one word) and `>` (all that is left)."""
    if pattern.endswith(">"):
        return subject.startswith(pattern[:-1])
    return pattern.count(".") == subject.count(".") and fnmatchcase(subject, pattern)


def test_what_was_accepted_lies_on_disk_until_a_worker_has_it() -> None:
    assert KEPT.name == STREAM
    assert (KEPT.storage, KEPT.retention) == (StorageType.FILE, RetentionPolicy.WORK_QUEUE)
    assert KEPT.discard is DiscardPolicy.NEW, "a full disk refuses what is new; it never forgets what was accepted"
    assert KEPT.max_age is None, "nothing is too old to be answered"


def test_what_nobody_could_take_stays_until_staff_have_looked() -> None:
    assert BURIED.name == DEAD
    assert (BURIED.storage, BURIED.retention) == (StorageType.FILE, RetentionPolicy.LIMITS)
    assert BURIED.max_age is None
    assert not any(covers(one, subjects.ARRIVALS) for one in BURIED.subjects or ()), "it is no second queue"


def test_of_each_beat_only_the_newest_is_kept_and_in_memory() -> None:
    assert BEATS.name == TICKS
    assert (BEATS.storage, BEATS.max_msgs_per_subject) == (StorageType.MEMORY, 1)
    assert BEATS.discard is DiscardPolicy.OLD


@pytest.mark.parametrize("replicas", [1, 3, 5])
def test_accepted_and_dead_lie_on_as_many_servers_as_asked_and_beats_on_one(replicas: int) -> None:
    kept, dead, ticks = subjects.streams(replicas)

    assert (kept.num_replicas, dead.num_replicas, ticks.num_replicas) == (replicas, replicas, 1)


def test_every_lot_of_people_has_a_reader_that_takes_one_message_at_a_time() -> None:
    lots = [terms for name, (_, terms) in READERS.items() if name.startswith("arrivals-")]

    assert {terms.filter_subject for terms in lots} == {subjects.subject_of_lot(lot) for lot in range(LOTS)}
    assert {terms.max_ack_pending for terms in lots} == {1}, "or a person's second message could overtake the first"


@pytest.mark.parametrize("name", READERS)
def test_a_reader_reads_what_its_stream_takes(name: str) -> None:
    stream, terms = READERS[name]
    [found] = [one for one in (KEPT, BURIED, BEATS) if one.name == stream]

    assert any(covers(one, terms.filter_subject or "") or one == terms.filter_subject for one in found.subjects or ())


@pytest.mark.parametrize("name", READERS)
def test_no_reader_lets_the_server_give_a_message_up(name: str) -> None:
    _, terms = READERS[name]

    assert terms.max_deliver == -1
    assert terms.ack_wait == ACK_WAIT
    assert PROGRESS_EVERY < ACK_WAIT / 2, "a worker that lost one word of progress still keeps its message"


def test_no_two_readers_read_the_same() -> None:
    read = [(stream, terms.filter_subject) for stream, terms in READERS.values()]

    assert len(set(read)) == len(read)


def test_each_subject_belongs_to_one_stream() -> None:
    everything = [*(subjects.subject_of_lot(lot) for lot in range(LOTS)), subjects.RECEIPTS, f"{subjects.TICK}.drain.1"]
    everything.append(f"{subjects.BURIED}.arrivals")

    for subject in everything:
        homes = [one.name for one in (KEPT, BURIED, BEATS) if any(covers(p, subject) for p in one.subjects or ())]
        assert len(homes) == 1, subject
