"""From scores to an order and the target's rank, with ties that favour nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DECIMALS = 9  # what differs less is rounding, and a tie


def best_first(
    scores: NDArray[np.float64], candidates: Sequence[str], *, user_id: str, seed: int
) -> list[int]:
    """Indices of the candidates, best first. Equal scores are ordered by a hash of seed, person
    and item, so a constant score is as good as chance; one that is not a number comes last.
    """
    failed = np.where(np.isnan(scores), -np.inf, np.round(scores, DECIMALS))
    drawn = [_lot(seed, user_id, candidate) for candidate in candidates]
    return sorted(range(len(candidates)), key=lambda i: (-failed[i], drawn[i]))


def target_rank(
    scores: NDArray[np.float64], candidates: Sequence[str], target: str, *, user_id: str, seed: int
) -> int:
    """The target's rank from 1 in the order of `best_first`."""
    order = best_first(scores, candidates, user_id=user_id, seed=seed)
    return order.index(candidates.index(target)) + 1


def _lot(seed: int, user_id: str, item_id: str) -> bytes:
    return hashlib.sha256(f"{seed}/{user_id}/{item_id}".encode()).digest()
