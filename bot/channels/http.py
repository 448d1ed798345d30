"""Our HTTP client for providers: pooled, bounded in time, and sure whether a request left. Both SDKs run over it."""

import re
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import (  # type: ignore[attr-defined]  # typeshed leaves the second out; requests calls it too
    getproxies,
    proxy_bypass_environment,
)

from bot.channels.connection import Answer, NotSentError
from bot.channels.routes import PORTS, DirectRoute, Limits, Origin, ProxiedRoute, Request, Route

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_WRITABLE = re.compile(r"/[!-~]*")  # a request target: printable ASCII without spaces


class Wire(Protocol):
    """What the SDKs are run over: `HttpWire`, or a fake at this seam."""

    async def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", total: float | None = None
    ) -> Answer:
        """Ask once; see `HttpWire.exchange`."""


class HttpWire:
    """Asks servers, many at a time, over connections that are kept.

    It asks once: it never repeats a request, follows no redirect, keeps no cookie and writes no log. One wire
    belongs to one event loop and is closed by whoever made it; connections are only made when they are needed.

    Args:
        limits: Time limits, and how many connections.
        proxies: Proxy URLs by scheme, as `urllib.request.getproxies` gives them; None reads the environment.
            Servers on loopback are always asked directly.
        tls: Whom to trust; None trusts what the system trusts.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        proxies: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._total = self._limits.total.total_seconds()
        self._proxies = dict(getproxies() if proxies is None else proxies)
        self._tls = tls
        self._routes: dict[Origin, Route] = {}

    async def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", total: float | None = None
    ) -> Answer:
        """Ask once, within `total` seconds (None: the wire's own limit), and return whatever status comes.

        Raises:
            NotSentError: Nothing left; `http.unwritable` if the URL or a header cannot be written as HTTP.
            MaybeSentError: It left, and no whole answer came.
        """
        origin, target = split_url(url)
        route = self._routes.get(origin) or self._open(origin)
        request = Request(method, target, headers, body)
        return await route.exchange(request, total=self._total if total is None else total)

    async def aclose(self) -> None:
        """Close every connection; what is in flight fails with MaybeSentError."""
        routes, self._routes = self._routes, {}
        for route in routes.values():
            await route.aclose()

    def _open(self, origin: Origin) -> Route:
        proxy = self._proxies.get(origin.scheme)
        if proxy and not self._is_direct(origin):
            self._routes[origin] = ProxiedRoute(origin, self._limits, self._tls, proxy=proxy)
        else:
            self._routes[origin] = DirectRoute(origin, self._limits, self._trust(origin))
        return self._routes[origin]

    def _is_direct(self, origin: Origin) -> bool:
        return origin.host in LOOPBACK or bool(proxy_bypass_environment(f"{origin.host}:{origin.port}", self._proxies))

    def _trust(self, origin: Origin) -> ssl.SSLContext | None:
        if origin.scheme == "http":
            return None
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls


@lru_cache(maxsize=64)
def split_url(url: str) -> tuple[Origin, str]:
    """Return where to ask and what for; raises NotSentError for what is no http or https URL, percent-encoded."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme not in PORTS or not parts.hostname or not _WRITABLE.fullmatch(target):
        raise NotSentError("http.unwritable")
    return Origin(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme]), target
