"""For processes of tests that are to be killed by the real signal, in the middle of their work."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable


def dying_after(count: int) -> Callable[[], None]:
    """A step to be called again and again; with the last of them the process is no more."""
    left = itertools.count(count - 1, -1)

    def step() -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step
