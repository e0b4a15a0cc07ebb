"""Programs in processes of their own, forked from one that has imported what they all need.

Importing it takes seconds of every process. That one does nothing but import, so nothing of it is
half alive in its forks.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.process import BaseProcess
from pathlib import Path

_SECONDS = 600  # that a program may take
_context = get_context("forkserver")
_context.set_forkserver_preload(
    [
        "credence.app.bootstrap",
        "credence.replay.evolving.run",
        "credence.replay.runner.abreast",
    ]
)
pipe = _context.Pipe


def started(program: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """A process that does this, a function that can be imported, with arguments that can be sent.

    It has the environment and the working directory of this moment.
    """
    process = _context.Process(
        target=_as_here, args=(dict(os.environ), Path.cwd(), program, *arguments)
    )
    process.start()
    return process


async def status(process: BaseProcess) -> int:
    """What the process ends with, below zero the signal that killed it."""
    await asyncio.to_thread(process.join, _SECONDS)
    assert process.exitcode is not None, "it runs for too long"
    return process.exitcode


def _as_here(
    environment: dict[str, str],
    folder: Path,
    program: Callable[..., None],
    *arguments: object,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    program(*arguments)
