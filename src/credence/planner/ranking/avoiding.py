"""What an instruction asks to be left out, kept down whatever a ranker makes of its words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.case import Matrix, Ranker, RankingCase, Scored
from credence.planner.ranking.heeding import WEIGHT, likeness_of
from credence.planner.ranking.semantic import log_softmax


@dataclass(frozen=True, slots=True)
class Avoiding:
    """Ranks as `ranker` does, less likeness to what is not wanted: what a pinned dislike of full
    strength takes off (`Heeding`)."""

    ranker: Ranker
    unwanted: Matrix  # (U, D), unit vectors of topics

    @property
    def name(self) -> str:
        return self.ranker.name

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """Log-probabilities (V, N); a trace tells what was taken off with what was heeded."""
        scored = await self.ranker.score(case, keep)
        if not len(self.unwanted) or not scored.scores.size:
            return scored
        # Of several only the nearest counts: who leaves out two topics wants neither the less.
        taken = -WEIGHT * likeness_of(replace(case, chunks=self.unwanted)).max(axis=0)  # (N,)
        trace = scored.trace
        if trace is not None:
            heeded = taken if trace.heeded is None else trace.heeded + taken
            trace = replace(trace, heeded=heeded)
        return replace(scored, scores=log_softmax(scored.scores + taken), trace=trace)
