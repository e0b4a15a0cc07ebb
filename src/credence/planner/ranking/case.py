"""What a ranker sees and what it answers: plain arrays, no ids it could learn by heart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Vector

Matrix: TypeAlias = NDArray[np.float32]  # (N, D), rows of unit length
Column: TypeAlias = NDArray[np.float64]  # (N,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingCase:
    """One person, one instruction, N candidates; C chunks and E events of the belief.

    Events are those of event memory that have an item, newest first; `event_weights` say how
    much the person liked that item, in [-1, 1]. `centre` is the mean of the catalogue's vectors
    (not of unit length): what is common to all its items tells none of them apart, so likeness of
    items is measured from there. Without it likeness is measured from the origin.
    """

    instruction: Vector | None  # (D,)
    candidate_ids: tuple[str, ...]  # N
    candidates: Matrix  # (N, D)
    chunks: Matrix  # (C, D)
    strengths: Column  # (C,) in [-1, 1]
    confidences: Column  # (C,) in [0, 1]
    events: Matrix  # (E, D), the vectors of the events' items
    event_weights: Column  # (E,)
    centre: Vector | None = None  # (D,)


class Ranker(Protocol):
    """Orders candidates; every ranker answers in log-probabilities over the list."""

    @property
    def name(self) -> str:
        """Name and version, as responses and impressions show it."""
        ...

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Log-probabilities (V, N), one row for each row of `keep`.

        `keep` (V, C + E) says which chunks and which events a variant may use: the first row is
        usually all true, the others leave one piece of the belief out, which is how reasons are
        found. A row's exponentials sum to 1.
        """
        ...
