"""The order of a list: highest score first, ties by id."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DECIMALS = 4  # of a nat; what differs less may be a model's rounding, and is equal


def order(scores: ArrayLike, ids: Sequence[str]) -> NDArray[np.intp]:
    """Indices (N,) into `ids`, best first: by descending score, then by ascending id.

    Scores are equal to four decimals: matrix products give equal rows scores that differ in the
    last bits, depending on where in the matrix they stand. Raises ValueError if the lengths differ
    or a score is not a number.
    """
    values = np.round(np.asarray(scores, dtype=np.float64), _DECIMALS)
    if values.shape != (len(ids),):
        raise ValueError(f"{len(ids)} ids cannot be ordered by scores of shape {values.shape}")
    if np.isnan(values).any():
        raise ValueError("a score is not a number")
    best_first = sorted(range(len(ids)), key=lambda index: (-values[index], ids[index]))
    return np.array(best_first, dtype=np.intp)
