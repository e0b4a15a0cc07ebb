"""ASGI middleware around the pages: what a browser may do with them, and who may post to them."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from credence.app.api.origins import READING, from_elsewhere

# No inline script or style, nothing from elsewhere, no frame around it. Drawings are SVG with
# attributes; charts draw on canvas and write no styles into HTML.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",  # addresses name people
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


class PageHeaders:
    """Sets the headers unless a response has its own, and refuses posts from other sites.

    The check of where a post comes from also covers signing in, which has no session to bear a
    token yet.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in READING and from_elsewhere(scope):
            refusal = PlainTextResponse("This form was not sent by a page of this server.", 403)
            await refusal(scope, receive, sealed)
            return
        await self._app(scope, receive, sealed)
