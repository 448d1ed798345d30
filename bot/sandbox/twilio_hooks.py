"""How the sandbox calls the product's webhooks: signed, timed and repeated as Twilio does it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urldefrag
from uuid import uuid4

from aiohttp import ClientConnectorError, ClientError, ClientTimeout, ConnectionTimeoutError
from yarl import URL

from bot.sandbox.errands import Pace
from bot.sandbox.wire import Caller
from bot.web.signatures import SETTINGS_HEADER, SIGNATURE_HEADER, Algorithm, sign_form

IDEMPOTENCY: Final = "I-Twilio-Idempotency-Token"
BETWEEN_TRIES = timedelta(seconds=1)
# https://www.twilio.com/docs/api/errors/11200: the webhook did not answer as it should
NO_GOOD_ANSWER = 11200


@dataclass(frozen=True, slots=True)
class Signing:
    """With what webhooks are signed: the auth token and SHA-1, or a shared key (with its id) and SHA-256."""

    secret: str = field(repr=False)
    algorithm: Algorithm = Algorithm.SHA1
    key_id: str | None = None

    def headers(self, url: str, form: Mapping[str, str]) -> dict[str, str]:
        """Sign one request."""
        settings = {SETTINGS_HEADER: f"key={self.key_id},algorithm={self.algorithm}"} if self.key_id else {}
        return {SIGNATURE_HEADER: sign_form(self.secret, url, form.items(), self.algorithm), **settings}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """When Twilio gives up and tries again: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides.

    They travel in the URL's fragment, which is neither sent nor signed. `retry_on` holds "ct" (no connection), "rt"
    (no answer in time), "4xx" and "5xx".
    """

    connect: timedelta = timedelta(milliseconds=5_000)
    read: timedelta = timedelta(milliseconds=15_000)
    total: timedelta = timedelta(milliseconds=15_000)
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})


def overrides_in(fragment: str) -> Overrides:
    """Read connection overrides from a URL's fragment; what is missing has Twilio's default, numbers are clipped.

    Raises:
        ValueError: If a number is not one.
    """
    said = {key: values[-1] for key, values in parse_qs(fragment).items()}
    wishes = frozenset(said.get("rp", "ct").split(","))
    return Overrides(
        connect=_milliseconds(said.get("ct", "5000"), longest=10_000),
        read=_milliseconds(said.get("rt", "15000"), longest=15_000),
        total=_milliseconds(said.get("tt", "15000"), longest=15_000),
        retries=min(max(int(said.get("rc", "1")), 0), 5),
        retry_on=frozenset({"ct", "rt", "4xx", "5xx"}) if "all" in wishes else wishes,
    )


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What a webhook answered. `trouble` is None, or "ct", "rt", "4xx", "5xx"."""

    trouble: str | None
    content_type: str = ""
    body: str = field(default="", repr=False)


@dataclass(slots=True)
class TwilioHooks:
    """The outgoing side of Twilio. `alerts` is its debugger: an error code for every webhook that failed for good."""

    caller: Caller
    signing: Signing
    pace: Pace
    alerts: list[int] = field(default_factory=list)

    async def post(self, url: str, form: Mapping[str, str]) -> HookAnswer:
        """Call a webhook, again where the URL's overrides say so; all tries carry one idempotency token."""
        address, fragment = urldefrag(url)
        overrides = overrides_in(fragment)
        headers = {IDEMPOTENCY: str(uuid4()), **self.signing.headers(address, form)}
        answer = await self._try(address, form, headers, overrides)
        for _ in range(overrides.retries):
            if answer.trouble not in overrides.retry_on:
                break
            await self.pace.wait(BETWEEN_TRIES)
            answer = await self._try(address, form, headers, overrides)
        if answer.trouble:
            self.alerts.append(NO_GOOD_ANSWER)
        return answer

    async def _try(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str], overrides: Overrides
    ) -> HookAnswer:
        limits = ClientTimeout(
            total=overrides.total.total_seconds(),
            sock_connect=overrides.connect.total_seconds(),
            sock_read=overrides.read.total_seconds(),
        )
        try:
            # encoded: the bytes that were signed are the bytes that are sent
            async with self.caller.session.post(
                URL(url, encoded=True), data=form, headers=headers, timeout=limits, allow_redirects=False
            ) as response:
                trouble = f"{response.status // 100}xx" if response.status >= 400 else None  # noqa: PLR2004 - HTTP
                return HookAnswer(trouble, response.content_type, await response.text())
        except (ClientConnectorError, ConnectionTimeoutError):
            return HookAnswer("ct")
        except (TimeoutError, ClientError):
            return HookAnswer("rt")


def _milliseconds(number: str, *, longest: int) -> timedelta:
    return timedelta(milliseconds=min(max(int(number), 100), longest))
