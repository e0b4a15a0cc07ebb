"""Every measure that a replay prints, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from credence.app.replays import HEADLINES
from credence.replay.metrics.hit_rate import hit_rate
from credence.replay.metrics.mrr import mrr
from credence.replay.metrics.ndcg import ndcg

Ranks = NDArray[np.int_]
Values = NDArray[np.float64]

MEASURES: Mapping[str, Callable[[Ranks], Values]] = MappingProxyType(
    {
        **{f"HR@{k}": partial(hit_rate, k=k) for k in (1, 3, 5, 10)},
        **{f"NDCG@{k}": partial(ndcg, k=k) for k in (1, 3, 5, 10)},
        "MRR": mrr,
    }
)


_SHORT = 10  # candidates, as in the release


def telling(longest: int) -> tuple[str, ...]:
    """The measures that tell lists of at most so many candidates apart: HR@k of fewer is 1."""
    return tuple(name for name in MEASURES if name not in {f"HR@{k}" for k in range(longest, 11)})


def headlines(longest: int) -> tuple[str, str]:
    """What is told first of lists of at most so many candidates: of more than ten the first ten."""
    return HEADLINES if longest <= _SHORT else ("HR@10", "NDCG@10")


def measured(ranks: Ranks) -> Values:
    """Every measure of every person (P, M), in the order of `MEASURES`."""
    return np.stack([values(ranks) for values in MEASURES.values()], axis=1)


def by_chance(candidates: Ranks) -> Mapping[str, float]:
    """What a random order of so many candidates a person (P,) is expected to reach."""
    expected = {
        size: measured(np.arange(1, size + 1)).mean(axis=0) for size in set(candidates.tolist())
    }
    mean = np.mean([expected[size] for size in candidates.tolist()], axis=0)
    return dict(zip(MEASURES, mean.tolist(), strict=True))
