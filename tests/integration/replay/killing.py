"""Processes that are killed by the real signal in the middle of their work."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable


def dying_after(count: int) -> Callable[[], None]:
    """A step to be called again and again; with the last of them the process is no more."""
    left = itertools.count(count - 1, -1)

    def step() -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


async def killed(module: str, *arguments: object) -> None:
    """Run a module of tests that kills itself, until it has done so."""
    died = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", module, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
