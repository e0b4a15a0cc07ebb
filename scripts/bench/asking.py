"""Recommendations in process by two counters, which take turns."""

from __future__ import annotations

import time
from collections.abc import Callable

from credence.planner.counter import Ask, Counter
from credence.planner.recommend import recommend


async def in_turns(
    sides: tuple[Counter, Counter], an_ask: Callable[[], Ask], *, turns: int, each: int
) -> tuple[list[float], list[float]]:
    """Seconds of every ask on either side: the same asks, `each` a turn.

    The first turn warms both sides and does not count.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 1):
        asked = [an_ask() for _ in range(each)]
        for counter, told in zip(sides, seconds, strict=True):
            for ask in asked:
                began = time.perf_counter()
                await recommend(ask, counter)
                if turn:
                    told.append(time.perf_counter() - began)
    return seconds
