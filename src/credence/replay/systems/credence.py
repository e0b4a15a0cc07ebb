"""Credence as it serves: a ranker over event memory, chunks, others and the instruction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from credence.memory.lifecycle.draft import Rules
from credence.planner.ranking.case import Ranker
from credence.replay.sitting import Sitting, ranking_case


class Credence:
    """The belief of one person through one ranker.

    `without` names the parts of the case that it does not get to see: "instruction", "others".
    """

    def __init__(
        self,
        ranker: Ranker,
        *,
        rules: Rules,
        name: str = "Credence",
        without: Collection[str] = (),
    ) -> None:
        self.name = name
        self._ranker = ranker
        self._rules = rules
        self._without = without

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        case = ranking_case(sitting, rules=self._rules)
        if "instruction" in self._without:
            case = replace(case, instruction=None)
        if "others" in self._without:
            case = replace(case, others=None)
        keep = np.ones((1, case.pieces), dtype=np.bool_)
        scores: NDArray[np.float64] = (await self._ranker.score(case, keep)).scores[0]
        return scores
