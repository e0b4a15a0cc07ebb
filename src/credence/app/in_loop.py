"""A web server beside other work, in the event loop that runs already."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn


class _InLoop(uvicorn.Server):
    """Signals are not its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set_result(None)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(config: uvicorn.Config, bound: list[socket.socket]) -> AsyncIterator[None]:
    """Serve on sockets that are bound, until the block ends."""
    web = _InLoop(config)
    serving = asyncio.create_task(web.serve(sockets=bound))
    try:
        await asyncio.wait({serving, web.listens}, return_when=asyncio.FIRST_COMPLETED)
        if web.listens.done():
            yield
        else:
            raise RuntimeError("the server beside this work has ended before it listened")
    finally:
        web.should_exit = True
        await serving
