"""The wire over real connections: each gets its own answer, however it is cut, over connections that are kept."""

import asyncio
import random

import pytest

from bot.channels.http import HttpWire
from bot.channels.routes import Limits
from tests.integration.channels.loopback import OK, Asked, Writer, answering, loopback, post, response, saying


async def test_a_request_arrives_as_it_was_meant_and_its_answer_comes_back(wire: HttpWire) -> None:
    async with loopback(answering(201, {"sid": "SM1"}, Retry_After="7")) as server:
        answer = await wire.exchange("POST", f"{server.base_url}/x?y=%20", headers={"X-Ours": "1"}, body=b"a=1")

        assert (answer.status, answer.body, answer.headers["retry-after"]) == (201, b'{"sid":"SM1"}', "7")
        [asked] = server.asked
        assert asked.line == "POST /x?y=%20 HTTP/1.1"
        assert asked.body == b"a=1"
        assert asked.headers == {
            "host": server.base_url.removeprefix("http://"),
            "content-length": "3",
            "x-ours": "1",
        }


async def test_a_connection_is_used_again(wire: HttpWire) -> None:
    async with loopback(answering(200, "ok")) as server:
        for _ in range(5):
            await post(wire, server.base_url)
        assert server.connections == 1


async def test_never_more_connections_than_allowed_and_everybody_gets_a_turn() -> None:
    wire = HttpWire(Limits(connections=3), proxies={})
    async with loopback(saying(OK, pause=0.005)) as server:
        answers = await asyncio.gather(*(post(wire, server.base_url) for _ in range(30)))
        assert answers == [(200, b"ok")] * 30
        assert server.connections == 3
        await wire.aclose()


async def test_a_thousand_at_once_each_get_their_own_answer(wire: HttpWire) -> None:
    chance = random.Random(7)  # noqa: S311  # no secret

    async def echo(asked: Asked, writer: Writer) -> None:
        await asyncio.sleep(chance.random() / 50)
        writer.write(response(200, asked.body))

    async with loopback(echo) as server:
        bodies = [str(number).encode() for number in range(1000)]
        answers = await asyncio.gather(*(post(wire, server.base_url, body) for body in bodies))
        assert [body for _, body in answers] == bodies
        assert server.connections <= 100


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ((OK,), b"ok"),
        ((b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 2\r\n\r\no", b"k"), b"ok"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n", b"1\r\nk\r\n0\r\n\r\n"), b"ok"),
        ((b"HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n", OK), b"ok"),
        ((b"HTTP/1.1 100 Continue\r\n\r\n" + OK,), b"ok"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",), b""),
    ],
    ids=["whole", "in pieces", "chunked", "hints first", "continue first", "empty"],
)
async def test_an_answer_is_read_however_it_is_cut(wire: HttpWire, pieces: tuple[bytes, ...], body: bytes) -> None:
    async with loopback(saying(*pieces, pause=0.01)) as server:
        assert await post(wire, server.base_url) == (200, body)
        assert await post(wire, server.base_url) == (200, body)
        assert server.connections == 1


async def test_a_body_without_a_length_ends_with_the_connection(wire: HttpWire) -> None:
    async with loopback(saying(b"HTTP/1.1 200 OK\r\n\r\nall of ", b"it", then_close=True)) as server:
        assert await post(wire, server.base_url) == (200, b"all of it")
        assert await post(wire, server.base_url) == (200, b"all of it")
        assert server.connections == 2


async def test_a_server_that_says_close_is_asked_on_a_new_connection(wire: HttpWire) -> None:
    async with loopback(answering(200, "ok", Connection="close")) as server:
        await post(wire, server.base_url)
        await post(wire, server.base_url)
        assert server.connections == 2
