"""Run by test_run: a replay that is killed, by the real signal, after so many people."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from credence.inference.encoder import SentenceEncoder
from credence.replay.runner.run import run
from tests.integration.replay.killing import dying_after
from tests.integration.replay.toy_run import a_run, a_watcher


def main(data: str, out: str, database: str, when: str, count: str) -> None:
    step = dying_after(int(count))
    watcher = (
        a_watcher(built=step)
        if when == "building"
        else a_watcher(told=lambda system, record: step())
    )
    asked = a_run(Path(data), Path(out), database, SentenceEncoder().encode, at_once=2)
    asyncio.run(run(asked, watcher))


main(*sys.argv[1:])
