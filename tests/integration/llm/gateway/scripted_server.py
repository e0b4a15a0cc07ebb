"""A chat endpoint that does what a test tells it to, down to the last byte."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Writer = asyncio.StreamWriter


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def shaping(self) -> str | None:
        found = self.body.get("response_format", {}).get("type")
        return found if isinstance(found, str) else None

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])


Act = Callable[[Asked, Writer], Awaitable[None]]


@dataclass
class ScriptedServer:
    """Plays acts in order, and `always` once they are over."""

    acts: list[Act] = field(default_factory=list)
    always: Act | None = None
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    secure: bool = False
    in_flight: int = 0
    most_in_flight: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http{'s' if self.secure else ''}://127.0.0.1:{self.port}/v1"

    async def was_asked(self, *, times: int) -> None:
        """Wait until so many requests have arrived."""
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.asked) >= times)

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Requests of one connection, until either side closes it."""
        try:
            while (asked := await _request(reader)) is not None:
                self.asked.append(asked)
                async with self.changed:
                    self.changed.notify_all()
                act = self.acts.pop(0) if self.acts else self.always
                assert act is not None, "asked more often than the script has it"
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                try:
                    await act(asked, writer)
                    await writer.drain()
                finally:
                    self.in_flight -= 1
                if writer.is_closing():
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the gateway hung up, as it may
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    *acts: Act, always: Act | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ScriptedServer]:
    """A server on a free port, with all its connections closed in the end."""
    made = ScriptedServer(acts=list(acts), always=always, secure=tls is not None)
    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.ensure_future(made.serve(reader, writer))
        connections.add(task)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    made.port = listener.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listener.close()
        for task in connections:
            task.cancel()
        results = await asyncio.gather(*connections, return_exceptions=True)
        await listener.wait_closed()
    wrong = [one for one in results if isinstance(one, Exception)]
    assert not wrong, wrong


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    first = await reader.readline()
    if not first:
        return None
    headers: dict[str, str] = {}
    while (line := (await reader.readline()).strip()) != b"":
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers["content-length"]))
    return Asked(path=first.split()[1].decode(), headers=headers, body=json.loads(body))
