"""Intervals over people of means and of paired differences: percentile bootstrap, and Wilson's.

Resamples of few people that agree by chance always agree. So a p is none of it (see `sign_flips`),
and where it is known between what bounds a person's value lies, so many people as are few have
Wilson's interval, as has every value that is always at one of its bounds, such as a hit. Of values
within the bounds it is wider than need be, as nothing varies more than what is at one or the other.
Shares of hits in several lists have it of fewer than all lists: `of_shares`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.memory.wilson import wilson

FEW = 20  # people: with fewer, resamples of a graded measure tell too narrow an interval
SURE = 0.05  # a p, corrected for all that was looked at, below which a difference is one
_TAIL = 0.025  # each side of a 95% interval
_REACH = 1.959964  # standard errors of a normal distribution to each side of as much
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


def interval(
    values: NDArray[np.float64],
    *,
    seed: int,
    resamples: int = 10_000,
    lowest: float | None = None,
) -> Interval:
    """The mean of `values` (P,) over people and where it would fall in 95% of resamples.

    Of values that lie between `lowest` and 1, as `bounded` has it. Raises ValueError without
    values.
    """
    if values.ndim != 1 or len(values) == 0:
        raise ValueError(f"needs one value a person and at least one person, got {values.shape}")
    rng = np.random.default_rng(seed)
    sizes = [min(_BATCH, resamples - start) for start in range(0, resamples, _BATCH)]
    means = np.concatenate(
        [values[rng.integers(0, len(values), (size, len(values)))].mean(axis=1) for size in sizes]
    )
    if lowest is not None:
        return bounded(values, means, lowest=lowest)
    return around(float(values.mean()), means)


def paired_difference(
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    *,
    seed: int,
    resamples: int = 10_000,
    lowest: float | None = None,
) -> Interval:
    """The mean of `ours - theirs`, the same person (P,) against themselves; differences lie between
    `lowest` and 1 where that is given.

    Raises ValueError if the two are not about the same number of people.
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"cannot pair {ours.shape} with {theirs.shape}")
    return interval(ours - theirs, seed=seed, resamples=resamples, lowest=lowest)


def bounded(
    values: NDArray[np.float64], resampled: NDArray[np.float64], *, lowest: float
) -> Interval:
    """The mean of `values` (P,) that lie between `lowest` and 1, with its 95% interval.

    From the resamples (R,) of the mean; where there are fewer than `FEW` people, or everybody's
    value is `lowest` or 1, Wilson's.
    """
    mean, span = float(values.mean()), 1 - lowest
    hits_alone = bool(np.isin(values, (lowest, 1.0)).all())
    if len(values) >= FEW and not hits_alone:
        return around(mean, resampled)
    low, high = wilson((mean - lowest) / span, len(values), z=_REACH)
    return Interval(mean, lowest + span * low, lowest + span * high)


def of_shares(shares: NDArray[np.float64], *, lists: int) -> Interval:
    """The mean of each person's share (P,), 0 to 1, of hits in so many lists; its 95% interval.

    Wilson's of the effective number of lists, which is all lists over the design effect: what the
    lists of one person tell alike counts once. (Korn and Graubard, Survey Methodology 24 (1998)
    193-201, for few hits or misses in clusters; with Wilson's in place of the exact interval, as
    Dean and Pagano, Journal of Survey Statistics and Methodology 3 (2015) 484-503.) It lies between
    people, whose lists all say the same, and lists. So that it stays near the first where few hits
    or few misses tell nothing of it, one person always hit and one never are added to those whom
    the effect is estimated from, not to the mean. Raises ValueError without people.
    """
    if shares.ndim != 1 or len(shares) == 0:
        raise ValueError(f"needs one share a person and at least one person, got {shares.shape}")
    people, seen = len(shares), np.append(shares, (0.0, 1.0))
    mean, apart = float(shares.mean()), float(seen.var(ddof=1))
    rate = float(seen.mean())
    effective = people * rate * (1 - rate) / apart
    low, high = wilson(mean, min(max(effective, people), people * lists), z=_REACH)
    return Interval(mean, low, high)


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
