"""Cases for the tests of ranking: random ones of any size, and toy ones with a known answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Vector
from credence.planner.ranking.case import Matrix, RankingCase

SIZE = 16


def unit(*direction: float) -> Vector:
    """A unit vector (SIZE,) along `direction`, padded with zeros."""
    vector = np.zeros(SIZE, dtype=np.float32)
    vector[: len(direction)] = direction
    length = float(np.linalg.norm(vector))
    scaled: Vector = np.divide(vector, length, dtype=np.float32)
    return scaled


def units(rng: np.random.Generator, count: int) -> Matrix:
    """Random unit rows (count, SIZE)."""
    rows = rng.normal(size=(count, SIZE))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


def a_case(
    *, candidates: int = 6, chunks: int = 4, events: int = 3, asked: bool = True, seed: int = 0
) -> RankingCase:
    """A random case; `asked` says whether it has an instruction."""
    rng = np.random.default_rng(seed)
    return RankingCase(
        instruction=units(rng, 1)[0] if asked else None,
        candidate_ids=tuple(f"i{index:03d}" for index in range(candidates)),
        candidates=units(rng, candidates),
        chunks=units(rng, chunks),
        strengths=rng.uniform(-1, 1, chunks),
        confidences=rng.uniform(0, 1, chunks),
        events=units(rng, events),
        event_weights=rng.uniform(-1, 1, events),
    )


def everything(case: RankingCase) -> NDArray[np.bool_]:
    """The `keep` matrix of one variant that leaves nothing out."""
    return np.ones((1, len(case.chunks) + len(case.events)), dtype=np.bool_)
