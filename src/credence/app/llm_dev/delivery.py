"""Bodies that end as they should, or do not end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from enum import Enum, auto

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Ending(Enum):
    """What comes after the last piece."""

    WHOLE = auto()
    STALLED = auto()  # nothing, until the client leaves
    DROPPED = auto()  # the connection is closed


class Delivery(Response):
    """A body sent in pieces; other calls are served in between."""

    def __init__(self, pieces: Iterable[bytes], *, media_type: str, ending: Ending) -> None:
        super().__init__(media_type=media_type)
        del self.headers["content-length"]
        self._pieces = pieces
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)
        if self._ending is Ending.WHOLE:
            await send({"type": "http.response.body", "body": b""})
        elif self._ending is Ending.STALLED:
            await _gone(receive)


def half(pieces: Iterable[bytes]) -> list[bytes]:
    """The first half of a body, in as many pieces or one."""
    known = list(pieces)
    if len(known) == 1:
        return [known[0][: len(known[0]) // 2]]
    return known[: len(known) // 2]


async def stayed(request: Request, seconds: float) -> bool:
    """Wait so long, or until the client leaves; whether it stayed. The body was read before."""
    try:
        async with asyncio.timeout(seconds):
            await _gone(request.receive)
    except TimeoutError:
        return True
    return False


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
