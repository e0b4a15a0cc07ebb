"""Quantiles of what a histogram has counted."""

from __future__ import annotations

from collections.abc import Sequence


def quantile(buckets: Sequence[tuple[float, float]], share: float) -> float | None:
    """Where that share of all values lies, by buckets as (upper bound, count up to it).

    Within a bucket values are taken to lie evenly; of the last, open one its lower bound is told.
    None where nothing was counted.
    """
    whole = buckets[-1][1] if buckets else 0
    if whole <= 0:
        return None
    wanted = share * whole
    low, below = 0.0, 0.0
    for high, upto in buckets:
        if upto >= wanted and upto > below:
            if high == float("inf"):
                return low
            return low + (high - low) * (wanted - below) / (upto - below)
        low, below = high, upto
    return low
