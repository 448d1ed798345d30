"""Receipts: what a provider later says of a delivery moves it forward only, and what follows from it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from domain.delivery import ChannelName, Receipt


class Reception(StrEnum):
    """What a receipt was worth."""

    MOVED = "moved"  # it told something new
    KNOWN = "known"  # repeated, or late: nothing moved
    STRANGE = "strange"  # of no delivery of ours


def apply_receipt(connection: Connection, receipt: Receipt, *, channel: ChannelName, now: datetime) -> Reception:
    """Write down a receipt and do what follows from it; harmless in any order, any number of times."""
    raise NotImplementedError(connection, receipt, channel, now)
