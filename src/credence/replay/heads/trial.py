"""What heads are worth on training people whom they did not learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.replay.bootstrap import Interval, interval, paired_difference
from credence.replay.metrics.hit_rate import hit_rate
from credence.replay.metrics.ndcg import ndcg

_BOUNDED = frozenset({"HR@1", "NDCG@5"})  # 0 to 1; log-loss has no upper bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One system by one measure, and what `ours` has more than it; 95% over people."""

    mean: Interval
    ours_less: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Systems on the same lists; `ours` is what would be served."""

    people: int
    lists: int
    ours: str
    figures: Mapping[str, Mapping[str, Figure]]  # by system, then by HR@1, NDCG@5, log-loss

    @property
    def not_surely_worse(self) -> tuple[str, ...]:
        """The other systems over which nothing is won for sure, by HR@1."""
        return tuple(
            system
            for system, told in self.figures.items()
            if system != self.ours and not told["HR@1"].ours_less.above_zero
        )


def tried(
    opinions: Mapping[str, NDArray[np.float32]],
    right: Sequence[int],
    people: Sequence[str],
    *,
    ours: str,
    seed: int,
) -> Trial:
    """Log-probabilities (Q, L) by system, the right candidate and the person of each list.

    A person counts once, by the mean over their lists. Raises ValueError without lists.
    """
    names, who = np.unique(np.array(people), return_inverse=True)
    each = {
        system: {measure: _a_person(values, who, len(names)) for measure, values in told.items()}
        for system, told in ((name, _measured(logs, right)) for name, logs in opinions.items())
    }
    return Trial(
        people=len(names),
        lists=len(right),
        ours=ours,
        figures={
            system: {
                measure: Figure(
                    mean=interval(values, seed=seed, lowest=0.0 if measure in _BOUNDED else None),
                    ours_less=paired_difference(
                        each[ours][measure],
                        values,
                        seed=seed,
                        lowest=-1.0 if measure in _BOUNDED else None,
                    ),
                )
                for measure, values in told.items()
            }
            for system, told in each.items()
        },
    )


def _measured(logs: NDArray[np.float32], right: Sequence[int]) -> dict[str, NDArray[np.float64]]:
    """Of each list (Q,); of candidates that score the same the first is the better."""
    mine = logs[np.arange(len(logs)), right][:, None]
    earlier = np.arange(logs.shape[1]) < np.array(right)[:, None]
    ranks = 1 + (logs > mine).sum(1) + ((logs == mine) & earlier).sum(1)
    return {
        "HR@1": hit_rate(ranks, 1),
        "NDCG@5": ndcg(ranks, 5),
        "log-loss": -mine[:, 0].astype(np.float64),
    }


def _a_person(
    values: NDArray[np.float64], who: NDArray[np.intp], people: int
) -> NDArray[np.float64]:
    return np.bincount(who, values, people) / np.bincount(who, minlength=people)
