"""Cases for the tests of ranking: random ones of any size, and toy ones with a known answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Vector
from credence.planner.ranking.case import Matrix, Others, RankingCase

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
    *,
    candidates: int = 6,
    chunks: int = 4,
    events: int = 3,
    asked: bool = True,
    heard: bool = False,
    seed: int = 0,
) -> RankingCase:
    """A random case; `asked` and `heard` say whether it has an instruction and others' say."""
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
        others=some_others(rng, candidates, events) if heard else None,
    )


def some_others(rng: np.random.Generator, candidates: int, events: int) -> Others:
    """Random others."""
    return Others(
        words=units(rng, candidates) * np.float32(0.5),
        company=rng.uniform(-0.2, 1, (events, candidates)),
        followed=rng.uniform(-0.1, 0.5, (events, candidates)),
        followed_soon=rng.uniform(-0.1, 0.5, (events, candidates)),
        people=rng.integers(3, 100, candidates).astype(np.float64),
        liking=rng.uniform(-0.5, 0.5, candidates),
        event_words=units(rng, events) * np.float32(0.5),
    )


def no_others(candidates: int, events: int) -> Others:
    """Others of whom nothing is known."""
    return Others(
        words=np.zeros((candidates, SIZE), dtype=np.float32),
        company=np.zeros((events, candidates)),
        followed=np.zeros((events, candidates)),
        followed_soon=np.zeros((events, candidates)),
        people=np.zeros(candidates),
        liking=np.zeros(candidates),
        event_words=np.zeros((events, SIZE), dtype=np.float32),
    )


def everything(case: RankingCase) -> NDArray[np.bool_]:
    """The `keep` matrix of one variant that leaves nothing out."""
    return np.ones((1, case.pieces), dtype=np.bool_)
