"""People and what they bring to one item."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import strategies as st

from credence.memory.collaborative.contribution import Contribution, contribution
from credence.memory.model import Action, Vector

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SIZE = 8


def said(number: int) -> Vector:
    """A direction of words, different for each number, in sixty-fourths: their sums are exact."""
    row = np.random.default_rng(number).standard_normal(SIZE)
    nearly_unit: Vector = (np.round(64 * row / np.linalg.norm(row)) / 64).astype(np.float32)
    return nearly_unit


def brings(
    user_id: str,
    *,
    item_id: str = "dune",
    action: Action = Action.REVIEW,
    attitude: float = 0.5,
    rating: float | None = None,
    days_ago: float = 0.0,
    words: Vector | None = None,
    praised: tuple[str, ...] = (),
    blamed: tuple[str, ...] = (),
) -> Contribution:
    return contribution(
        item_id=item_id,
        user_id=user_id,
        action=action,
        attitude=attitude,
        rating=rating,
        at=NOW - timedelta(days=days_ago),
        words=words,
        praised=praised,
        blamed=blamed,
    )


# Halves and quarters add up exactly, so that the order of a sum leaves no trace.
_quarters = st.integers(-4, 4).map(lambda n: n / 4)
opinions = st.builds(
    brings,
    st.sampled_from([f"p{n}" for n in range(6)]),
    item_id=st.sampled_from(["dune", "emma"]),
    action=st.sampled_from(Action),
    attitude=_quarters,
    rating=st.none() | st.integers(0, 10).map(lambda n: n / 2),
    days_ago=st.integers(0, 900).map(float),
    words=st.none() | st.integers(0, 4).map(said),
    praised=st.sampled_from([(), ("pace",), ("prose", "pace")]),
    blamed=st.sampled_from([(), ("ending",)]),
)
