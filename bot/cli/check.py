"""`usher check`: would `usher migrate` take the court files, and do the catalogs hold?"""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.locales import catalog_faults
from bot.cli.migrate import refuse_unknown_languages
from bot.court_files import read_court_file, read_court_files
from bot.settings import read_settings
from domain.errors import UsherError


def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Court files; all of USHER_COURTS_DIR when none is named.")
    ] = None,
) -> None:
    """Read the court files and the catalogs as `migrate` would, changing nothing.

    Exits with 1 when there is a fault.
    """
    faults = [*_court_faults(files or _all_files()), *catalog_faults()]
    for fault in faults:
        typer.echo(fault, err=True)
    raise typer.Exit(1 if faults else 0)


def _all_files() -> list[Path]:
    folder = read_settings().courts_dir
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        read_court_files(folder)  # says what to do about an empty folder
    return paths


def _court_faults(paths: list[Path]) -> list[str]:
    faults = []
    for path in paths:
        try:
            court, _ = read_court_file(path)
            refuse_unknown_languages(court, place=str(path))
        except UsherError as error:
            faults.append(str(error))
        else:
            typer.echo(
                f"{path}: {court.name}, {court.zone.key}, {len(court.rules)} reminders, {', '.join(court.languages)}"
            )
    return faults
