"""aiogram's session over our wire: JSON in place of forms, orjson, and failures that say whether a request left."""

from abc import abstractmethod
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any, cast

import orjson
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType

from bot.channels.connection import Answer, WireError
from bot.channels.http import Wire

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
SESSION_TIMEOUT = 20.0  # seconds; polling adds its own wait to it
_READY = frozenset({str, int, bool})
"""What goes into JSON as it is; aiogram asks eight times whether it is anything else."""


class Terse(TelegramMethod[TelegramType]):
    """A method that is called by the hundred thousand, and reads its own results.

    Of every answer aiogram makes two models, to find that all went well. Whatever else Telegram says is read by it.
    """

    @staticmethod
    @abstractmethod
    def read(result: object) -> TelegramType | None:
        """Return what is to be known of a result; None where it is not as expected, so that aiogram looks at it."""


class LeanSession(BaseSession):
    """A session that keeps no connection of its own: closing the wire is its maker's business.

    It sends no files, and fetches none: court notices have none, and of what people send us we keep none.
    """

    def __init__(self, wire: Wire, *, base_url: str | None = None) -> None:
        api = TelegramAPIServer.from_base(base_url) if base_url else PRODUCTION
        super().__init__(api=api, json_loads=orjson.loads, json_dumps=_dumps, timeout=SESSION_TIMEOUT)
        self._wire = wire

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109  # aiogram's signature
    ) -> TelegramType:
        """Ask once. A TelegramNetworkError's cause is the WireError, which says whether anything left."""
        try:
            answer = await self._wire.exchange(
                "POST",
                self.api.api_url(token=bot.token, method=method.__api_method__),
                headers=_HEADERS,
                body=orjson.dumps(self._asked(bot, method)),
                total=self.timeout if timeout is None else timeout,
            )
        except WireError as error:
            raise TelegramNetworkError(method=method, message=error.code) from error
        if isinstance(method, Terse) and (told := method.read(_result(answer))) is not None:
            return cast("TelegramType", told)
        text = answer.body.decode("utf-8", "replace")
        try:
            response = self.check_response(bot, method, answer.status, text)
        except (TypeError, ValueError) as error:  # aiogram trips over words that it expects; the request has left
            raise ClientDecodeError("an answer that nobody understands", error, text) from error
        return cast("TelegramType", response.result)

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109  # aiogram's signature
        chunk_size: int = 65536,
        raise_for_status: bool = True,  # noqa: FBT001, FBT002  # the same
    ) -> AsyncGenerator[bytes, None]:
        """Refuse: of what people send us we keep no files."""
        del url, headers, timeout, chunk_size, raise_for_status
        raise TypeError("this session fetches no files")
        yield b""

    async def close(self) -> None:
        """Do nothing: the wire is closed by who made it."""

    def _asked(self, bot: Bot, method: TelegramMethod[Any]) -> dict[str, object]:
        files: dict[str, Any] = {}
        asked: dict[str, object] = {}
        for name, value in method.__dict__.items():
            ready = value if type(value) in _READY else self.prepare_value(value, bot, files, _dumps_json=False)
            if ready is not None:
                asked[name] = ready
        if files:
            raise TypeError("this session sends no files")
        return asked


def _result(answer: Answer) -> object:
    """Return what Telegram calls the result of a success; None of anything else."""
    if answer.status != HTTPStatus.OK:
        return None
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return said.get("result") if isinstance(said, dict) and said.get("ok") is True else None


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()
