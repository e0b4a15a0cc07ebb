"""The development server on a port: for good, or for as long as a block in a running loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

_LAST_WORDS = 1  # seconds that a call may take to end, once the server is told to


class _Quiet(uvicorn.Server):
    """A server in somebody else's process: signals are not its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(app: FastAPI, *, host: str, port: int) -> uvicorn.Server:
    """A server that runs until it is stopped. It logs errors alone, dropped bodies among them."""
    return uvicorn.Server(_config(app, host=host, port=port, logs="error"))


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The URL, as a client's base_url has it, of the application on a free port of this machine.

    It serves in the running event loop, for tests and benchmarks, until the block ends.
    """
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        web = _Quiet(_config(app, host="127.0.0.1", port=0, logs="critical"))
        serving = asyncio.create_task(web.serve(sockets=[bound]))
        try:
            await web.listens.wait()
            yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        finally:
            web.should_exit = True
            await serving


def _config(app: FastAPI, *, host: str, port: int, logs: str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level=logs,
        ws="none",
        timeout_graceful_shutdown=_LAST_WORDS,
    )
