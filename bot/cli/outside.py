"""The world outside as it looks from here: do the providers answer, can they call us, is our clock right."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import MappingProxyType

import aiohttp

from bot.settings import Settings

PATIENCE = aiohttp.ClientTimeout(total=10)
CLOCK_TOLERANCE = timedelta(seconds=60)
REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing; without `advice` it is well."""

    name: str
    says: str
    advice: str | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing needs to be done."""
        return self.advice is None


@dataclass(frozen=True, slots=True)
class Reached:
    """What a provider answered; `their_date` is the clock of its answer (aware, UTC), None when it gave none."""

    finding: Finding
    their_date: datetime | None = None


async def reach_twilio(settings: Settings) -> Reached:
    """Ask Twilio for our account: is it reachable, do the credentials hold, is the account active?"""
    if settings.twilio_account_sid is None or settings.twilio_auth_token is None:
        return Reached(Finding("twilio", "not set: no SMS will be sent"))
    sid, base = settings.twilio_account_sid, str(settings.twilio_api_base_url).rstrip("/")
    credentials = aiohttp.encode_basic_auth(sid, settings.twilio_auth_token.get_secret_value())
    return await _ask(
        "twilio", f"{base}/2010-04-01/Accounts/{sid}.json", "USHER_TWILIO_*", {"Authorization": credentials}
    )


async def reach_telegram(settings: Settings) -> Reached:
    """Ask Telegram who our bot is."""
    if settings.telegram_token is None:
        return Reached(Finding("telegram", "not set: no Telegram message will be sent"))
    base = str(settings.telegram_api_base_url).rstrip("/")
    url = f"{base}/bot{settings.telegram_token.get_secret_value()}/getMe"
    return await _ask("telegram", url, "USHER_TELEGRAM_TOKEN")


def judge_public_url(settings: Settings) -> Finding:
    """Say whether the address that providers call can be one they reach. It is not called."""
    url = settings.public_url
    if url is None:
        return Finding("public URL", "not set: nothing calls us (Telegram is asked, Twilio is not used)")
    if not _is_public(url.host or ""):
        return Finding(
            "public URL",
            f"{url.host} is not reachable from outside",
            "set USHER_PUBLIC_URL to the address of your proxy",
        )
    if url.scheme != "https":
        return Finding(
            "public URL", "is not https: what people write would travel open", "put a proxy with TLS before Usher"
        )
    return Finding("public URL", f"{url} looks right")


def judge_clock(ours: datetime, theirs: list[datetime]) -> Finding:
    """Compare our clock with those of the providers' answers; all instants aware and in UTC."""
    if not theirs:
        return Finding("clock", "no provider to compare with")
    skew = max((abs(ours - their) for their in theirs), default=timedelta(0))
    if skew > CLOCK_TOLERANCE:
        return Finding("clock", f"is {skew.total_seconds():.0f} s off", "turn on time synchronisation (NTP)")
    return Finding("clock", f"within {CLOCK_TOLERANCE.total_seconds():.0f} s of the providers'")


async def _ask(name: str, url: str, setting: str, headers: Mapping[str, str] = MappingProxyType({})) -> Reached:
    """Ask once. Of what goes wrong only the kind is told: the address may hold a secret."""
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            status, date = answer.status, _date(answer.headers.get("Date"))
    except (TimeoutError, aiohttp.ClientError) as error:
        return Reached(
            Finding(name, f"no answer ({type(error).__name__})", "look at the network, then at *_API_BASE_URL")
        )
    if status in REFUSED:
        return Reached(Finding(name, f"answers {status}: it does not know us", f"look at {setting}"), date)
    if status != HTTPStatus.OK:
        return Reached(
            Finding(name, f"answers {status}", "wait and run this again; see the provider's status page"), date
        )
    return Reached(Finding(name, "answers, and knows us"), date)


def _date(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header).astimezone(UTC) if header else None
    except ValueError:
        return None


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))
