"""The front door: a posted webhook goes straight to its hook, everything else to the framework."""

from collections.abc import Mapping

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from bot.web.front import Front

HOOK = "/hooks/twilio/inbound"


async def hook(_: Request) -> Response:
    """A webhook."""
    return PlainTextResponse("hook")


async def framework(scope: Scope, receive: Receive, send: Send) -> None:
    """What takes all the rest."""
    if scope["type"] == "http":
        await PlainTextResponse("framework")(scope, receive, send)
    else:
        await send({"type": f"{scope['type']}.taken"})


async def answered_by(scope: Mapping[str, object]) -> str:
    """Who answers a request: the body, or the type of what came back first."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    front = Front(framework, [Route(HOOK, hook, methods=["POST"])])
    await front({"headers": [], "query_string": b"", "root_path": "", **scope}, receive, send)
    return b"".join(one.get("body", b"") for one in said).decode() or str(said[0]["type"])


@pytest.mark.parametrize(
    ("method", "path", "who"),
    [
        ("POST", HOOK, "hook"),
        ("GET", HOOK, "framework"),
        ("HEAD", HOOK, "framework"),
        ("PUT", HOOK, "framework"),
        ("POST", f"{HOOK}/", "framework"),
        ("POST", f"/prefix{HOOK}", "framework"),
        ("POST", HOOK.upper(), "framework"),
        ("POST", "/healthz", "framework"),
        ("GET", "/healthz", "framework"),
    ],
)
async def test_only_a_post_to_its_very_path_reaches_a_hook(method: str, path: str, who: str) -> None:
    assert await answered_by({"type": "http", "method": method, "path": path}) == who


async def test_a_query_does_not_hide_a_hook() -> None:
    scope = {"type": "http", "method": "POST", "path": HOOK, "query_string": b"m=12"}

    assert await answered_by(scope) == "hook"


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
async def test_what_is_no_request_is_the_framework_s(kind: str) -> None:
    path = {"path": HOOK} if kind == "websocket" else {}

    assert await answered_by({"type": kind, **path}) == f"{kind}.taken"
