"""A comparison, and percentiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One comparison: what, ours, the baseline's, and their ratio."""

    what: str
    ours: float
    baseline: float
    unit: str
    target: str

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline


def percentile(seconds: Sequence[float], share: float) -> float:
    """Milliseconds at this share of the calls."""
    ranked = sorted(seconds)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] * 1000
