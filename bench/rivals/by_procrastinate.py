"""A procrastinate job a message over PostgreSQL, twenty at a time (its default is one).

Arguments: PROVIDER (its address), TABLE (of messages, SQLite), MESSAGES, SERVER (the database of the jobs).
"""

import asyncio
import sys

from procrastinate import App, PsycopgConnector
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]  # no py.typed marker
from twilio.rest import Client  # type: ignore[import-untyped]  # the same

from bench.rivals import common

AT_ONCE = 20


async def main(provider: str, path: str, messages: int, server: str) -> None:
    """Put every message into a job, and work until the last is sent."""
    app, table = App(connector=PsycopgConnector(conninfo=server)), common.connected(path)
    http = AsyncTwilioHttpClient()
    client = Client(common.ACCOUNT, "secret", http_client=http)
    client.api.base_url = provider

    @app.task
    async def send(number: int) -> None:
        to, body = common.row_of(table, number)
        created = await client.messages.create_async(to=to, body=body, messaging_service_sid=common.SENDER)
        common.sent(table, number, created.sid)

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        with common.measured(path, messages):
            for number in range(messages):
                await send.defer_async(number=number)
            await app.run_worker_async(concurrency=AT_ONCE, wait=False, install_signal_handlers=False)
    await http.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
