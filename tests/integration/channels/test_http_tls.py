"""The wire over TLS: whoever nobody vouches for is told nothing."""

import ssl

import pytest

from bot.channels.connection import NotSentError
from bot.channels.http import HttpWire
from tests.integration.channels.certificates import certificate_for
from tests.integration.channels.loopback import QUICK, answering, hanging, loopback, post


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for localhost, and somebody who trusts it."""
    certificate, key = certificate_for("localhost", tmp_path_factory.mktemp("tls"))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


async def test_tls_is_spoken_and_kept(authority: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server_side, trusting = authority
    wire = HttpWire(proxies={}, tls=trusting)
    async with loopback(answering(200, "ok"), tls=server_side) as server:
        for _ in range(3):
            assert await post(wire, server.base_url) == (200, b'"ok"')
        assert server.connections == 1
        await wire.aclose()


async def test_a_server_nobody_vouches_for_is_told_nothing(
    quick: HttpWire, authority: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    async with loopback(answering(200, "ok"), tls=authority[0]) as server:
        with pytest.raises(NotSentError, match=r"http\.tls"):
            await post(quick, server.base_url)
        assert server.asked == []


async def test_a_server_with_another_name_on_its_certificate_is_told_nothing(
    authority: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    wire = HttpWire(QUICK, proxies={}, tls=authority[1])
    async with loopback(answering(200, "ok"), tls=authority[0]) as server:
        with pytest.raises(NotSentError, match=r"http\.tls"):
            await post(wire, server.base_url.replace("localhost", "127.0.0.1"))
        assert server.asked == []
        await wire.aclose()


async def test_a_server_that_hangs_in_the_handshake_was_told_nothing(
    authority: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    wire = HttpWire(QUICK, proxies={}, tls=authority[1])
    async with loopback(hanging) as plain:
        with pytest.raises(NotSentError, match=r"http\.connect_timeout"):
            await post(wire, plain.base_url.replace("http://127.0.0.1", "https://localhost"))
        await wire.aclose()
