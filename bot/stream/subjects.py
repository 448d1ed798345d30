"""Where in NATS things are: the streams, their subjects, who reads them, and how long each may take."""

from dataclasses import replace

from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

STREAM = "USHER"  # accepted webhooks: on disk until a worker has them in the database
TICKS = "USHER_TICKS"  # beats of the clock: the newest of each is enough, and none is worth a disk
DEAD = "USHER_DEAD"  # what no worker could take, until staff replay it

LOTS = 16
"""People are divided into so many lots; a lot's webhooks are stored one after the other: a person's stay in order."""
ARRIVALS = "usher.arrivals"
RECEIPTS = "usher.receipts"
TICK = "usher.ticks"
BURIED = "usher.dead"

ACK_WAIT = 10.0  # seconds after which another worker gets what this one neither took nor spoke of; it speaks every 3
PROGRESS_EVERY = ACK_WAIT / 3
TICK_LIFE = 60.0  # seconds
DUPLICATES = 120.0  # seconds
RECEIPTS_IN_FLIGHT = 512  # with all workers together
RECEIPTS_A_FETCH = 16


def subject_of_lot(lot: int) -> str:
    """Return the subject of a lot of people."""
    return f"{ARRIVALS}.{lot}"


def streams(replicas: int) -> tuple[StreamConfig, ...]:
    """Return the streams as they should be.

    A full disk refuses what is new (the web then stores directly) instead of forgetting what was accepted.
    """
    kept = StreamConfig(
        name=STREAM,
        subjects=[f"{ARRIVALS}.*", RECEIPTS],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        num_replicas=replicas,
        duplicate_window=DUPLICATES,
    )
    dead = replace(kept, name=DEAD, subjects=[f"{BURIED}.*"], retention=RetentionPolicy.LIMITS)
    ticks = StreamConfig(
        name=TICKS,
        subjects=[f"{TICK}.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.MEMORY,
        discard=DiscardPolicy.OLD,
        max_msgs_per_subject=1,
        max_age=TICK_LIFE,
        num_replicas=1,
        duplicate_window=TICK_LIFE,
    )
    return kept, dead, ticks


def readers() -> dict[str, tuple[str, ConsumerConfig]]:
    """Return who reads what, by name: the stream and the reader's terms; all workers share each."""
    lots = {f"arrivals-{lot}": (STREAM, _reader(subject_of_lot(lot), 1)) for lot in range(LOTS)}
    return {
        **lots,
        "receipts": (STREAM, _reader(RECEIPTS, RECEIPTS_IN_FLIGHT)),
        "ticks": (TICKS, _reader(f"{TICK}.>", RECEIPTS_IN_FLIGHT)),
    }


def _reader(subject: str, in_flight: int) -> ConsumerConfig:
    # Deliveries are counted by us: at a limit of its own the server would let a message lie, and tell nobody.
    return ConsumerConfig(filter_subject=subject, ack_wait=ACK_WAIT, max_deliver=-1, max_ack_pending=in_flight)
