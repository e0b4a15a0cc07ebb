"""A server that says the same to everybody, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import AnyHttpUrl


@dataclass
class Answering:
    """What it is asked, and where."""

    url: AnyHttpUrl
    heads: list[str] = field(default_factory=list)  # of requests, in small letters


def an_answer(status: int, body: bytes, *headers: str) -> bytes:
    """An answer of HTTP/1.1 after which the connection ends."""
    lines = [f"HTTP/1.1 {status} Said", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@asynccontextmanager
async def answering(said: bytes) -> AsyncIterator[Answering]:
    """A server of one loop that says this."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(said)
        try:
            await writer.drain()
        except ConnectionError:  # it has read enough
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    told = Answering(AnyHttpUrl(f"http://127.0.0.1:{port}"))
    async with listener:
        yield told
