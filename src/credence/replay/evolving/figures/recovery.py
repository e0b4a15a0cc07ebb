"""How many steps it takes after a change until a system is as good as it was before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.replay.bootstrap import resampled_means
from credence.replay.evolving.figures.answers import SHOWN, Answers, Array
from credence.replay.evolving.figures.quality import AFTER, gaps_to_before

WITHIN = 0.02  # of the level before counts as recovered
_TAIL = 0.025  # each side of a 95% interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The last step of the first bucket that is good enough; None where none is."""

    measure: str
    people: int  # who were asked before the change and after it
    looked_at: int  # steps after the change that at least half of them reach
    steps: int | None
    low: int | None
    high: int | None
    not_recovered: float  # share of resamples

    def told(self, steps: int | None) -> str:
        """Some steps in words."""
        return f"more than {self.looked_at}" if steps is None else str(steps)


def recovery(answers: Answers, *, seed: int) -> tuple[Recovery, ...]:
    """Every measure; nothing without a change, or where nobody was asked on both sides of it.

    A bucket is held against the level before of the same people, so that those whose story ends
    take both with them.
    """
    return tuple(
        found for measure in SHOWN if (found := _recovery(answers, measure, seed=seed)) is not None
    )


def first_recovered(means: Array) -> NDArray[np.float64]:
    """For each row (R, B) of gaps to the level before: the last step of the first bucket within
    reach of it, infinite where there is none."""
    good = means >= -WITHIN
    steps = (np.argmax(good, axis=1) + 1) * float(AFTER)
    return np.where(good.any(axis=1), steps, np.inf)


def _recovery(answers: Answers, measure: str, *, seed: int) -> Recovery | None:
    gaps = [
        gaps_to_before(
            answers, measure, (answers.change >= first) & (answers.change < first + AFTER)
        )
        for first in range(1, int(answers.change.max(initial=0)) + 1, AFTER)
    ]
    if not gaps:
        return None
    apart = np.stack(gaps, axis=1)  # (P, B)
    apart = apart[~np.isnan(apart).all(axis=1)]
    reached = ~np.isnan(apart)
    enough = 2 * reached.sum(axis=0) >= max(1, len(apart))
    apart, reached = apart[:, enough], reached[:, enough]
    if apart.size == 0:
        return None
    drawn = resampled_means(
        np.hstack([np.nan_to_num(apart), reached.astype(np.float64)]), seed=seed
    )
    total, count = np.split(drawn, 2, axis=1)
    with np.errstate(invalid="ignore"):  # a resample may hold nobody who reaches a bucket
        found = first_recovered(total / count)
    low, high = np.quantile(found, [_TAIL, 1 - _TAIL], method="inverted_cdf")
    return Recovery(
        measure=measure,
        people=len(apart),
        looked_at=AFTER * apart.shape[1],
        steps=_finite(first_recovered(np.nanmean(apart, axis=0)[None, :])[0]),
        low=_finite(low),
        high=_finite(high),
        not_recovered=float(np.isinf(found).mean()),
    )


def _finite(steps: float) -> int | None:
    return None if np.isinf(steps) else int(steps)
