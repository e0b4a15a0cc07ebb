"""A scorer of the harness as a system of the in-memory studies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.replay.sitting import Sitting
from credence.replay.systems.scored import Scorer


@dataclass(frozen=True, slots=True)
class Seated:
    """Scores sittings that carry their question."""

    name: str
    scorer: Scorer

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        """Raises ValueError for a sitting without its question."""
        if sitting.question is None:
            raise ValueError(f"{self.name} needs sittings that carry their question")
        return self.scorer(sitting.question)
