"""Run by test_killed_runs: a planner with models, killed by the real signal before a node starts.

What was before that node is finished and in the checkpoints. "after" is killed with the revision
committed and its thread still there.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from pydantic import AnyHttpUrl

from credence.app.bootstrap import assemble
from credence.app.settings import Settings
from credence.app.threads import PaidSaver
from credence.inference.encoder import SentenceEncoder
from credence.memory.model import Operation
from credence.planner import graph
from credence.planner.nodes.operations import node_of as real_node_of


def die(node: str, said: Path) -> None:
    said.write_text(f"at {node}", encoding="utf-8")
    os.kill(os.getpid(), signal.SIGKILL)


def die_before(node: str, said: Path) -> None:
    """Put a killing node in the place of the real one."""

    async def dying(state: object, runtime: object) -> None:
        die(node, said)

    async def dying_saver(self: object, thread: object, run_id: object) -> None:
        die(node, said)

    def node_of(operation: Operation) -> Any:
        return dying if operation.value == node else real_node_of(operation)

    if node == "after":
        PaidSaver._remove = dying_saver  # type: ignore
    elif node in set(Operation):
        setattr(graph, "node_of", node_of)  # noqa: B010  not one of its own names
    else:
        setattr(graph, node, dying)


def main(database: str, url: str, node: str, said: Path) -> None:
    """Where it dies it says so."""
    die_before(node, said)
    asyncio.run(_drained(database, url))


async def _drained(database: str, url: str) -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        worker=False,
        llm_base_url=AnyHttpUrl(url),
        llm_model="credence-dev",
    )
    app = assemble(settings, database, SentenceEncoder())
    assert app.threads is not None
    async with app.threads.ready():
        await app.worker.drain()
