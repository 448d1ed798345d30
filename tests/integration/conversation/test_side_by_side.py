"""What people write while the calendar changes, on PostgreSQL: whoever comes second sees what the first one did."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select

from domain.case_number import fold
from domain.delivery import ChannelName
from domain.notice import NoticeKind, NoticeState
from domain.roles import Role
from handlers import hearings
from scheduler.planner import replan
from storage import locks, start_tokens
from storage.database import Database
from storage.schema import hearing, hearing_party, notice, participation
from storage.vault import Vault
from tests.fixtures.beside import while_open
from tests.fixtures.conversation import Phone
from tests.fixtures.facts import COMING, NOW, PartySpec, Scene, add_hearing, add_scene

NUMBER = "3EX-26-00042CR"
ADA, STRANGER, CHAT = "+19075550100", "+19075550105", "7001"
TOKEN = "abcdefghijklmnop"
LATER = replace(COMING, starts_at=COMING.starts_at + timedelta(days=5))
SOON = NOW + timedelta(minutes=30)
AT_FIRST = NOW - timedelta(hours=1)


@dataclass
class Desk:
    """A court with one defendant, who may have a phone, and what somebody writes to it."""

    db: Database
    scene: Scene
    number: str
    words: str
    channel: ChannelName = ChannelName.SMS

    def write_in(self, connection: Connection) -> None:
        phone = Phone(connection, self.scene.courts, number=self.number, channel=self.channel, now=SOON)
        phone.text(self.words)

    def write_in_beside(self) -> None:
        self.db.write_now(self.write_in)


@pytest.fixture
def database(postgres_database: str, vault: Vault) -> Iterator[Database]:
    opened = Database(postgres_database, vault)
    yield opened
    opened.close_now()


@pytest.fixture(params=["START", "YES", "a link"])
def desk(request: pytest.FixtureRequest, database: Database) -> Desk:
    """Somebody about to say that they want texts: who had stopped, who asked for a number, who opens a chat."""

    def build(connection: Connection) -> Desk:
        spec = PartySpec(address=None) if request.param == "a link" else PartySpec()
        scene = add_scene(connection, spec, number=NUMBER)
        replan(connection, [scene.hearing_id], courts=scene.courts, now=AT_FIRST)
        if request.param == "a link":
            start_tokens.issue(connection, scene.parties[0].person_id, now=NOW, token=TOKEN)
            return Desk(database, scene, CHAT, f"/start {TOKEN}", ChannelName.TELEGRAM)
        number, asked = (ADA, "STOP") if request.param == "START" else (STRANGER, NUMBER)
        Phone(connection, scene.courts, number=number, now=AT_FIRST).text(asked)
        return Desk(database, scene, number, request.param)

    return database.write_now(build)


def comes(connection: Connection, scene: Scene) -> None:
    """A new hearing of the case, with everybody who has a part in it, as an import writes it."""
    locks.cases(connection, [(scene.court_id, fold(NUMBER))])
    parts = connection.execute(select(participation.c.id).where(participation.c.case_id == scene.case_id)).scalars()
    hearing_id = add_hearing(connection, scene.court_id, scene.case_id, LATER)
    rows = [{"hearing_id": hearing_id, "participation_id": part, "since": NOW} for part in parts]
    connection.execute(insert(hearing_party), rows)
    replan(connection, [hearing_id], courts=scene.courts, now=SOON)


def is_moved(connection: Connection, scene: Scene) -> None:
    """A clerk gives the hearing another day."""
    hearings.move(connection, scene.hearing_id, LATER.starts_at, staff="kim", courts=scene.courts, now=SOON)


CHANGES = pytest.mark.parametrize("change", [comes, is_moved], ids=["comes", "is moved"])
Change = Callable[[Connection, Scene], None]


@CHANGES
def test_who_writes_while_a_hearing_changes_is_told_of_it_as_it_is_then(desk: Desk, change: Change) -> None:
    while_open(desk.db, lambda connection: change(connection, desk.scene), desk.write_in_beside)

    assert_all_is_planned(desk)


@CHANGES
def test_a_hearing_that_changes_while_somebody_writes_is_told_to_them(desk: Desk, change: Change) -> None:
    while_open(desk.db, desk.write_in, lambda: desk.db.write_now(lambda connection: change(connection, desk.scene)))

    assert_all_is_planned(desk)


def assert_all_is_planned(desk: Desk) -> None:
    """See that who wrote is reminded of every hearing of the case, on its day, and of nothing else."""

    def look(connection: Connection) -> None:
        phone = Phone(connection, desk.scene.courts, number=desk.number, channel=desk.channel)
        stands = {row.id: row.revision for row in connection.execute(select(hearing))}
        waiting = connection.execute(
            select(notice.c.hearing_id, notice.c.revision).where(
                notice.c.endpoint_id == phone.endpoint_id,
                notice.c.state == NoticeState.PLANNED,
                notice.c.kind == NoticeKind.REMINDER,
            )
        ).all()
        assert set(map(tuple, waiting)) == set(stands.items())
        roles = set(connection.execute(select(participation.c.role)).scalars())
        parties = len(connection.execute(select(hearing_party)).all())
        assert parties == len(stands) * (2 if Role.FOLLOWER in roles else 1)
        assert not replan(connection, stands, courts=desk.scene.courts, now=SOON).added, "nobody is left out"

    desk.db.read_now(look)
