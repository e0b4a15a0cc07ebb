"""The routed model as a ranker of the planner."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from credence.app.halves import halves, put_together
from credence.inference.errors import ModelError
from credence.inference.listwise.ranking import RoutedLists
from credence.planner.ranking.case import Ranker, RankingCase, Scored
from credence.planner.ranking.semantic import SemanticRanker

log = logging.getLogger(__name__)
_AT_ONCE = 400  # scores that take less time than handing them to a thread is worth


class RoutedRanker:
    """Orders candidates by the routed listwise model, in process.

    A case for which the model has no answer is ranked by `otherwise`, marked as degraded.
    """

    def __init__(self, model: RoutedLists, *, otherwise: Ranker | None = None) -> None:
        self._model = model
        self._otherwise = otherwise or SemanticRanker()

    @property
    def name(self) -> str:
        return f"routed-{self.version}"

    @property
    def version(self) -> str:
        """Of the model."""
        return self._model.version

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """Log-probabilities (V, N) and how they came about; see `planner.ranking.case.Ranker`.

        Raises ValueError if `keep` is not (V, C + E + 1).
        """
        if keep.ndim != 2 or keep.shape[1] != case.pieces:
            raise ValueError(f"keep must have {case.pieces} columns, got shape {keep.shape}")
        if len(keep) == 0 or len(case.candidates) == 0:
            return Scored(scores=np.zeros((len(keep), len(case.candidates))), ranker=self.name)
        try:
            if len(keep) * len(case.candidates) <= _AT_ONCE:
                return self._scored(case, keep)
            return await asyncio.to_thread(self._scored, case, keep)
        except ModelError as error:
            log.warning("%s ranks in place of %s: %s", self._otherwise.name, self.name, error)
        return replace(await self._otherwise.score(case, keep), degraded=True)

    def _scored(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        parts = halves(case, keep)
        told = [self._model.rank(part.case) for part in parts]
        return put_together(parts, told, ranker=self.name)
