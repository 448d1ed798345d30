"""The measure of sending: what was sent, posted again by a bare aiohttp loop (arguments: URL PROVIDER CHANNEL LOOP).

LOOP is "plain" for what `asyncio.run` gives, "tuned" for the event loop and garbage collector that Usher runs on.
"""

import asyncio
import json
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import aiohttp
from sqlalchemy import Connection, select

from bench.stage.machines import opened, wait_for_go
from bench.stage.street import ACCOUNT, BOT_TOKEN, PUBLIC_URL, SENDER
from bot.channels.twilio_webhooks import status_callback
from bot.event_loop import run_long
from domain.delivery import ChannelName
from storage import deliveries
from storage.database import vault_of
from storage.endpoints import ADDRESS
from storage.schema import delivery, endpoint

AT_ONCE = 200
CONNECTIONS = 100
Post: TypeAlias = Callable[[dict[str, Any]], Coroutine[Any, Any, object]]


async def main(url: str, provider: str, channel: ChannelName) -> None:
    """Post every message that Usher has sent, as fast as a bare loop can."""
    with opened(url) as database:
        sent = database.read_now(_sent)
    messages = [_as_json(*one) if channel is ChannelName.TELEGRAM else _as_form(*one) for one in sent]
    headers = {"Authorization": "Basic " + b64encode(f"{ACCOUNT}:secret".encode()).decode()}
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        post = _json_poster(session, provider) if channel is ChannelName.TELEGRAM else _poster(session, provider)
        wait_for_go()
        began, cpu = time.perf_counter(), time.process_time()
        for start in range(0, len(messages), AT_ONCE):
            await asyncio.gather(*(post(message) for message in messages[start : start + AT_ONCE]))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(json.dumps({"seconds": took, "cpu": cpu, "messages": len(messages)}), flush=True)


def _poster(session: aiohttp.ClientSession, provider: str) -> Post:
    target = f"{provider}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    async def post(form: dict[str, Any]) -> object:
        async with session.post(target, data=form) as answer:
            return (await answer.json())["sid"]

    return post


def _json_poster(session: aiohttp.ClientSession, provider: str) -> Post:
    target = f"{provider}/bot{BOT_TOKEN}/sendMessage"

    async def post(message: dict[str, Any]) -> object:
        async with session.post(target, json=message) as answer:
            return (await answer.json())["result"]["message_id"]

    return post


def _sent(connection: Connection) -> list[tuple[int, str, str]]:
    query = select(delivery.c.id, endpoint.c.address, delivery.c.text).join(endpoint)
    keys = vault_of(connection)
    return [
        (row.id, keys.open(row.address, ADDRESS), keys.open(row.text, deliveries.TEXT))
        for row in connection.execute(query.order_by(delivery.c.id))
    ]


def _as_form(number: int, to: str, text: str) -> dict[str, Any]:
    callback = status_callback(PUBLIC_URL, number)
    return {"To": to, "MessagingServiceSid": SENDER, "Body": text, "StatusCallback": callback, "ValidityPeriod": 36000}


def _as_json(_: int, to: str, text: str) -> dict[str, Any]:
    preview = {"is_disabled": True}
    return {"chat_id": int(to), "text": text, "link_preview_options": preview, "protect_content": False}


if __name__ == "__main__":
    (run_long if sys.argv[4] == "tuned" else asyncio.run)(main(sys.argv[1], sys.argv[2], ChannelName(sys.argv[3])))
