"""Once, one Telegram message whose answer was lost kept an alarm ringing for ever: nothing could settle it."""

from datetime import timedelta

from domain.delivery import ChannelName, Unavailable, Unknown
from scheduler.dispatch import RECEIPT_GRACE
from storage import status
from storage.database import Database
from tests.fixtures.outbox import put
from tests.fixtures.sending import open_desk


async def test_an_attempt_that_nothing_more_can_be_learned_of_is_not_open(any_db: Database) -> None:
    desk = await open_desk(any_db, channel=ChannelName.TELEGRAM)
    await any_db.write(lambda connection: put(connection, desk.street))
    desk.telegram.will(Unknown("http.connection_lost"), and_leave=True)
    desk.telegram.will_find(Unavailable("telegram.no_lookup", is_lasting=True))
    await desk.dispatcher.drain_all()
    now = desk.clock.now()
    assert (await any_db.read(lambda connection: status.read(connection, now=now))).unknown == 1

    desk.clock.advance(RECEIPT_GRACE)
    await desk.dispatcher.reconcile()
    desk.clock.advance(timedelta(seconds=2))
    await desk.dispatcher.drain_all()

    now = desk.clock.now()
    found = await any_db.read(lambda connection: status.read(connection, now=now))
    assert (found.unknown, found.unknown_since, found.in_flight) == (0, None, 0)
    assert len(desk.telegram.sent) == 2, "rather twice than never: ADR 2"
