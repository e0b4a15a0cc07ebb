"""Run by test_evolve: a study that is killed, by the real signal, after so many steps."""

from __future__ import annotations

import asyncio
from pathlib import Path

from credence.inference.encoder import SentenceEncoder
from credence.replay.evolving.run import evolve
from tests.integration.replay.killing import dying_after
from tests.integration.replay.toy_evolve import a_study, a_watcher


def main(data: Path, out: Path, database: str, when: str, count: int) -> None:
    step = dying_after(count)
    watcher = (
        a_watcher(built=step)
        if when == "building"
        else a_watcher(asking=lambda user_id, number: step())
    )
    asked = a_study(data, out, database, SentenceEncoder().encode, at_once=2)
    asyncio.run(evolve(asked, watcher))
