"""MRR: the reciprocal of the target's rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mrr(ranks: NDArray[np.int_]) -> NDArray[np.float64]:
    """1 / rank for each person (P,); ranks count from 1."""
    return 1.0 / ranks
