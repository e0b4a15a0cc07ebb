"""Percentile bootstrap over people: intervals of means and of paired differences.

A p is none of it, as resamples of few people that agree by chance always agree: see `sign_flips`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TAIL = 0.025  # each side of a 95% interval
_BATCH = 500  # resamples drawn at once: bounds memory, not the result


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95% interval."""

    mean: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        return self.low > 0

    @property
    def below_zero(self) -> bool:
        return self.high < 0


def interval(values: NDArray[np.float64], *, seed: int, resamples: int = 10_000) -> Interval:
    """The mean of `values` (P,) over people and where it would fall in 95% of resamples.

    Raises ValueError without values.
    """
    if values.ndim != 1 or len(values) == 0:
        raise ValueError(f"needs one value a person and at least one person, got {values.shape}")
    rng = np.random.default_rng(seed)
    sizes = [min(_BATCH, resamples - start) for start in range(0, resamples, _BATCH)]
    means = np.concatenate(
        [values[rng.integers(0, len(values), (size, len(values)))].mean(axis=1) for size in sizes]
    )
    low, high = np.quantile(means, [_TAIL, 1 - _TAIL])
    return Interval(float(values.mean()), float(low), float(high))


def paired_difference(
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    *,
    seed: int,
    resamples: int = 10_000,
) -> Interval:
    """The mean of `ours - theirs`, the same person (P,) against themselves.

    Raises ValueError if the two are not about the same number of people.
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"cannot pair {ours.shape} with {theirs.shape}")
    return interval(ours - theirs, seed=seed, resamples=resamples)


def resampled_means(
    values: NDArray[np.float64], *, seed: int, resamples: int = 10_000
) -> NDArray[np.float64]:
    """Means (R, K) of the columns of `values` (P, K) in R resamples of people.

    Every column sees the same resamples, so a difference of two columns is a paired one. With the
    same seed they are those of `interval`.
    """
    people = len(values)
    if values.ndim != 2 or people == 0:
        raise ValueError(f"needs a row a person and at least one person, got {values.shape}")
    rng = np.random.default_rng(seed)
    parts = []
    for start in range(0, resamples, _BATCH):
        size = min(_BATCH, resamples - start)
        drawn = rng.integers(0, people, (size, people)) + people * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * people).reshape(size, people)
        parts.append(times @ values / people)
    return np.concatenate(parts)


def around(mean: float, resampled: NDArray[np.float64]) -> Interval:
    """The 95% interval of a mean from its resamples (R,)."""
    low, high = np.quantile(resampled, [_TAIL, 1 - _TAIL])
    return Interval(mean, float(low), float(high))


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """Holm's correction: what each p is worth where all of them were looked at."""
    corrected = [0.0] * len(ps)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        highest = max(highest, min(1.0, (len(ps) - place) * ps[index]))
        corrected[index] = highest
    return tuple(corrected)
