"""The real SDK over our wire against a real server: each outcome is the right one, and nobody gets another's."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from urllib.parse import urldefrag

import pytest

from bot.channels.http import HttpWire
from bot.channels.twilio import TwilioSms
from bot.channels.twilio_http import twilio_client
from domain.delivery import Address, ChannelName, Deferred, NotFound, OutgoingMessage, SendOutcome, Sent, Unknown
from tests.integration.channels.loopback import (
    Asked,
    Manner,
    Writer,
    answering,
    closed_port,
    hanging,
    hanging_up,
    loopback,
    response,
    saying,
)


def a_channel(wire: HttpWire, base_url: str) -> TwilioSms:
    client = twilio_client("AC" + "0" * 32, "token", wire, base_url=base_url)
    return TwilioSms(client, sender="MG" + "1" * 32, public_url="https://court.example")


def a_message(number: int = 1) -> OutgoingMessage:
    to = Address(ChannelName.SMS, f"+1907555{100 + number % 100:04}")
    return OutgoingMessage(id=number, to=to, text=f"Court at 9:30. ({number})")


def our_id(asked: Asked) -> str:
    """Return the delivery's id in the address that its receipts come to."""
    return urldefrag(asked.form["StatusCallback"]).url.partition("=")[2]


async def accepting(asked: Asked, writer: Writer) -> None:
    """Give each message the SID of its own words."""
    writer.write(response(201, {"sid": "SM" + our_id(asked), "status": "accepted"}))


async def test_a_thousand_at_once_each_get_their_own_sid(wire: HttpWire) -> None:
    chance = random.Random(11)  # noqa: S311  # no secret

    async def slowly(asked: Asked, writer: Writer) -> None:
        await asyncio.sleep(chance.random() / 50)
        await accepting(asked, writer)

    async with loopback(slowly) as server:
        channel = a_channel(wire, server.base_url)
        outcomes = await asyncio.gather(*(channel.send(a_message(number)) for number in range(1000)))

    assert outcomes == [Sent(f"SM{number}") for number in range(1000)]
    assert max(Counter(asked.form["Body"] for asked in server.asked).values()) == 1


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (accepting, Sent("SM1")),
        (hanging, Unknown("http.timeout")),
        (hanging_up, Unknown("http.connection_lost")),
        (answering(500, {"code": 20500}), Unknown("twilio.20500")),
        (
            answering(429, {"code": 20429}, Retry_After="7"),
            Deferred("twilio.20429", timedelta(seconds=7), lane_wide=True),
        ),
        (
            saying(b'HTTP/1.1 201 X\r\nContent-Length: 90\r\n\r\n{"sid": "SM', then_close=True),
            Unknown("http.connection_lost"),
        ),
        (saying(b"HTTP/1.1 201 X\r\nContent-Length: 9\r\n\r\n", *[b"{"] * 9, pause=0.1), Unknown("http.timeout")),
    ],
    ids=["accepts", "hangs", "hangs up", "fails after accepting", "is too busy", "breaks off", "trickles"],
)
async def test_each_way_a_server_can_behave_has_its_outcome(
    quick: HttpWire, manner: Manner, expected: SendOutcome
) -> None:
    async with loopback(manner) as server:
        assert await a_channel(quick, server.base_url).send(a_message()) == expected
        assert len(server.asked) == 1, "asked once, whatever came"


async def test_a_server_that_is_down_was_not_told() -> None:
    wire = HttpWire(proxies={})
    channel = a_channel(wire, f"http://127.0.0.1:{closed_port()}")
    assert await channel.send(a_message()) == Deferred("http.unreachable")
    await wire.aclose()


async def test_many_unlucky_ones_among_lucky_ones_keep_their_outcomes_apart(wire: HttpWire) -> None:
    async def by_number(asked: Asked, writer: Writer) -> None:
        number = int(our_id(asked))
        match number % 4:
            case 0:
                await accepting(asked, writer)
            case 1:
                writer.write(response(429, {"code": 20429}, Retry_After=str(number)))
            case 2:
                writer.write(response(503, {}))
            case _:
                writer.close()

    async with loopback(by_number) as server:
        channel = a_channel(wire, server.base_url)
        outcomes = await asyncio.gather(*(channel.send(a_message(number)) for number in range(200)))

    for number, outcome in enumerate(outcomes):
        assert (
            outcome
            == (
                Sent(f"SM{number}"),
                Deferred("twilio.20429", timedelta(seconds=number), lane_wide=True),
                Unknown("twilio.503"),
                Unknown("http.connection_lost"),
            )[number % 4]
        )


async def test_a_lost_message_is_looked_up_where_it_left(wire: HttpWire) -> None:
    kept: list[dict[str, object]] = []

    async def accept_and_vanish(asked: Asked, writer: Writer) -> None:
        if asked.line.startswith("POST"):
            kept.append({"sid": "SM9", "body": asked.form["Body"], "direction": "outbound-api", "date_sent": None})
            writer.close()
        else:
            writer.write(response(200, {"messages": kept, "next_page_uri": None}))

    async with loopback(accept_and_vanish) as server:
        channel = a_channel(wire, server.base_url)
        assert await channel.send(a_message(1)) == Unknown("http.connection_lost")
        assert await channel.find(a_message(1)) == Sent("SM9")
        assert await channel.find(a_message(2)) == NotFound()


async def test_nothing_is_logged_of_what_is_sent(wire: HttpWire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    async with loopback(accepting) as server:
        await a_channel(wire, server.base_url).send(a_message())
    assert "555" not in caplog.text
    assert "9:30" not in caplog.text
