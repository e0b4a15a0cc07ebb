"""Credence as it serves: a ranker over event memory, chunks and the instruction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from credence.memory.lifecycle.draft import Rules
from credence.planner.ranking.case import Ranker
from credence.replay.sitting import Sitting, ranking_case


class Credence:
    """The belief of one person through one ranker."""

    def __init__(self, ranker: Ranker, *, rules: Rules, name: str = "Credence") -> None:
        self.name = name
        self._ranker = ranker
        self._rules = rules

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        case = ranking_case(sitting, rules=self._rules)
        keep = np.ones((1, len(case.chunks) + len(case.events)), dtype=np.bool_)
        scores: NDArray[np.float64] = (await self._ranker.score(case, keep))[0]
        return scores
