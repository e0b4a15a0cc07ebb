"""How every route reads its body: JSON that says so, with one error for what is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from credence.app.api.problems import FieldError, Unreadable

_TYPE = "Content-Type"


async def json_of(request: Request) -> object:
    """The body as JSON. Raises Unreadable."""
    body = await request.body()
    if body:
        _must_say_json(request)
    return parsed(body)


class JsonRoute(APIRoute):
    """A route whose declared body is read in the same way."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            return await handle(_JsonRequest(request.scope, request.receive))

        return handled


class _JsonRequest(Request):
    """Refuses a body that does not say it is JSON, where FastAPI would take it for text."""

    async def body(self) -> bytes:
        body = await super().body()
        if body:
            _must_say_json(self)
        return body

    async def json(self) -> Any:
        return parsed(await self.body())


def parsed(body: bytes) -> object:
    """JSON in UTF-8. Raises Unreadable."""
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise _no_json(f"the body is not JSON: {error}", "send well-formed JSON") from error
    except UnicodeDecodeError as error:
        raise _no_json("the body is not text in UTF-8", "send JSON in UTF-8") from error
    except RecursionError as error:
        raise _no_json("the body is nested too deep", "nest objects and lists less deep") from error
    except ValueError as error:
        raise _no_json(
            "the body holds a number of thousands of digits", "send fewer digits"
        ) from error


def _must_say_json(request: Request) -> None:
    """A page of another site can have a browser send any other type without asking first."""
    given = b""
    for name, value in request.scope["headers"]:
        if name == b"content-type":
            given = value
            break
    if not _is_json(given):
        raise Unreadable(
            415,
            FieldError(
                field=_TYPE,
                message=f"the header {_TYPE} does not say that the body is JSON",
                fix=f"send the header `{_TYPE}: application/json`",
            ),
        )


@lru_cache(maxsize=64)
def _is_json(given: bytes) -> bool:
    kind = given.partition(b";")[0].strip().lower()
    return kind == b"application/json" or (
        kind.startswith(b"application/") and kind.endswith(b"+json")
    )


def _no_json(message: str, fix: str) -> Unreadable:
    return Unreadable(422, FieldError(field="body", message=message, fix=fix))
