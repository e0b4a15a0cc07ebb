"""HR@k: how often the target is among the first k."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def hit_rate(ranks: NDArray[np.int_], k: int) -> NDArray[np.float64]:
    """1 for each person (P,) whose target's rank (from 1) is at most `k`, else 0."""
    return (ranks <= k).astype(np.float64)
