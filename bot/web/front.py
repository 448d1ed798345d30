"""The front of a web server: webhooks go straight to their doors, everything else through the framework."""

from collections.abc import Sequence

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Front:
    """Finds webhooks by their path alone: a framework's layers cost a request more than it costs to keep a text.

    Args:
        app: Takes what is no webhook, and what is wrong with one (another method).
        hooks: The webhooks; their routes are the application's as well.
    """

    def __init__(self, app: ASGIApp, hooks: Sequence[Route]) -> None:
        self._app = app
        self._doors = {hook.path: hook.app for hook in hooks}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        door = self._doors.get(scope["path"], self._app) if is_post else self._app
        await door(scope, receive, send)
