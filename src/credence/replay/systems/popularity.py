"""Popularity: how many people of the domain came to an item before their exams."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from credence.replay.people import Domain
from credence.replay.sitting import Sitting


class Popularity:
    """Counts interactions of all people's histories; targets are no part of these."""

    name = "popularity"

    def __init__(self, domain: Domain) -> None:
        self._counts = Counter(
            interaction.item_id for person in domain.people for interaction in person.history
        )

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        return np.array([self._counts[item] for item in sitting.candidates], dtype=np.float64)
