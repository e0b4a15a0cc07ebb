"""The semantic ranker: likeness of text vectors, a few fitted weights, no model call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.case import RankingCase, Scored
from credence.planner.ranking.signals import Table, signals
from credence.planner.ranking.weights import Weights, shipped_weights


class SemanticRanker:
    """Scores each candidate by a weighted sum of `signals`, normalised over the list."""

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or shipped_weights()

    @property
    def name(self) -> str:
        return f"semantic-{self._weights.version}"

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """Log-probabilities (V, N); uniform where neither belief nor instruction says anything.

        Raises ValueError if `keep` is not (V, C + E + 1).
        """
        if keep.ndim != 2 or keep.shape[1] != case.pieces:
            raise ValueError(f"keep must have {case.pieces} columns, got shape {keep.shape}")
        asked = case.instruction is not None
        weights = self._weights.with_instruction if asked else self._weights.without_instruction
        table = signals(case, keep)
        scores = log_softmax(np.tensordot(weights, table, axes=1))
        return Scored(scores=scores, ranker=self.name)


def log_softmax(scores: Table) -> Table:
    """Log-probabilities along the last axis; an empty list stays empty."""
    if scores.size == 0:
        return scores
    shifted = scores - scores.max(axis=-1, keepdims=True)
    normalised: Table = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised
