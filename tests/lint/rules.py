"""Four rules for our own dangers, each a function of one module's syntax tree that yields its offences."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Offences = Iterator[tuple[int, str]]
PACKAGES = ("bot", "handlers", "scheduler", "locales", "storage", "domain")

TRANSACTION_CALLS = frozenset({"begin", "begin_nested", "commit", "create_async_engine", "create_engine", "rollback"})
CLOCK_CALLS = frozenset({"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"})
CLOCKS = frozenset({"datetime", "date", "time"})
LOG_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "bind", "msg"})
PERSONAL = frozenset(
    {"address", "birth_date", "body", "display_name", "family_name", "given_name", "name", "number", "phone"}
    | {"sender", "text", "value"}
)
SPEAKING_ARGUMENTS = frozenset({"text", "body", "message", "reply", "caption", "sentence"})
SPEAKING_TYPES = frozenset({"OutgoingMessage", "Reply", "Say", "answer", "reply", "send_message"})
WORDS_IN_A_SENTENCE = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """`applies` says for a path relative to the project root whether the rule holds there."""

    key: str
    finds: Callable[[ast.Module], Offences]
    applies: Callable[[str], bool]


def transactions(tree: ast.Module) -> Offences:
    """Only the edge commits: no commit, begin or engine but in the one class that runs units of work."""
    for call in _calls(tree):
        if _last_name(call.func) in TRANSACTION_CALLS:
            yield call.lineno, f"{_last_name(call.func)}() belongs to storage/database.py"


def personal_logs(tree: ast.Module) -> Offences:
    """Logs carry ids: no address, text or name, by attribute or by keyword."""
    for call in _calls(tree):
        if not _is_log_call(call):
            continue
        for keyword in call.keywords:
            if keyword.arg in PERSONAL:
                yield call.lineno, f"{keyword.arg}= in a log call"
        for part in [*call.args, *(keyword.value for keyword in call.keywords)]:
            for node in ast.walk(part):
                if isinstance(node, ast.Attribute) and node.attr in PERSONAL:
                    yield call.lineno, f".{node.attr} in a log call"
                if isinstance(node, ast.JoinedStr):
                    yield call.lineno, "a composed string in a log call"


def spoken_literals(tree: ast.Module) -> Offences:
    """Words for people live in locales/texts: no sentence is handed to what speaks to them."""
    for call in _calls(tree):
        spoken = [keyword.value for keyword in call.keywords if keyword.arg in SPEAKING_ARGUMENTS]
        if _last_name(call.func) in SPEAKING_TYPES:
            spoken += call.args
        for part in spoken:
            if _is_sentence(part):
                yield call.lineno, "a sentence for people outside locales/texts"


def clocks(tree: ast.Module) -> Offences:
    """`now` is handed down: nothing but the clock reads the time. Monotonic time measures, so it is free."""
    for call in _calls(tree):
        function = call.func
        if (
            isinstance(function, ast.Attribute)
            and function.attr in CLOCK_CALLS
            and _last_name(function.value) in CLOCKS
        ):
            yield call.lineno, f"{_last_name(function.value)}.{function.attr}() belongs to domain/clock.py"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            for alias in node.names:
                if alias.name in CLOCK_CALLS:
                    yield node.lineno, f"time.{alias.name} belongs to domain/clock.py"


RULES = (
    Rule("transactions", transactions, lambda path: not path.startswith(("storage/database.py", "storage/migrat"))),
    Rule("personal_logs", personal_logs, lambda _: True),
    Rule(
        "spoken_literals",
        spoken_literals,
        lambda path: path.startswith(
            ("handlers/", "scheduler/", "storage/", "domain/", "bot/channels", "bot/telegram")
        ),
    ),
    Rule("clocks", clocks, lambda path: path != "domain/clock.py"),
)


def offences(root: Path, rule: Rule) -> list[str]:
    """Return "path:line: why" for every offence against a rule under `root`."""
    found = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if rule.applies(name):
                tree = ast.parse(path.read_text(encoding="utf-8"), filename=name)
                found += [f"{name}:{line}: {why}" for line, why in rule.finds(tree)]
    return found


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _is_log_call(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in LOG_METHODS:
        return False
    speaker = _last_name(function.value).lower().lstrip("_")
    return speaker in {"log", "logger", "logging"} or speaker.endswith(("_log", "_logger"))


def _is_sentence(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return len(text.split()) >= WORDS_IN_A_SENTENCE
        case ast.JoinedStr(values=parts):
            return any(_is_sentence(part) for part in parts)
        case ast.BinOp(left=left, right=right):
            return _is_sentence(left) or _is_sentence(right)
        case _:
            return False
