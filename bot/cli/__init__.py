"""The `usher` command: what each word does lives in a module of its own, imported only when it is asked for."""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from domain.errors import UsherError

if TYPE_CHECKING:
    from typer._click import Command, Context

WRONG_INPUT = 2

# Each command: the module and the function (or, for a word with words of its own, the Typer app) behind it, and its
# line in `usher --help`, which is the first line of the function's docstring.
COMMANDS = {
    "init": ("bot.cli.init:init", "Make settings, a key, an example court and the database, where they are missing."),
    "demo": (
        "bot.cli.demo:demo",
        "Run all of Usher against a sandbox on this machine: no account, no network, nobody real.",
    ),
    "run": ("bot.cli.run:run", "Run Usher: send what is due, answer what comes in, listen for receipts."),
    "web": (
        "bot.cli.web:web",
        "Take what providers post, on as many machines as you like; needs USHER_NATS_URL.",
    ),
    "worker": (
        "bot.cli.worker:worker",
        "Answer what comes in, send what is due, write receipts down; needs USHER_NATS_URL.",
    ),
    "clock": (
        "bot.cli.clock:clock",
        "Beat: let workers look after lanes, lost leases and what is over; needs USHER_NATS_URL.",
    ),
    "doctor": (
        "bot.cli.doctor:doctor",
        "Check the installation line by line, and say what to do where it is not well.",
    ),
    "migrate": ("bot.cli.migrate:migrate", "Bring the database to this release and apply the court files."),
    "check": ("bot.cli.check:check", "Read the court files and the catalogs as `migrate` would, changing nothing."),
    "import": ("bot.cli.import_:import_", "Bring a court's calendar in and plan its notices."),
    "simulate": (
        "bot.cli.simulate:simulate",
        "Play a calendar on a fast clock: who would be sent what, and when. Nothing leaves this machine.",
    ),
    "status": (
        "bot.cli.status:status",
        "Show what is waiting, what is late, who is at work and what the desk has to do.",
    ),
    "why": (
        "bot.cli.why:why",
        "Tell what a person was sent and when, and what was not sent and why.",
    ),
    "dead-letters": (
        "bot.cli.dead_letters:dead_letters",
        "List what came in and could not be worked off, or try it once more. Nobody's words are shown.",
    ),
    "tasks": (
        "bot.cli.tasks:app",
        "Show the desk's list: what waits for a human, oldest first. Nobody is named, and no note is shown.",
    ),
    "hold": (
        "bot.cli.hold:hold",
        "Keep everything of a case, and every word from and to its people, whatever retention says.",
    ),
    "purge": (
        "bot.cli.purge:purge",
        "Forget what is older than the courts' files say; of sent and received texts a digest stays.",
    ),
    "keys": ("bot.cli.keys:app", "Look after the keys that names and texts are sealed with."),
    "backup": (
        "bot.cli.backup:backup",
        "Copy the database to a file of your own, whole and checked, while Usher runs.",
    ),
    "restore": (
        "bot.cli.restore:restore",
        "Put a backup in the database's place, after checking that it is sound and that the key opens it.",
    ),
    "audit": ("bot.cli.audit:app", "Look after the record of what was done."),
    "locales": ("bot.cli.locales:app", "Look after the languages."),
}


class _LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports the one that runs, so that `--help` stays quick."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - Typer's own keywords, passed through
        super().__init__(**settings)
        self.commands = {name: TyperCommand(name, help=line) for name, (_, line) in COMMANDS.items()}

    def resolve_command(self, ctx: "Context", args: list[str]) -> "tuple[str | None, Command | None, list[str]]":
        """Put the real command in the place of its name."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else load_command(name), rest


app = typer.Typer(cls=_LazyGroup, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")


@app.callback(invoke_without_command=True)
def usher(context: typer.Context) -> None:
    """Usher, the messenger of a court: reminders, changes and answers by SMS and Telegram."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def load_command(name: str) -> "Command":
    """Import the module behind a word and return its command."""
    place, _ = COMMANDS[name]
    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        return typer.main.get_group(found)
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
    alone.command(name)(found)
    return typer.main.get_command(alone)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, with `arguments` or those of the process.

    A person's mistake is one line on stderr and exit code 2, and so is a machine's: a file that may not be read, a
    database that is away or in use. A bug keeps its traceback.
    """
    try:
        code = app(arguments, prog_name="usher", standalone_mode=False)
    except UsherError as error:
        code = _refuse("usher", str(error))
    except typer.TyperException as error:  # an unknown command, a missing argument
        context = getattr(error, "ctx", None)
        code = _refuse(context.command_path if context else "usher", _one_line(error))
    except typer.Abort:
        code = _refuse("usher", "stopped")
    except OSError as error:
        code = _refuse("usher", ": ".join(filter(None, (error.filename and str(error.filename), _kind(error)))))
    except _database_faults() as error:
        code = _refuse("usher", f"the database did not do it ({_kind(error)}): it is away or in use; try again")
    raise SystemExit(code if isinstance(code, int) else 0)


def _database_faults() -> tuple[type[Exception], ...]:
    """Return what says that a database is away or in use; looked up only when something has gone wrong."""
    if "sqlalchemy" not in sys.modules:
        return ()
    away: tuple[type[Exception], ...] = import_module("storage.database").AWAY
    return away


def _kind(error: Exception) -> str:
    """Name a fault without the words of those who raised it: there may be values and passwords in them."""
    return getattr(error, "strerror", None) or type(getattr(error, "orig", None) or error).__name__


def _one_line(error: typer.TyperException) -> str:
    says = getattr(error, "format_message", None)
    return " ".join(str(says() if says else error).split())


def _refuse(who: str, why: str) -> int:
    sys.stderr.write(f"{who}: {why}\n")
    return WRONG_INPUT
