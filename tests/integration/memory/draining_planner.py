"""Run by test_processes: one of several planner processes over the same people."""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection

from credence.app.bootstrap import assemble
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder


def main(database: str, line: Connection) -> None:
    """It says when it is ready, starts when told to, and tells how many runs it made."""
    asyncio.run(_drained(database, line))


async def _drained(database: str, line: Connection) -> None:
    application = assemble(Settings(worker=False, workers=2), database, SentenceEncoder())
    line.send("ready")
    await asyncio.to_thread(line.recv)
    line.send(await application.worker.drain())
    await application.close()
