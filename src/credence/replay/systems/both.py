"""Two scorers as one, by a rule that is fitted on nothing."""

from __future__ import annotations

from math import fsum, sqrt

import numpy as np
from numpy.typing import NDArray

from credence.replay.systems.scored import Scorer
from credence.replay.systems.system import Question

_EQUAL = 1e-9  # a spread below this, for scores about 1 in size, is rounding


def both(one: Scorer, other: Scorer) -> Scorer:
    """The mean of the two scorers' z-scores within each list.

    A scorer that finds all candidates equal has no say, so the other one decides alone.
    """

    def scorer(question: Question) -> NDArray[np.float64]:
        return (standardised(one(question)) + standardised(other(question))) / 2

    return scorer


def standardised(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores of one list with mean 0 and spread 1, or all 0 where they are equal.

    Sums are exact, so a list in another order has the same scores to the last digit.
    """
    centred = scores - fsum(scores) / len(scores)
    spread = sqrt(fsum(centred**2) / len(scores))
    size = max(1.0, float(np.abs(scores).max()))
    return np.zeros(len(scores)) if spread < _EQUAL * size else centred / spread
