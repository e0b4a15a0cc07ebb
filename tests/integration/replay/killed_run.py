"""Run by test_run: a replay that is killed, by the real signal, after so many people."""

from __future__ import annotations

import asyncio
from pathlib import Path

from credence.inference.encoder import SentenceEncoder
from credence.replay.runner.run import run
from tests.integration.replay.killing import dying_after
from tests.integration.replay.toy_run import a_run, a_watcher


def main(data: Path, out: Path, database: str, when: str, count: int) -> None:
    step = dying_after(count)
    watcher = (
        a_watcher(built=step)
        if when == "building"
        else a_watcher(told=lambda system, record: step())
    )
    asked = a_run(data, out, database, SentenceEncoder().encode, at_once=2)
    asyncio.run(run(asked, watcher))
