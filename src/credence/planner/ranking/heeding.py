"""What people say of themselves, heeded whatever a ranker has learnt to make of it.

A chunk that somebody pinned or worded is an instruction, not a guess from behaviour. Rankers are
fitted on people who never corrected anything, and learn that chunks hardly matter beside events
(docs/log.md); a person who says "I dislike horror" must see less of it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.case import Ranker, RankingCase, Scored

WEIGHT = 12.0  # nats a unit of likeness, at full strength; `python -m scripts.steering` shows it


@dataclass(frozen=True, slots=True)
class Heeding:
    """Ranks as `ranker` does, and by likeness to the chunks that the person chose."""

    ranker: Ranker
    weight: float = WEIGHT

    @property
    def name(self) -> str:
        return self.ranker.name

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """Log-probabilities (V, N); the ranker's own where nothing was chosen. A trace tells what
        was added to the first variant."""
        scored = await self.ranker.score(case, keep)
        chosen = case.chosen
        if chosen is None or not chosen.any() or not scored.scores.size:
            return scored
        said = keep[:, : len(case.chunks)] * (chosen * case.strengths)  # (V, C)
        heeded = self.weight * said @ _likeness(case)  # (V, N)
        moved = scored.scores + heeded
        moved -= moved.max(axis=1, keepdims=True)
        return replace(
            scored,
            scores=moved - np.log(np.exp(moved).sum(axis=1, keepdims=True)),
            trace=scored.trace and replace(scored.trace, heeded=heeded[0]),
        )


def _likeness(case: RankingCase) -> NDArray[np.float64]:
    """Of chunks and candidates (C, N), from the centre of the catalogue and of the list: what all
    candidates have in common moves none of them."""
    candidates = case.candidates.astype(np.float64)
    if case.centre is not None:
        candidates = candidates - case.centre
        lengths = np.linalg.norm(candidates, axis=1, keepdims=True)
        candidates = candidates / np.where(lengths > 0, lengths, 1.0)
    likeness = case.chunks.astype(np.float64) @ candidates.T
    apart: NDArray[np.float64] = likeness - likeness.mean(axis=1, keepdims=True)
    return apart
