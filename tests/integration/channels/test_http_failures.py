"""The wire when things go wrong: limits hold, nothing is asked twice, and what may have left is told from the rest."""

import asyncio
import socket
import threading
from datetime import timedelta
from time import monotonic

import pytest

from bot.channels.connection import MAX_BODY, MaybeSentError, NotSentError, WireError
from bot.channels.http import HttpWire
from bot.channels.routes import Limits
from tests.integration.channels.loopback import (
    OK,
    Asked,
    Manner,
    Writer,
    answering,
    closed_port,
    hanging,
    hanging_up,
    loopback,
    post,
    response,
    saying,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("manner", "code"),
    [
        (hanging, "http.timeout"),
        (hanging_up, "http.connection_lost"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", then_close=True), "http.connection_lost"),
        (saying(b"HTTP/1.1 200 OK\r\nConte", then_close=True), "http.connection_lost"),
        (saying(b"HTTP/1.1 100 Continue\r\n\r\n", then_close=True), "http.connection_lost"),
        (saying(CHUNKED + b"5\r\nhal", then_close=True), "http.connection_lost"),
        (saying(b"SSH-2.0-OpenSSH\r\n\r\n"), "http.garbled"),
        (saying(CHUNKED + b"zz\r\n"), "http.garbled"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", *[b"x"] * 9, pause=0.1), "http.timeout"),
    ],
    ids=[
        "hangs",
        "hangs up",
        "half a body",
        "half a head",
        "only a continue",
        "half a chunk",
        "not http",
        "bad chunk",
        "trickles past the limit",
    ],
)
async def test_no_whole_answer_means_that_it_may_have_left(quick: HttpWire, manner: Manner, code: str) -> None:
    async with loopback(manner) as server:
        begun = monotonic()
        with pytest.raises(MaybeSentError, match=code):
            await post(quick, server.base_url)
        assert monotonic() - begun < 2, "the limit holds"
        assert len(server.asked) == 1, "and it was asked once"


async def test_an_endless_answer_is_not_kept(wire: HttpWire) -> None:
    endless = saying(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65536] * (MAX_BODY // 65536 + 1))
    async with loopback(endless) as server:
        with pytest.raises(MaybeSentError, match=r"http\.too_long"):
            await post(wire, server.base_url)


async def test_a_failure_leaves_nothing_behind_for_the_next_request(quick: HttpWire) -> None:
    turns = iter([hanging, saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nh"), answering(200, b"fresh")])

    async def manner(asked: Asked, writer: Writer) -> None:
        await next(turns)(asked, writer)

    async with loopback(manner) as server:
        for _ in range(2):
            with pytest.raises(MaybeSentError, match=r"http\.timeout"):
                await post(quick, server.base_url)
        assert await post(quick, server.base_url) == (200, b"fresh")
        assert server.connections == 3


async def test_an_answer_to_no_question_is_never_the_answer_to_the_next(wire: HttpWire) -> None:
    turns = iter([saying(OK + response(200, b"stray")), answering(200, b"second")])

    async def manner(asked: Asked, writer: Writer) -> None:
        await next(turns)(asked, writer)

    async with loopback(manner) as server:
        assert await post(wire, server.base_url) == (200, b"ok")
        assert await post(wire, server.base_url) == (200, b"second")
        assert server.connections == 2


async def test_a_cancelled_request_does_not_give_its_connection_on(wire: HttpWire) -> None:
    async with loopback(saying(b"", OK, pause=0.05)) as server:
        cancelled = asyncio.create_task(post(wire, server.base_url))
        while not server.asked:  # noqa: ASYNC110  # bounded by pytest's timeout
            await asyncio.sleep(0.001)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        assert cancelled.cancelled()
        assert await post(wire, server.base_url) == (200, b"ok")
        assert server.connections == 2


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (lambda: f"http://127.0.0.1:{closed_port()}/", "http.unreachable"),
        (lambda: "ftp://127.0.0.1/", "http.unwritable"),
        (lambda: "http:///path", "http.unwritable"),
        (lambda: "http://127.0.0.1/two words", "http.unwritable"),
        (lambda: "http://127.0.0.1/caf\u00e9", "http.unwritable"),
        (lambda: "http://127.0.0.1/\r\nX: 1", "http.unwritable"),
    ],
    ids=["refused", "scheme", "no host", "blank", "accent", "line break"],
)
async def test_what_could_not_even_begin_never_left(quick: HttpWire, url: object, code: str) -> None:
    assert callable(url)
    with pytest.raises(NotSentError, match=code):
        await quick.exchange("POST", url(), headers={})


async def test_a_header_cannot_smuggle_another(wire: HttpWire) -> None:
    async with loopback(answering(200, "ok")) as server:
        for value in ("a\r\nX-Admin: 1", "a\nX-Admin: 1", "a\rX-Admin: 1"):
            with pytest.raises(NotSentError, match=r"http\.unwritable"):
                await wire.exchange("POST", server.base_url, headers={"X-Ours": value})
        assert server.asked == []


async def test_waiting_for_a_connection_counts_and_never_left() -> None:
    wire = HttpWire(Limits(total=timedelta(milliseconds=100), connections=1), proxies={})
    async with loopback(hanging) as server:
        first = asyncio.create_task(wire.exchange("GET", server.base_url, headers={}, total=1))
        while not server.asked:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.01)
        outcomes = await asyncio.gather(*(post(wire, server.base_url) for _ in range(2)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [NotSentError, NotSentError]
        with pytest.raises(MaybeSentError):
            await first
        assert len(server.asked) == 1
        await wire.aclose()


async def test_a_server_that_takes_no_connection_in_time_was_never_asked(quick: HttpWire) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        full = [socket.socket() for _ in range(4)]
        for crowd in full:
            crowd.setblocking(False)
            crowd.connect_ex(deaf.getsockname())
        with pytest.raises(NotSentError, match=r"http\.(connect_timeout|timeout)"):
            await post(quick, f"http://127.0.0.1:{deaf.getsockname()[1]}")
        for crowd in full:
            crowd.close()


async def test_the_limit_of_one_request_may_be_its_own(wire: HttpWire) -> None:
    async with loopback(hanging) as server:
        begun = monotonic()
        with pytest.raises(MaybeSentError):
            await wire.exchange("GET", server.base_url, headers={}, total=0.1)
        assert monotonic() - begun < 2


async def test_a_connection_the_server_has_left_is_not_written_to_even_before_the_loop_noticed(wire: HttpWire) -> None:
    leave, has_left = threading.Event(), threading.Event()

    def serve(listening: socket.socket) -> None:
        for _ in range(2):
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(OK)
                leave.wait(5)
            has_left.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, args=(listening,))
        server.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert await post(wire, url) == (200, b"ok")
        leave.set()
        assert has_left.wait(5), "and the loop has not run since"
        assert await post(wire, url) == (200, b"ok")
        server.join(5)


async def test_a_connection_idle_too_long_is_not_trusted() -> None:
    wire = HttpWire(Limits(idle=timedelta(milliseconds=20)), proxies={})
    async with loopback(answering(200, "ok")) as server:
        await post(wire, server.base_url)
        await asyncio.sleep(0.05)
        await post(wire, server.base_url)
        assert server.connections == 2
        await wire.aclose()


async def test_a_reset_after_the_request_may_have_left(quick: HttpWire) -> None:
    async def reset(_: Asked, writer: Writer) -> None:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with loopback(reset) as server:
        with pytest.raises(MaybeSentError, match=r"http\.connection_lost"):
            await post(quick, server.base_url)


async def test_closing_fails_what_is_in_flight_and_hangs_up(wire: HttpWire) -> None:
    async with loopback(hanging) as server:
        flying = asyncio.create_task(post(wire, server.base_url))
        while not server.asked:  # noqa: ASYNC110  # bounded by pytest's timeout
            await asyncio.sleep(0.001)
        await wire.aclose()
        with pytest.raises(MaybeSentError, match=r"http\.connection_lost"):
            await flying


async def test_no_failure_says_where_or_what(quick: HttpWire) -> None:
    async with loopback(hanging_up) as server:
        with pytest.raises(WireError) as failure:
            await quick.exchange("POST", f"{server.base_url}/bot42:SECRET/x", headers={}, body=b"To=%2B19075550100")
    shown = repr(failure.value) + str(failure.value.__cause__) + str(failure.value.__context__)
    assert "SECRET" not in shown
    assert "127.0.0.1" not in shown
    assert "5550100" not in shown
