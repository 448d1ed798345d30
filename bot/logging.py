"""Logs without people in them: events and ids, as JSON or for eyes, ours and everybody else's alike."""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

ROOT = Path(__file__).resolve().parents[1]

QUIET_LOGGERS = (
    # Each writes addresses, texts or whole requests at INFO or DEBUG. What matters of them we log ourselves.
    "aiogram",
    "aiohttp",
    "alembic",
    "apscheduler",
    "asyncio",
    "httpcore",
    "httpx",
    "nats",
    "sqlalchemy",
    "taskiq",
    "twilio",
    "urllib3",
    "uvicorn.access",
)
PERSONAL_KEYS = frozenset(
    {"address", "birth_date", "body", "case_number", "chat", "chat_id", "family_name", "from", "given_name", "name"}
    | {"number", "person_name", "phone", "recipient", "sender", "text", "to", "url", "username", "value"}
)
REFUSED = "[not logged]"
PHONE_NUMBER = re.compile(r"\+[0-9]{7,15}(?![0-9])")
BOT_TOKEN = re.compile(r"[0-9]{6,}:[A-Za-z0-9_-]{30,}")
PLAIN_MODULES = frozenset({"datetime", "pathlib", "zoneinfo"})  # their objects speak for themselves
_OUR_OWN = frozenset({"raised", "_record", "_from_structlog"})
FRAMES_SHOWN = 12


def configure_logging(style: Literal["json", "console"], *, stream: TextIO = sys.stderr, level: str = "INFO") -> None:
    """Set up structlog and send the standard library's logging through it, once for the process.

    Everything ends in one stream, in one shape, through the same processors. An exception is shown by its type and
    places, never by its message: a message may quote what a person wrote. That holds for what ends the process or a
    thread as well.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _exception_by_place,
        _ids_only,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(style, shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    _quieten()


def describe_exception(error: BaseException) -> dict[str, object]:
    """Return what may be told of an exception: its type, its code where it has one, and where it came from.

    `at` is the innermost place in our own code, else the innermost of all; `causes` are the types it came from.
    """
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_SHOWN:]
    places = [_place(frame) for frame in frames]
    ours = [place for frame, place in zip(frames, places, strict=True) if Path(frame.filename).is_relative_to(ROOT)]
    told: dict[str, object] = {"type": _type_name(error), "at": (ours or places or ["?"])[-1], "trace": places}
    code = getattr(error, "code", None)
    if isinstance(code, int):
        told["code"] = code
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["cause"] = describe_exception(cause)
    if isinstance(error, BaseExceptionGroup):
        told["parts"] = [describe_exception(part) for part in error.exceptions]
    return told


def _crashed(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    """Tell what ended the process as everything else is told."""
    structlog.get_logger(__name__).critical("process.crashed", exc_info=error)


def _thread_crashed(ended: threading.ExceptHookArgs) -> None:
    structlog.get_logger(__name__).critical("thread.crashed", exc_info=ended.exc_value)


def _formatter(style: Literal["json", "console"], shared: list[Processor]) -> logging.Formatter:
    render: Processor = structlog.processors.JSONRenderer(default=_type_name)
    if style == "console":
        render = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_foreign_without_arguments, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        pass_foreign_args=True,
        use_get_message=False,
    )


def _quieten() -> None:
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # they come with handlers of their own
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True


def _foreign_without_arguments(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Keep the pattern of another library's line and drop what was filled in: that is where addresses are."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        filled_in = event.pop("positional_args", ())
        event["event"] = record.msg if filled_in and isinstance(record.msg, str) else f"{record.name}.spoke"
        event["at_line"] = f"{record.module}:{record.lineno}"
        if record.exc_info:
            event["exc_info"] = record.exc_info
    return event


def _exception_by_place(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    error = _exception_of(event.pop("exc_info", None))
    if error is not None:
        event["raised"] = describe_exception(error)
    event.pop("stack_info", None)
    return event


def _exception_of(exc_info: object) -> BaseException | None:
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exc_info()[1]
        case _:
            return None


def _ids_only(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Refuse what may be personal: known keys, strings with a phone number in them, and objects of all kinds."""
    for key, value in event.items():
        if key not in _OUR_OWN:
            event[key] = _plain(key, value)
    return event


def _plain(key: str, value: object) -> object:
    if key in PERSONAL_KEYS:
        return REFUSED
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return REFUSED if PHONE_NUMBER.search(value) or BOT_TOKEN.search(value) else str(value)
        case list() | tuple() | set() | frozenset():
            return [_plain(key, one) for one in value]
        case Mapping():
            return {str(inner): _plain(str(inner), one) for inner, one in value.items()}
        case _:
            return str(value) if type(value).__module__ in PLAIN_MODULES else _type_name(value)


def _type_name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(*path.parts[-2:])
    return f"{shown.as_posix()}:{frame.lineno}"
