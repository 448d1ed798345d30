"""Through a proxy the wire keeps the same promises, and loopback is never asked for by one."""

import pytest

from bot.channels.connection import MaybeSentError, NotSentError, WireError
from bot.channels.http import HttpWire
from tests.integration.channels.loopback import (
    QUICK,
    Manner,
    answering,
    closed_port,
    hanging,
    hanging_up,
    loopback,
    post,
    saying,
)


async def test_a_proxy_is_asked_and_loopback_is_not(wire: HttpWire) -> None:
    async with loopback(answering(200, b"by proxy")) as proxy, loopback(answering(200, b"direct")) as server:
        proxied = HttpWire(proxies={"http": proxy.base_url, "no": "inside.example"})
        outside = await proxied.exchange("POST", "http://provider.example/x?y=1", headers={"A": "b"}, body=b"a=1")
        inside = await proxied.exchange("POST", f"{server.base_url}/x", headers={})
        await proxied.aclose()

        assert (outside.body, inside.body) == (b"by proxy", b"direct")
        [asked] = proxy.asked
        assert asked.line == "POST http://provider.example/x?y=1 HTTP/1.1"
        assert (asked.body, asked.headers["a"]) == (b"a=1", "b")


@pytest.mark.parametrize(
    ("manner", "failure", "code"),
    [
        (hanging, MaybeSentError, "http.timeout"),
        (hanging_up, MaybeSentError, "http.connection_lost"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", then_close=True), MaybeSentError, "http.conn"),
        (saying(b"SSH-2.0-OpenSSH\r\n\r\n"), MaybeSentError, "http.connection_lost"),
    ],
    ids=["hangs", "hangs up", "half a body", "not http"],
)
async def test_through_a_proxy_the_same_is_known_of_what_left(
    manner: Manner, failure: type[WireError], code: str
) -> None:
    async with loopback(manner) as proxy:
        wire = HttpWire(QUICK, proxies={"http": proxy.base_url})
        with pytest.raises(failure, match=code):
            await post(wire, "http://provider.example")
        await wire.aclose()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_behind_a_proxy_that_is_down_or_refuses_nothing_left(scheme: str) -> None:
    async with loopback(answering(403, "no")) as refusing:
        addresses = [f"http://127.0.0.1:{closed_port()}"] + [refusing.base_url] * (scheme == "https")
        for address in addresses:
            wire = HttpWire(QUICK, proxies={scheme: address})
            with pytest.raises(NotSentError, match=r"http\.proxy"):
                await post(wire, f"{scheme}://provider.example")
            await wire.aclose()
