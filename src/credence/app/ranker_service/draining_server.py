"""A web server that, told to stop, first answers what it has taken."""

from __future__ import annotations

import asyncio
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from credence.app.ranker_service.service import RankingService

_LAST_WORDS = 10  # seconds that answers may take to be sent when all are there
_KEEP_ALIVE = 75  # seconds; longer than callers keep a connection, so that they end it, not we


class DrainingServer(uvicorn.Server):
    """On the first signal it goes on listening, says that it is not ready, and empties the queue.

    It ends when everything is answered, or at once on a second signal.
    """

    def __init__(self, app: FastAPI, service: RankingService, *, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                access_log=False,
                log_level="warning",
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=_LAST_WORDS,
            )
        )
        self._service = service
        self._loop: asyncio.AbstractEventLoop | None = None
        self._drain: asyncio.Task[None] | None = None
        self._told = False

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does."""
        if self._told or self._loop is None or not self.started:
            super().handle_exit(sig, frame)
            return
        self._told = True
        self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        self._drain = asyncio.create_task(self._end())

    async def _end(self) -> None:
        await self._service.drained()
        self.should_exit = True
