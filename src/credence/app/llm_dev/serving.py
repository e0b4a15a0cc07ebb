"""The development server on a port: for good, or for as long as a block in a running loop."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from credence.app.in_loop import served

_LAST_WORDS = 1  # seconds that a call may take to end, once the server is told to


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
        async with served(_config(app, host="127.0.0.1", port=0, logs="critical"), [bound]):
            yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"


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
