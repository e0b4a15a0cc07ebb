"""Health and figures of a process that answers nothing else."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from credence.app.api import health
from credence.app.api.metrics import Metrics
from credence.app.api.serving import Serving
from credence.app.bootstrap import Application
from credence.app.in_loop import served

_LAST_WORDS = 1  # seconds that a probe may take to be answered at the end


class Watched:
    """`/health/live`, `/health/ready` and `/metrics` on sockets that are bound.

    They are those of the API, of this process alone, and need no key there either; it is ready
    while its planner looks for people.
    """

    def __init__(self, bound: list[socket.socket]) -> None:
        self._bound = bound
        self._serving = Serving(Metrics(), plans=True)

    def attach(self, application: Application) -> None:
        """From now on this application is told of."""
        self._serving.attach(application)

    def waits(self, missing: str) -> None:
        """It is not ready, and this is why."""
        self._serving.missing = missing

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Answer until the block ends, in the running event loop."""
        web = FastAPI(openapi_url=None, title="A planner of Credence")
        web.state.serving = self._serving
        web.include_router(health.router)
        config = uvicorn.Config(
            web,
            access_log=False,
            log_level="error",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=_LAST_WORDS,
        )
        async with served(config, self._bound):
            yield
