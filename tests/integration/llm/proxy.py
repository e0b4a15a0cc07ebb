"""A forward proxy as companies have one: it asks for a password and passes on what it is sent."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

USER, PASSWORD = "ada", "open sesame"
_ALLOWED = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class Proxy:
    """Brings every plain request to one server on this machine, and opens no tunnel."""

    upstream: int  # port
    port: int = 0
    lines: list[str] = field(default_factory=list)  # of the requests, the first of each
    heads: list[str] = field(default_factory=list)  # whole

    @property
    def url(self) -> str:
        return f"http://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request and its answer, until either side closes the connection."""
        try:
            await self._serve(reader, writer)
        finally:
            await _closed(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, _, rest = head.partition("\r\n")
        self.lines.append(line)
        self.heads.append(head)
        method, target, version = line.split()
        if f"proxy-authorization: {_ALLOWED}".lower() not in rest.lower():
            await _refused(writer, "407 Proxy Authentication Required")
        elif method == "CONNECT":
            await _refused(writer, "502 Bad Gateway")
        else:
            path = "/" + target.split("/", 3)[3]
            there, here = await asyncio.open_connection("127.0.0.1", self.upstream)
            try:
                here.write(f"{method} {path} {version}\r\n{rest}".encode())
                await asyncio.gather(_passed(reader, here), _passed(there, writer))
            finally:
                await _closed(here)


@asynccontextmanager
async def proxying(upstream: str) -> AsyncIterator[Proxy]:
    """A proxy in front of the server at this URL, on a free port."""
    made = Proxy(upstream=urlsplit(upstream).port or 80)
    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.ensure_future(made.serve(reader, writer)))

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    made.port = listener.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listener.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await listener.wait_closed()


async def _passed(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while some := await source.read(65_536):
        sink.write(some)
        await sink.drain()
    sink.close()


async def _refused(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
    await writer.drain()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
