"""Writes the generated pages, by `make docs`: `docs/reference/{cli,settings,reason-codes}.md` and `.env.example`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from typer.core import TyperArgument, TyperGroup, TyperOption

from bot.channels import twilio_errors
from bot.cli import COMMANDS, load_command
from bot.cli.settings_text import env_example, settings_page
from domain.reasons import SENTENCES

if TYPE_CHECKING:
    from typer._click import Command

ROOT = Path(__file__).parents[1]
CLI_HEAD = """\
# Commands

Every word of `usher`. Wrong input is one line on stderr and exit code 2, and nothing is half-done; 1 means that the
command ran and found something that is not well. This page is made from `bot/cli/` by `make docs`.
"""
REASONS_HEAD = """\
# Reason codes

Why something was sent, held or dropped, as `usher why` and the `verdict` table show it. This page is made from
`domain/reasons.py` and `bot/channels/twilio_errors.py` by `make docs`.

## The gate

| code | what it says |
|---|---|
"""
TWILIO_HEAD = """
## Twilio

Shown as `twilio.CODE`.

| code | what it says | sent again later | what else follows |
|---|---|---|---|
"""


def page(path: str) -> str:
    """Return one of PAGES, by its path from the project's root."""
    return PAGES[path]()


def cli_page() -> str:
    """Return the page of all commands."""
    parts = [CLI_HEAD]
    for name in COMMANDS:
        parts += _sections(f"usher {name}", load_command(name))
    return "\n".join(parts)


def reasons_page() -> str:
    """Return the page of all reason codes."""
    gate = "\n".join(f"| `{reason}` | {sentence} |" for reason, sentence in SENTENCES.items())
    twilio = "\n".join(
        f"| `{code}` | {meaning.wording} | {'yes' if meaning.may_retry else 'no'} "
        f"| {str(meaning.consequence).replace('_', ' ')} |"
        for code, meaning in sorted(twilio_errors.MEANINGS.items())
    )
    return REASONS_HEAD + gate + "\n" + TWILIO_HEAD + twilio + "\n"


def _sections(path: str, command: "Command") -> list[str]:
    if isinstance(command, TyperGroup):
        return [part for name, inner in command.commands.items() for part in _sections(f"{path} {name}", inner)]
    arguments = [one for one in command.params if isinstance(one, TyperArgument)]
    options = [one for one in command.params if isinstance(one, TyperOption) and one.name != "help"]
    usage = " ".join([path, *(_usage(one) for one in arguments), *(["[OPTIONS]"] if options else [])])
    rows = [f"| `{_name(one)}` | {one.help or ''} |" for one in arguments]
    rows += [f"| `{'`, `'.join(one.opts + one.secondary_opts)}` | {one.help or ''} |" for one in options]
    table = ["| | |\n|---|---|\n" + "\n".join(rows) + "\n"] if rows else []
    return [f"## {path}\n", f"`{usage}`\n", " ".join((command.help or "").split()) + "\n", *table]


def _usage(argument: TyperArgument) -> str:
    name = _name(argument) + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _name(argument: TyperArgument) -> str:
    return (argument.metavar or argument.name or "").upper()


def main() -> None:
    """Write the pages that differ, and name them."""
    for path in PAGES:
        target, text = ROOT / path, page(path)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")


PAGES: dict[str, Callable[[], str]] = {
    ".env.example": env_example,
    "docs/reference/cli.md": cli_page,
    "docs/reference/reason-codes.md": reasons_page,
    "docs/reference/settings.md": settings_page,
}

if __name__ == "__main__":
    main()
