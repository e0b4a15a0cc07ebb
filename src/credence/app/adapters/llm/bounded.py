"""Responses that can not fill the memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx2

# The body is handed on decoded and whole.
_NO_LONGER_TRUE = (b"content-encoding", b"content-length", b"transfer-encoding")


class Overlong(Exception):
    """A response has more bytes than it may."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Reads at most so many bytes of a response, both as sent and as decompressed.

    Raises Overlong, and closes the connection, at the first byte too many.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, *, most_bytes: int) -> None:
        self._inner = inner
        self._most = most_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        try:
            body = await self._body(response)
        finally:
            await response.aclose()
        headers = [one for one in response.headers.raw if one[0].lower() not in _NO_LONGER_TRUE]
        return httpx2.Response(response.status_code, headers=headers, content=body)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _body(self, response: httpx2.Response) -> bytes:
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Counted(response.stream, self._most)
        body = bytearray()
        async with aclosing(response.aiter_bytes()) as parts:
            async for part in parts:
                body += part
                if len(body) > self._most:
                    raise Overlong
        return bytes(body)


class _Counted(httpx2.AsyncByteStream):
    """The bytes as sent: a decompressor may swallow any number of them and give none."""

    def __init__(self, inner: httpx2.AsyncByteStream, most: int) -> None:
        self._inner = inner
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for part in self._inner:
            seen += len(part)
            if seen > self._most:
                raise Overlong
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
