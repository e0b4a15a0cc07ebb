"""Run by test_crash: a planner that is killed, by the real signal, when it reaches a node."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from credence.app.bootstrap import assemble
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.memory.commits import Commits
from credence.memory.model import Operation
from credence.planner import graph
from credence.planner.nodes.operations import node_of as real_node_of


def die(node: str, said: Path) -> None:
    said.write_text(f"at {node}", encoding="utf-8")
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(node: str, said: Path) -> None:
    """Put a killing node in place of the real one; for "commit", kill with all of it written
    and the transaction still open."""

    async def dying_node(state: object, runtime: object) -> None:
        die(node, said)

    write = Commits.commit

    async def dying_commit(*args: Any, **kwargs: Any) -> None:
        await write(*args, **kwargs)
        die(node, said)

    def node_of(operation: Operation) -> Any:
        return dying_node if operation.value == node else real_node_of(operation)

    if node == "commit":
        Commits.commit = dying_commit  # type: ignore[method-assign]
    elif node in set(Operation):
        setattr(graph, "node_of", node_of)  # noqa: B010  not one of its own names
    else:
        setattr(graph, node, dying_node)


def main(database: str, node: str, said: Path) -> None:
    """Where it dies it says so."""
    die_at(node, said)
    asyncio.run(_drained(database))


async def _drained(database: str) -> None:
    await assemble(Settings(worker=False), database, SentenceEncoder()).worker.drain()
