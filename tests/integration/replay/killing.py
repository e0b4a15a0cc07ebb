"""Processes that are killed by the real signal in the middle of their work."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable

from tests.integration.forked import started, status


def dying_after(count: int) -> Callable[[], None]:
    """A step to be called again and again; with the last of them the process is no more."""
    left = itertools.count(count - 1, -1)

    def step() -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


async def killed(program: Callable[..., None], *arguments: object) -> None:
    """Run a program that kills itself in a process of its own, until it has done so."""
    assert await status(started(program, *arguments)) == -signal.SIGKILL
