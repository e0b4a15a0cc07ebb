"""NDCG@k with one relevant item: the gain of the target's rank, discounted by its logarithm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ndcg(ranks: NDArray[np.int_], k: int) -> NDArray[np.float64]:
    """1 / log2(1 + rank) for each person (P,), 0 past rank `k`; the ideal gain is 1."""
    return np.where(ranks <= k, 1 / np.log2(1.0 + ranks), 0.0)
