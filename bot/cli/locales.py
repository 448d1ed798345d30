"""`usher locales`: looking after the languages."""

import typer

from domain.errors import UsherError
from locales.lint import check

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def locales() -> None:
    """Look after the languages."""


@app.command("check")
def check_catalogs() -> None:
    """Compare the languages: placeholders, numbers, lengths, characters, missing sentences.

    Exits with 1 when there is a fault.
    """
    faults = catalog_faults()
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo("Every language says the same.")


def catalog_faults() -> list[str]:
    """Return what is wrong with the catalogs, a sentence each."""
    try:
        return [str(fault) for fault in check()]
    except UsherError as error:
        return [str(error)]
