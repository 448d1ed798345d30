"""The folder of court files: one TOML file a court, read and checked before anything is applied."""

from importlib.resources import files
from pathlib import Path

from domain.court import Court
from domain.court_file import read_court
from domain.errors import InvalidInputError
from domain.mapping import read_mapping

EXAMPLE = "example"


def read_court_files(folder: Path) -> dict[str, tuple[Court, str]]:
    """Read every `*.toml` of the folder; return each court with its file's text, by key.

    Raises:
        InvalidInputError: If the folder is missing or empty, or at the first mistake in a file.
    """
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise InvalidInputError(str(folder), "there is no court file (NAME.toml) here; `usher init` makes an example")
    return {path.stem: read_court_file(path) for path in paths}


def read_court_file(path: Path) -> tuple[Court, str]:
    """Read one court's file, its import mappings too; return the court and the file's text.

    Raises:
        InvalidInputError: If it cannot be read, or at the first mistake in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(str(path), f"is not UTF-8 at byte {error.start}") from None
    except OSError as error:
        raise InvalidInputError(str(path), f"cannot be read: {error.strerror}") from None
    court = read_court(path.stem, text, source=str(path))
    for name, mapping in court.mappings.items():
        read_mapping(name, mapping, source=str(path))
    return court, text


def example_court() -> str:
    """Return the annotated court file that Usher ships."""
    return (files("bot") / "courts" / f"{EXAMPLE}.toml").read_text(encoding="utf-8")
