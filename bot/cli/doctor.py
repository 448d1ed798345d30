"""`usher doctor`: is this installation well? One line for each thing, and what to do where it is not."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Annotated

import orjson
import typer

from bot.cli.locales import catalog_faults
from bot.cli.migrate import checked_court_files
from bot.cli.opening import NEWER, DatabaseAwayError, open_database, open_unchecked, revision_of
from bot.cli.outside import Finding, judge_clock, judge_public_url, reach_telegram, reach_twilio
from bot.court_files import read_court_files
from bot.settings import Settings, read_settings
from bot.stream.checkup import check_up
from domain.clock import SystemClock
from domain.court_file import read_court
from domain.errors import UsherError
from storage import courts
from storage import migrate as migrations
from storage.vault import read_key_file

STREAM_ADVICE = (
    "start NATS with deploy/nats/nats.conf; look at USHER_NATS_URL and the password in it; "
    "let USHER_NATS_REPLICAS be no more than the cluster's servers"
)


def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False) -> None:
    """Check the installation line by line, and say what to do where it is not well.

    Exits with 1 when anything is not well. Asks Twilio and Telegram for their names; sends nothing to anyone.
    """
    findings = list(examine())
    for finding in findings:
        typer.echo(_as_json(finding) if as_json else _as_line(finding))
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else 1)


def examine() -> Iterator[Finding]:
    """Look at one thing after the other; with wrong settings there is nothing else to look at."""
    try:
        settings = read_settings()
    except UsherError as error:
        yield Finding("settings", str(error), "mend .env or the environment; docs/reference/settings.md explains each")
        return
    yield Finding("settings", "read, and they fit together")
    for name, advice, look in _LOOKS:
        yield _looked(name, advice, look, settings)
    if settings.nats_url is not None:
        yield _looked("stream", STREAM_ADVICE, _stream, settings)
    yield judge_public_url(settings)
    yield from asyncio.run(_providers(settings))


def _looked(name: str, advice: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, look(settings))
    except UsherError as error:
        return Finding(name, str(error), advice)


def _key(settings: Settings) -> str:
    read_key_file(settings.secret_key_file)
    with suppress(DatabaseAwayError), open_database(settings):  # which has its own line
        return f"{settings.secret_key_file} is this database's key, and only its owner may read it"
    return f"{settings.secret_key_file} is a key, and only its owner may read it"


def _database(settings: Settings) -> str:
    revision_of(settings.database_url.get_secret_value())
    return "answers"


def _migrations(settings: Settings) -> str:
    with open_unchecked(settings) as database:
        found = database.read_now(migrations.revision)
    return f"at {found}, " + (NEWER if found and migrations.is_newer(found) else "the newest")


def _courts(settings: Settings) -> str:
    checked_court_files(settings)
    files = {key: court for key, (court, _) in read_court_files(settings.courts_dir).items()}
    with open_unchecked(settings) as database:
        applied = database.read_now(lambda connection: courts.load(connection, read_court))
    stale = [key for key, court in files.items() if key not in applied.ids or applied[applied.ids[key]] != court]
    if stale:
        raise UsherError(f"{', '.join(stale)}: the file says something else than what is applied")
    return f"{', '.join(files)} applied"


def _stream(settings: Settings) -> str:
    assert settings.nats_url is not None  # noqa: S101 - looked at only where it is set
    return asyncio.run(check_up(settings.nats_url.get_secret_value(), settings.nats_replicas))


def _catalogs(_: Settings) -> str:
    faults = catalog_faults()
    if faults:
        raise UsherError(f"{len(faults)} faults, the first: {faults[0]}")
    return "every language says the same"


_LOOKS: tuple[tuple[str, str, Callable[[Settings], str]], ...] = (
    ("key", "run: usher init; or put the key back from your backup", _key),
    ("database", "run: usher init; or start the database and look at USHER_DATABASE_URL", _database),
    ("migrations", "run: usher migrate", _migrations),
    ("courts", "mend the file it names, then run: usher migrate", _courts),
    ("catalogs", "run: usher locales check", _catalogs),
)


async def _providers(settings: Settings) -> list[Finding]:
    answers = await asyncio.gather(reach_twilio(settings), reach_telegram(settings))
    findings = [answer.finding for answer in answers]
    dates = [answer.their_date for answer in answers if answer.their_date is not None]
    return [*findings, judge_clock(SystemClock().now(), dates)]


def _as_line(finding: Finding) -> str:
    mark = "ok  " if finding.is_well else "FIX "
    return f"{mark}{finding.name:<11}{finding.says}" + (f"\n{'':15}-> {finding.advice}" if finding.advice else "")


def _as_json(finding: Finding) -> str:
    return orjson.dumps(
        {"name": finding.name, "ok": finding.is_well, "says": finding.says, "advice": finding.advice}
    ).decode()
