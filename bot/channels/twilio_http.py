"""Our HTTP client as twilio's SDK wants it (`http_client=`), and what the SDK does not tell of an answer."""

import logging
import re
from base64 import b64encode
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlencode

import orjson
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]  # annotated, but without a py.typed marker
from twilio.http.response import Response  # type: ignore[import-untyped]  # the same
from twilio.rest import Client  # type: ignore[import-untyped]  # the same

from bot.channels.http import Wire

_IS_PLAIN = re.compile(r"[A-Za-z0-9_.~ -]*").fullmatch
LONGEST_PAUSE = timedelta(hours=1)  # a Retry-After beyond it is taken for a mistake of the server

last_status: ContextVar[int | None] = ContextVar("last_status", default=None)
"""Of the newest answer of the present task, so never another message's; None when none came."""


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]  # untyped base
    """Carries twilio's requests over a wire. It keeps nothing of a request on itself, and logs nothing."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._wire = wire

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the SDK's signature
        allow_redirects: bool = False,  # noqa: FBT001, FBT002, ARG002  # the same; none is ever followed
    ) -> Response:
        """Ask once; see `Wire.exchange` for what it raises."""
        last_status.set(None)
        sent_headers = dict(headers or {})
        if auth is not None:
            sent_headers["Authorization"] = _basic(*auth)
        answer = await self._wire.exchange(
            method.upper(),
            f"{uri}?{urlencode(params, doseq=True)}" if params else uri,
            headers=sent_headers,
            body=_body(data, sent_headers.get("Content-Type", "")) if data else b"",
            total=timeout,
        )
        last_status.set(answer.status)
        return Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)


def twilio_client(account_sid: str, auth_token: str, wire: Wire, *, base_url: str | None = None) -> Client:
    """Return the SDK's client over `wire`, asking `base_url` in place of https://api.twilio.com when it is given.

    The environment is kept from it: TWILIO_EDGE and TWILIO_REGION would rewrite the host behind our settings' back.
    """
    client = Client(account_sid, auth_token, http_client=TwilioHttp(wire), environment={"": ""})
    if base_url:
        client.api.base_url = base_url.rstrip("/")
    return client


def form_encoded(form: Mapping[str, object]) -> str:
    """Return a form that reads as `urllib.parse.urlencode(form, doseq=True)` does, in a tenth of its time.

    A value that holds more than plain letters and blanks is percent-encoded whole: longer, but read the same.

    Raises:
        UnicodeEncodeError: If a value is no Unicode.
    """
    pairs: list[tuple[str, object]] = []
    for name, value in form.items():
        pairs += [(name, each) for each in value] if isinstance(value, (list, tuple)) else [(name, value)]
    return "&".join([f"{_quoted(name)}={_quoted(str(value))}" for name, value in pairs])


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long an answer asks us to wait, by its headers in lower case."""
    value = headers.get("retry-after", "").strip()
    if not value.isascii() or not value.isdigit():
        return None  # Twilio gives seconds; a date would have to be read by somebody's clock
    return min(timedelta(seconds=int(value[:9])), LONGEST_PAUSE)


def _quoted(text: str) -> str:
    return text.replace(" ", "+") if _IS_PLAIN(text) else "%" + text.encode().hex("%").upper()


@lru_cache(maxsize=8)
def _basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")


def _body(form: Mapping[str, object], content_type: str) -> bytes:
    if "json" in content_type:
        return orjson.dumps(form)
    return form_encoded(form).encode("ascii")
