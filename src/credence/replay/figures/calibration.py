"""Whether a system's first place is right as often as its scores, read as logits, say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.replay.runner.record import Record

_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The people whose first place had a probability between two bounds."""

    low: float
    high: float
    people: int
    predicted: float  # mean probability
    right: float  # how often the target stood first


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The bins that hold anybody, and how far they are off on average over people."""

    bins: tuple[Bin, ...]
    people: int
    error: float


def calibration(records: Sequence[Record]) -> Calibration | None:
    """None where no answer has scores. Failures predict nothing and are left out."""
    answered = [(p, r.rank == 1) for r in records if (p := _confidence(r)) is not None]
    if not answered:
        return None
    predicted = np.array([p for p, _ in answered])
    right = np.array([hit for _, hit in answered], dtype=np.float64)
    # Rounded, so that 0.3 of a hair less stands in the bin that it is shown in.
    place = np.minimum(np.floor(np.round(predicted * _BINS, 9)).astype(np.int_), _BINS - 1)
    bins = tuple(
        _bin(index, predicted[place == index], right[place == index])
        for index in range(_BINS)
        if (place == index).any()
    )
    error = sum(one.people * abs(one.predicted - one.right) for one in bins) / len(answered)
    return Calibration(bins=bins, people=len(answered), error=error)


def _bin(index: int, predicted: NDArray[np.float64], right: NDArray[np.float64]) -> Bin:
    return Bin(
        low=index / _BINS,
        high=(index + 1) / _BINS,
        people=len(predicted),
        predicted=float(predicted.mean()),
        right=float(right.mean()),
    )


def _confidence(record: Record) -> float | None:
    """The softmax of the scores at the first place; None without a finite score."""
    scores = np.array(record.scores, dtype=np.float64)
    scores = scores[~np.isnan(scores)]
    if record.failure or len(scores) == 0 or not np.isfinite(scores.max()):
        return None
    return float(1 / np.exp(scores - scores.max()).sum())
