"""Percentile bootstrap intervals over people: of a mean and of a paired difference."""

from __future__ import annotations

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
