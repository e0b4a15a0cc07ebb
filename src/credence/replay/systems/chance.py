"""Chance: what a system without any knowledge gets."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from credence.replay.systems.scored import Scorer
from credence.replay.systems.system import Lessons, Question

_RANGE = 2.0**48  # which a float holds exactly
_BYTES = 6


def chance(material: Lessons) -> Scorer:
    """A number in [0, 1) by a hash of seed, person and item."""

    def scorer(question: Question) -> NDArray[np.float64]:
        return np.array(
            [_drawn(material.seed, question.user_id, item) for item in question.candidates]
        )

    return scorer


def _drawn(seed: int, user_id: str, item_id: str) -> float:
    """Not the hash that breaks ties or orders candidates: those say other words first."""
    digest = hashlib.sha256(f"random system/{seed}/{user_id}/{item_id}".encode()).digest()
    return int.from_bytes(digest[:_BYTES], "big") / _RANGE
