"""Writes the generated pages, by `make docs`: those of PAGES, most of `docs/reference/` and `.env.example`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from typer.core import TyperArgument, TyperGroup, TyperOption

from bot.bootstrap import OF_MANY, PARTS
from bot.channels import twilio_errors
from bot.cli import COMMANDS, load_command
from bot.cli.settings_text import env_example, settings_page
from bot.web.meters import CATALOG, OTHER, OUTCOMES, PLACES, PRIORITIES, TASK_KINDS, WEBHOOKS, WORK
from domain.reasons import SENTENCES

if TYPE_CHECKING:
    from typer._click import Command

ROOT = Path(__file__).parents[1]
CLI_HEAD = """\
# Commands

Every word of `usher`. Wrong input is one line on stderr and exit code 2, and nothing is half-done; 1 means that the
command ran and found something that is not well. This page is made from `bot/cli/` by `make docs`.
"""
METRICS_HEAD = """\
# Metrics

What `GET /metrics` shows, for Prometheus. Lengths are in seconds, instants in seconds since 1970. Gauges are read from
the database at the time of asking, so every process shows the same: take `max`. Counters and the histogram are counted
by each process since its start: take `sum`. The process's own (`process_*`, `python_*`) are there, too. This page is
made from `bot/web/meters.py` by `make docs`; how to use it: [watch over Usher](../how-to/watch-over-usher.md).

| metric | kind | labels | what it says |
|---|---|---|---|
"""
LABELS_HEAD = """
## Labels

A label never holds a person, a case, a phone number or the id of a message.

| label | values |
|---|---|
"""
LABELS = {
    "lane": "`sms:default`, `telegram:default`, `sms:MG…`; where the sender is a number, `sms:` and the lane's id, as "
    "`usher status --json` shows it",
    "priority": PRIORITIES,
    "outcome": f"of deliveries: {', '.join(f'`{word}`' for word in OUTCOMES)}; of webhooks: "
    f"{', '.join(f'`{word}`' for word in (*WEBHOOKS, OTHER))}",
    "kind": TASK_KINDS,
    "place": PLACES,
    "work": WORK,
    "court": "the name of the court's file",
    "part": f"what beats: {', '.join(f'`{part}`' for part in PARTS)}; with many processes also "
    f"{', '.join(f'`{part}`' for part in OF_MANY if part not in PARTS)}; where they are set up, `deadman` and "
    "`traces`. Of several webs, workers or clocks it is the newest beat",
}
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


def metrics_page() -> str:
    """Return the page of all metrics."""
    rows = [
        f"| `{meter.name}` | {meter.kind} | {', '.join(f'`{label}`' for label in meter.labels)} | {meter.meaning} |"
        for meter in CATALOG
    ]
    labels = [
        f"| `{label}` | {values if isinstance(values, str) else ', '.join(f'`{value}`' for value in values)} |"
        for label, values in LABELS.items()
    ]
    return METRICS_HEAD + "\n".join(rows) + "\n" + LABELS_HEAD + "\n".join(labels) + "\n"


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
        inner = [part for name, inner in command.commands.items() for part in _sections(f"{path} {name}", inner)]
        return [*(_section(path, command) if command.invoke_without_command else []), *inner]
    return _section(path, command)


def _section(path: str, command: "Command") -> list[str]:
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
    "docs/reference/metrics.md": metrics_page,
    "docs/reference/reason-codes.md": reasons_page,
    "docs/reference/settings.md": settings_page,
}

if __name__ == "__main__":
    main()
