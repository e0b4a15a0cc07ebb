"""Run by test_processes: one of several planner processes over the same people."""

from __future__ import annotations

import asyncio
import sys

from credence.app.bootstrap import assemble
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder


async def main(database: str) -> None:
    application = assemble(Settings(worker=False, workers=2), database, SentenceEncoder())
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(await application.worker.drain(), flush=True)
    await application.close()


asyncio.run(main(sys.argv[1]))
