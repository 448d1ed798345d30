"""Telegram's refusals: what each description means for one message, for the chat and for the bot.

Descriptions: https://github.com/tdlib/telegram-bot-api (Client.cpp). Telegram promises none of them.
"""

from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bot.channels.connection import NotSentError, WireError
from domain.delivery import Consequence, Deferred, Rejected, SendOutcome, Unknown

NEVER_LEFT = (NotSentError, aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One description, by what it contains in lower case, and what it says; `wording` is for staff."""

    contains: str
    code: str
    consequence: Consequence
    wording: str


REFUSALS = (
    Refusal(
        "bot was blocked by the user",
        "blocked",
        Consequence.OPTED_OUT,
        "This person has blocked our bot in Telegram.",
    ),
    Refusal(
        "user is deactivated",
        "deactivated",
        Consequence.DEAD_ADDRESS,
        "This Telegram account was deleted.",
    ),
    Refusal(
        "can't initiate conversation",
        "never_started",
        Consequence.DEAD_ADDRESS,
        "This person has never written to our bot, so it may not write first.",
    ),
    Refusal("chat not found", "chat_not_found", Consequence.DEAD_ADDRESS, "Telegram knows no such chat."),
    Refusal("bot was kicked", "kicked", Consequence.DEAD_ADDRESS, "Our bot was removed from this chat."),
    Refusal("bot is not a member", "not_a_member", Consequence.DEAD_ADDRESS, "Our bot is not in this chat."),
    Refusal("was deleted", "deleted", Consequence.DEAD_ADDRESS, "This chat was deleted."),
    Refusal("message is too long", "too_long", Consequence.NONE, "The text was longer than Telegram takes."),
    Refusal("text is empty", "empty", Consequence.NONE, "The text was empty."),
)


def _broken(code: str) -> Deferred:
    return Deferred(code, lane_wide=True, consequence=Consequence.LANE_BROKEN)


OUTCOMES: tuple[tuple[type[AiogramError], SendOutcome], ...] = (
    (TelegramUnauthorizedError, _broken("telegram.401")),
    (TelegramNotFound, _broken("telegram.404")),  # no such bot: a wrong token, or a wrong address of the API
    (TelegramConflictError, _broken("telegram.409")),
    (TelegramServerError, Unknown("telegram.5xx")),
    (ClientDecodeError, Unknown("telegram.garbled")),
    (TelegramEntityTooLarge, Rejected("telegram.413")),
    (TelegramMigrateToChat, Rejected("telegram.migrated", Consequence.DEAD_ADDRESS)),  # a group; we write to people
)


def outcome_of(error: AiogramError) -> SendOutcome:
    """Return what an exception of aiogram means for the message that was being sent."""
    for kind, outcome in OUTCOMES:
        if isinstance(error, kind):
            return outcome
    match error:
        case TelegramRetryAfter(retry_after=seconds):
            return Deferred("telegram.429", timedelta(seconds=seconds), lane_wide=True)
        case TelegramNetworkError(__cause__=cause):
            return _unanswered(cause)
        case TelegramAPIError(message=description):
            return _refused(error, description.lower())
        case _:
            return Unknown("telegram.unexplained")


def _unanswered(cause: BaseException | None) -> SendOutcome:
    code = cause.code if isinstance(cause, WireError) else "http.connection_lost"
    return Deferred(code) if isinstance(cause, NEVER_LEFT) else Unknown(code)


def _refused(error: TelegramAPIError, description: str) -> SendOutcome:
    if "too many requests" in description:  # a 429 that does not say for how long
        return Deferred("telegram.429", lane_wide=True)
    for refusal in REFUSALS:
        if refusal.contains in description:
            return Rejected(f"telegram.{refusal.code}", refusal.consequence)
    if isinstance(error, TelegramForbiddenError):
        return Rejected("telegram.403", Consequence.DEAD_ADDRESS)
    return Rejected("telegram.400")
