"""How the story is printed: each phone as it ended, then each promise with whether it was kept."""

from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from bot.demo.promises import Transcript, is_from_the_court
from bot.demo.story import Told


def show(told: Told, console: Console, zone: ZoneInfo) -> None:
    """Print every phone and every promise; times are the court's."""
    for phone in told.phones:
        _show_phone(phone, console, zone)
    console.rule("Promises")
    for promise in told.promises:
        mark = "[green]kept  [/]" if promise.is_kept else "[bold red]BROKEN[/]"
        console.print(f"{mark} {escape(promise.sentence)}")
    broken = sum(not promise.is_kept for promise in told.promises)
    console.print(f"\n{len(told.promises) - broken} of {len(told.promises)} promises kept.")


def _show_phone(phone: Transcript, console: Console, zone: ZoneInfo) -> None:
    member = phone.member
    console.rule(f"{member.name}: {member.channel} {member.phone}, {member.language}")
    for bubble in phone.bubbles:
        at = bubble.at.astimezone(zone)
        who = "court" if is_from_the_court(bubble) else member.name
        console.print(f"[dim]{at:%a %d %b %H:%M}[/] [bold]{who}[/]: {escape(bubble.text)}", soft_wrap=True)
    console.print()
