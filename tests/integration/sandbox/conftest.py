"""What the sandbox's tests share: a running sandbox, the real clients, and a product that listens."""

from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web
from twilio.rest import Client  # type: ignore[import-untyped]  # without a py.typed marker

from bot.sandbox.server import Sandbox
from domain.clock import SteppedClock
from tests.integration.sandbox.stand import Product, Twilio, TwilioFor


@pytest.fixture
async def product() -> AsyncIterator[Product]:
    product = Product()
    app = web.Application()
    app.router.add_post("/{path:.*}", product.listen)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    product.url = f"http://{host}:{port}"
    yield product
    await runner.cleanup()


@pytest.fixture
async def sandbox(clock: SteppedClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock, pace=0) as sandbox:
        yield sandbox


@pytest.fixture
def twilio_for() -> Iterator[TwilioFor]:
    clients: list[Client] = []

    def build(sandbox: Sandbox) -> Twilio:
        client = Client(sandbox.identities.account_sid, sandbox.identities.auth_token)
        client.api.base_url = sandbox.url
        client.http_client.timeout = 2
        clients.append(client)
        return Twilio(client)

    yield build
    for client in clients:
        client.http_client.session.close()


@pytest.fixture
def twilio(sandbox: Sandbox, twilio_for: TwilioFor) -> Twilio:
    return twilio_for(sandbox)
