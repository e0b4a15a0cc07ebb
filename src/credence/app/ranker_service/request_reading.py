"""What a request to the ranking process says: who asks, how long they wait, and what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hmac import compare_digest
from typing import TypeVar

from fastapi import HTTPException, Request
from pydantic import SecretStr

from credence.app.ranker_service.speech import DEADLINE, ORDER_TYPE
from credence.app.ranker_service.tensors import Malformed

_DEFAULT_DEADLINE = 10_000  # milliseconds
_LARGE = 1_000_000  # bytes that take longer to read than handing them to a thread does
T = TypeVar("T")


def authorise(request: Request, key: SecretStr | None) -> None:
    """Raises HTTPException without the key, where one is needed."""
    if key is None:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    known = compare_digest(given.strip().encode(), key.get_secret_value().encode())
    if scheme.lower() != "bearer" or not known:
        raise HTTPException(
            401,
            "this service needs its key: send `Authorization: Bearer KEY`",
            {"WWW-Authenticate": "Bearer"},
        )


def milliseconds_of(request: Request, *, longest: int) -> int:
    """How long the caller waits. Raises Malformed."""
    given = request.headers.get(DEADLINE, str(_DEFAULT_DEADLINE))
    if not (given.isascii() and given.isdecimal() and len(given) <= 6):
        raise Malformed(DEADLINE, "it is no number of milliseconds", fix="send a whole number")
    return min(int(given), longest)


def must_say_json(request: Request) -> None:
    """Raises HTTPException where the body is of another kind."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != ORDER_TYPE:
        raise HTTPException(415, f"send the header `Content-Type: {ORDER_TYPE}`")


async def body_of(request: Request, *, largest: int) -> bytes:
    """The body, if it has no more bytes than that. Raises HTTPException."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > largest:
        raise _too_large(largest)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            raise _too_large(largest)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(largest: int) -> HTTPException:
    return HTTPException(413, f"the body is larger than {largest // 1024 // 1024} MiB")


async def parsed(body: bytes, parse: Callable[[bytes], T]) -> T:
    """The body as it is parsed, which for a large one keeps nobody else waiting."""
    return parse(body) if len(body) <= _LARGE else await asyncio.to_thread(parse, body)
