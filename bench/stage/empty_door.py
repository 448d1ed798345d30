"""The measure of webhooks: a FastAPI handler that checks Twilio's signature and does nothing else, on a free port."""

import asyncio
import sys

import uvicorn
from fastapi import FastAPI, Request, Response

from bench.stage.installation import TOKEN
from bench.stage.street import PUBLIC_URL
from bot.arrivals import form_pairs
from bot.channels.twilio_webhooks import INBOUND_PATH
from bot.web.signatures import TwilioSignature

app = FastAPI()
gate = TwilioSignature([TOKEN], PUBLIC_URL)


@app.post(INBOUND_PATH)
async def inbound(request: Request) -> Response:
    """Look at the signature."""
    body = (await request.body()).decode()
    signed = gate.accepts(path=INBOUND_PATH, query="", params=form_pairs(body), headers=request.headers)
    return Response(status_code=200 if signed else 403)


async def main() -> None:
    """Serve until the parent hangs up."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    uvloop = uvicorn.Config(app).get_loop_factory()
    with asyncio.Runner(loop_factory=uvloop) as runner:
        runner.run(main())
