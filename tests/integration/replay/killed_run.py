"""Run by test_run: a replay that is killed, by the real signal, after so many people."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from credence.inference.encoder import SentenceEncoder
from credence.replay.runner.run import run
from tests.integration.replay.toy_run import a_run, a_watcher


def dying_after(count: int) -> None:
    """Count down; at nothing left, the process is no more."""
    global left  # noqa: PLW0603  there is one process and one countdown
    left = count


left = 0


def step() -> None:
    global left  # noqa: PLW0603
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def main(data: str, out: str, database: str, when: str, count: str) -> None:
    dying_after(int(count))
    watcher = (
        a_watcher(built=step)
        if when == "building"
        else a_watcher(told=lambda system, record: step())
    )
    asked = a_run(Path(data), Path(out), database, SentenceEncoder().encode, at_once=2)
    asyncio.run(run(asked, watcher))


main(*sys.argv[1:])
