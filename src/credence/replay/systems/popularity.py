"""Popularity: how many other people dealt with an item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from credence.replay.people import Interaction
from credence.replay.systems.scored import Scorer
from credence.replay.systems.system import Question


def popularity(donors: Mapping[str, Sequence[Interaction]]) -> Scorer:
    """Counts donors by item, each person once; who is asked is not counted."""
    counts = Counter(item for done in donors.values() for item in _items(done))

    def scorer(question: Question) -> NDArray[np.float64]:
        own = _items(donors.get(question.user_id, ()))
        others = [counts[item] - (item in own) for item in question.candidates]
        return np.array(others, dtype=np.float64)

    return scorer


def _items(done: Sequence[Interaction]) -> set[str]:
    return {interaction.item_id for interaction in done}
