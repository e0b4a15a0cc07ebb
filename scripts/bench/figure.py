"""A comparison, percentiles, and how far a ratio of them can be trusted."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

_DRAWS = 1_000
_RUNS = 5


@dataclass(frozen=True)
class Figure:
    """One comparison: what, ours, the baseline's, and their ratio."""

    what: str
    ours: float
    baseline: float
    unit: str
    target: str
    interval: tuple[float, float] | None = None  # 95%, of the ratio

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline


def percentile(seconds: Sequence[float], share: float) -> float:
    """Milliseconds at this share of the calls."""
    ranked = sorted(seconds)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] * 1000


def percentile_ratio(
    ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]], share: float, *, seed: int
) -> tuple[float, float]:
    """95% bootstrap interval of the ratio of two percentiles, each of seconds by turn.

    Drawn are runs of neighbouring turns, each a fifth of all, around the end to the beginning:
    what happens to a machine outlasts a call, and may outlast a turn.
    """
    dice, turns = random.Random(seed), len(ours)
    run = max(1, turns // _RUNS)
    drawn = (
        [
            (start + at) % turns
            for start in dice.choices(range(turns), k=-(-turns // run))
            for at in range(run)
        ][:turns]
        for _ in range(_DRAWS)
    )
    ratios = sorted(
        percentile([*chain.from_iterable(ours[turn] for turn in chosen)], share)
        / percentile([*chain.from_iterable(theirs[turn] for turn in chosen)], share)
        for chosen in drawn
    )
    return ratios[int(0.025 * _DRAWS)], ratios[int(0.975 * _DRAWS) - 1]
