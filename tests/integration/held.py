"""Database sessions that wait for a model."""

from __future__ import annotations

import time
from typing import Any

_SECONDS = 60


def held_for_good(pool: Any) -> int:
    """How many sessions are still held after all that do not wait for the caller had their time.

    To be asked by a model at work: memory may be read meanwhile, by what needs no answer of it.
    """
    deadline = time.monotonic() + _SECONDS
    while (held := int(pool.checkedout())) and time.monotonic() < deadline:
        time.sleep(0.005)
    return held
