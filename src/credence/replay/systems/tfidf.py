"""TF-IDF: words shared by the items and the instruction or the history."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import log, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.item_text import item_text
from credence.replay.people import Domain
from credence.replay.sitting import Sitting

_WORD = re.compile(r"[^\W_]{2,}")
Sparse: TypeAlias = Mapping[str, float]  # token to weight, unit length


class TfIdfSpace:
    """Unit TF-IDF vectors of a domain's items, with logarithmic term counts."""

    def __init__(self, domain: Domain) -> None:
        counts = {item.item_id: _counts(item_text(item)) for item in domain.items}
        documents = Counter(token for counted in counts.values() for token in counted)
        total = len(counts)
        self._rarity = {t: log((1 + total) / (1 + n)) + 1 for t, n in documents.items()}
        self.items = {item_id: self._weighed(counted) for item_id, counted in counts.items()}

    def text(self, text: str) -> Sparse:
        """A text in the space of the items; words that no item has are left out."""
        return self._weighed(_counts(text))

    def _weighed(self, counts: Counter[str]) -> Sparse:
        return _unit(
            {t: (1 + log(n)) * self._rarity[t] for t, n in counts.items() if t in self._rarity}
        )


class TfIdfInstruction:
    """Cosine of instruction and item."""

    name = "TF-IDF instruction"

    def __init__(self, space: TfIdfSpace) -> None:
        self._space = space

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        asked = self._space.text(sitting.instruction or "")
        return _cosines(asked, (self._space.items[item] for item in sitting.candidates))


class TfIdfHistory:
    """Cosine of an item and the sum of the items of the whole history."""

    name = "TF-IDF history"

    def __init__(self, space: TfIdfSpace) -> None:
        self._space = space

    async def score(self, sitting: Sitting) -> NDArray[np.float64]:
        taste: defaultdict[str, float] = defaultdict(float)
        for event in sitting.lived.events:
            for token, weight in self._space.items[event.item_id or ""].items():
                taste[token] += weight
        return _cosines(taste, (self._space.items[item] for item in sitting.candidates))


def _counts(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def _unit(weights: Mapping[str, float]) -> Sparse:
    length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {token: weight / length for token, weight in weights.items()}


def _cosines(one: Mapping[str, float], others: Iterable[Sparse]) -> NDArray[np.float64]:
    return np.array([sum(w * one.get(t, 0.0) for t, w in other.items()) for other in others])
