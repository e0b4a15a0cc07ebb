"""The answers of one system as arrays, and means of them person by person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from credence.replay.evolving.walked import Walked
from credence.replay.metrics.measures import MEASURES

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
SHOWN: Mapping[str, Callable[[NDArray[np.int_]], Array]] = MappingProxyType(
    {name: MEASURES[name] for name in ("HR@1", "NDCG@5")}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Questions in one order for all systems of a study: who, when, and what rank it came to."""

    people: int
    person: NDArray[np.int_]  # (Q,) index
    step: NDArray[np.int_]  # (Q,)
    change: NDArray[np.int_]  # (Q,) steps since the splice; 0 before it, or without one
    rank: NDArray[np.int_]  # (Q,)

    @classmethod
    def of(cls, walked: Sequence[Walked]) -> Answers:
        asked = [(at, step) for at, walk in enumerate(walked) for step in walk.steps]
        return cls(
            people=len(walked),
            person=np.array([at for at, _ in asked], dtype=np.int_),
            step=np.array([step.step for _, step in asked], dtype=np.int_),
            change=np.array([step.change or 0 for _, step in asked], dtype=np.int_),
            rank=np.array([step.rank for _, step in asked], dtype=np.int_),
        )

    def by_person(self, measure: str, among: Mask) -> Array:
        """Everybody's mean (P,) over their questions in `among` (Q,); not a number without any."""
        values = SHOWN[measure](self.rank)[among]
        person = self.person[among]
        count = np.bincount(person, minlength=self.people)
        total = np.bincount(person, weights=values, minlength=self.people)
        with np.errstate(invalid="ignore"):
            means: Array = total / count
        return means
