"""Telegram's Bot API as far as a messenger needs it, with Telegram's own words for what it refuses."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hmac import compare_digest

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.faults import Refusal
from bot.sandbox.telegram_bot import TelegramBot
from bot.sandbox.telegram_messages import TelegramMessages
from bot.sandbox.telegram_text import bad_request
from bot.sandbox.telegram_webhook import TelegramWebhook
from bot.sandbox.wire import Lines, answer

_Parameters = Mapping[str, str]
_Result = Refusal | dict[str, object] | list[dict[str, object]] | list[object] | bool
_Method = Callable[[_Parameters], Awaitable[_Result]]
CONFLICT_WEBHOOK = Refusal(
    409,
    409,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
)
CONFLICT_POLL = Refusal(
    409,
    409,
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
)
UNAUTHORIZED = Refusal(401, 401, "Unauthorized")
NO_METHOD = Refusal(404, 404, "Not Found: method not found")
SERVER_ERROR = Refusal(500, 500, "Internal Server Error: restart")
MOST_COMMANDS = 100


@dataclass(slots=True)
class TelegramApi:
    """Answers for one bot. Methods are called as on api.telegram.org: any case, any encoding of parameters."""

    bot: TelegramBot
    messages: TelegramMessages
    webhook: TelegramWebhook
    lines: Lines
    _methods: dict[str, _Method] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Draw up the table of methods."""
        self._methods = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "editmessagetext": self.messages.edit,
            "answercallbackquery": self.messages.answer_tap,
            "setwebhook": self.webhook.set,
            "deletewebhook": self.webhook.delete,
            "getwebhookinfo": self.webhook.show,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
        }

    def routes(self) -> list[Route]:
        """Return the one path of the Bot API."""
        return [Route("/bot{token}/{method}", self.call, methods=["GET", "POST"])]

    async def call(self, request: Request) -> Response:
        """Run one method; a message is answered as its fault wants."""
        if not compare_digest(request.path_params["token"].encode(), self.bot.token.encode()):
            return replied(UNAUTHORIZED)
        name = request.path_params["method"].lower()
        try:
            parameters = await _parameters(request)
            if name == "sendmessage":
                return await self._send(request, parameters)
            method = self._methods.get(name)
            return replied(await method(parameters) if method else NO_METHOD)
        except ValueError:
            return replied(bad_request("can't parse parameters"))

    async def _send(self, request: Request, parameters: _Parameters) -> Response:
        fault = self.messages.fault_of(parameters)
        result: _Result = True
        if fault.refusal or fault.accepts:
            result = fault.refusal or await self.messages.send(parameters, fault)
        if isinstance(result, Refusal):
            return replied(result)
        return await answer(
            request, fault, good=replied(result), bad=replied(SERVER_ERROR), lines=self.lines, pace=self.bot.pace
        )

    async def _get_me(self, _: _Parameters) -> _Result:
        return {
            **self.bot.user,
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _get_updates(self, parameters: _Parameters) -> _Result:
        if self.bot.webhook:
            return CONFLICT_WEBHOOK
        if "allowed_updates" in parameters:
            self.bot.allowed = frozenset(orjson.loads(parameters["allowed_updates"])) or None
        updates = await self.bot.poll(
            offset=int(parameters.get("offset", 0)),
            limit=int(parameters.get("limit", 100)),
            within=timedelta(seconds=int(parameters.get("timeout", 0))),
        )
        return CONFLICT_POLL if updates is None else [update.body for update in updates]

    async def _set_commands(self, parameters: _Parameters) -> _Result:
        commands = orjson.loads(parameters.get("commands", "[]"))
        if len(commands) > MOST_COMMANDS:
            return bad_request("too many commands specified")
        self.bot.commands[parameters.get("language_code", "")] = commands
        return True

    async def _get_commands(self, parameters: _Parameters) -> _Result:
        return self.bot.commands.get(parameters.get("language_code", ""), [])


def replied(result: _Result) -> Response:
    """Put a result or a refusal the way Telegram does."""
    if not isinstance(result, Refusal):
        return JSONResponse({"ok": True, "result": result})
    wait = {"parameters": {"retry_after": result.retry_after}} if result.retry_after is not None else {}
    return JSONResponse(
        {"ok": False, "error_code": result.status, "description": result.message, **wait},
        status_code=result.status,
    )


async def _parameters(request: Request) -> dict[str, str]:
    found = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        sent = orjson.loads(await request.body() or b"{}")
        found |= {key: value if isinstance(value, str) else orjson.dumps(value).decode() for key, value in sent.items()}
    else:
        found |= {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    return found
