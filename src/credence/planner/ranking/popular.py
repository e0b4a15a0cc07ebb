"""Popularity, for whoever has nothing that they like or ask for to go by.

Learnt rankers have met people who took to something. Of somebody who only disliked things they
expect more of the same, as of any reader (ADR 0026), so that they are no judge of such a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.case import Column, RankingCase, Scored
from credence.planner.ranking.semantic import log_softmax
from credence.planner.ranking.signals import centred

_AWAY = 12.0  # nats a unit of likeness to what is wholly disliked, as of beliefs that are heeded


@dataclass(frozen=True, slots=True)
class Popular:
    """Ranks by how many people liked a candidate, and away from what the person dislikes."""

    people: Column  # (N,) who liked each candidate of late

    name: ClassVar[str] = "popular-1"

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """Log-probabilities (V, N): one more person is one more chance to be chosen.

        Of what is disliked only the nearest counts, so that many dislikes of all kinds make
        nothing near them all.
        """
        liking = np.concatenate([case.strengths * case.confidences, case.event_weights])
        disliked = np.flatnonzero(liking < 0)  # P chunks and events, columns of `keep`
        pieces = np.concatenate([case.chunks.astype(np.float64), centred(case.events, case)])
        likeness = np.maximum(pieces[disliked] @ centred(case.candidates, case).T, 0)  # (P, N)
        away = -liking[disliked, None] * likeness
        nearest = (keep[:, disliked, None] * away).max(axis=1, initial=0.0)  # (V, N)
        return Scored(scores=log_softmax(np.log1p(self.people) - _AWAY * nearest), ranker=self.name)
