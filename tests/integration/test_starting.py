"""A process that starts while its database goes away: it comes up, and works when the database is back."""

from pathlib import Path

from bot.bootstrap import traced, working_parts
from bot.demo.stage import free_port
from bot.settings import Settings
from domain.clock import SteppedClock
from scheduler.metronome import Metronome
from storage.courts import Courts
from storage.key_file import new_key_file
from tests.fixtures.facts import NOW


async def test_a_worker_is_put_together_though_nobody_answers_where_the_database_was(tmp_path: Path) -> None:
    key, clock = tmp_path / "usher.key", SteppedClock(NOW)
    new_key_file(key)
    nobody = f"127.0.0.1:{free_port()}"
    values = {
        "database_url": f"postgresql+psycopg://usher@{nobody}/usher",
        "secret_key_file": key,
        "otlp_endpoint": f"http://{nobody}/v1/traces",
    }
    settings = Settings(_env_file=None, **values)  # type: ignore[arg-type] # read as the environment's text is

    async with working_parts(settings, clock, known=Courts({}, {})) as parts:
        metronome = Metronome(parts.db, clock)
        async with traced(settings, parts, metronome):
            assert [job.id for job in metronome._scheduler.get_jobs()] == ["traces"]
