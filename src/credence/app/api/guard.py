"""ASGI middleware around everything: request ids, figures, size limits and unexpected errors."""

from __future__ import annotations

import logging
import time
import uuid

from fastapi import HTTPException, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from credence.app.api.metrics import Metrics
from credence.app.api.problems import answer
from credence.app.fault import where

log = logging.getLogger(__name__)
LARGEST_BODY = 8 * 1024 * 1024  # bytes
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TOO_LARGE = f"the request body is larger than {LARGEST_BODY // 1024 // 1024} MiB"


class Guard:
    """Gives every request an id, measures it, and turns what nobody expected into a 500.

    The log of such an error names the request id, the kinds of error and the lines of code, but
    not the errors' messages, which may quote what a person wrote.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex
        Request(scope).state.request_id = request_id
        began = time.perf_counter()
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, marked)
        except Exception as error:
            log.error("request %s failed\n%s", request_id, where(error))  # noqa: TRY400
            if status:
                raise  # too late for an answer: the connection must break
            failure = answer(
                Request(scope),
                500,
                f"something went wrong on our side; quote request id {request_id}",
                kind="internal",
            )
            await failure(scope, receive, marked)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            seconds = time.perf_counter() - began
            self._metrics.request(_template(scope), method, status or 499, seconds)


class BodyLimit:
    """Refuses bodies over 8 MiB, announced or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > LARGEST_BODY:
            await answer(Request(scope), 413, _TOO_LARGE)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, counted, send)


def _template(scope: Scope) -> str:
    """The route's template, never the path: a path names people."""
    return getattr(scope.get("route"), "path_format", "unmatched")
