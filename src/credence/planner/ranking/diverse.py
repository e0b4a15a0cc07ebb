"""Greedy maximal marginal relevance: a list that is good and not ten times the same thing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credence.planner.ranking.case import Matrix


def diverse(
    vectors: Matrix, relevance: ArrayLike, ids: Sequence[str], *, k: int, trade_off: float
) -> NDArray[np.intp]:
    """Indices of at most `k` items, each the best by relevance less likeness to those before it.

    `vectors` (N, D) are unit rows, `relevance` (N,) any scale comparable to a cosine. `trade_off`
    in [0, 1]: 1 is relevance alone, 0 novelty alone. Ties go to the smaller id. The rule is that
    of Carbonell and Goldstein (SIGIR 1998). Raises ValueError if lengths differ, `k` is negative
    or `trade_off` is outside [0, 1].
    """
    worth = np.asarray(relevance, dtype=np.float64)
    if len(vectors) != len(ids) or worth.shape != (len(ids),):
        raise ValueError(
            f"{len(ids)} ids do not fit {len(vectors)} vectors, {worth.shape} relevance"
        )
    if k < 0 or not 0 <= trade_off <= 1:
        raise ValueError(f"k must be at least 0 and trade_off in [0, 1], got {k} and {trade_off}")
    by_id = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.intp)
    rows, worth = np.asarray(vectors, dtype=np.float64)[by_id], worth[by_id]
    likeness = np.zeros(len(ids))  # to the nearest item chosen so far; nothing is chosen yet
    left = np.ones(len(ids), dtype=np.bool_)
    chosen: list[int] = []
    for _ in range(min(k, len(ids))):
        marginal = trade_off * worth - (1 - trade_off) * likeness
        best = int(np.argmax(np.where(left, marginal, -np.inf)))  # argmax takes the first: least id
        left[best] = False
        cosine = rows @ rows[best]
        likeness = np.maximum(likeness, cosine) if chosen else cosine
        chosen.append(best)
    return by_id[np.array(chosen, dtype=np.intp)]
