"""Paired tests: how often differences as large come about where only their signs are chance.

Where two systems are worth the same, each person's difference might as well be its opposite. So p
is the share of all ways to sign the differences under which their mean is at least as far from 0.
It cannot be smaller than few people allow: of three it is never below 1/4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FLIPS = 10_000
_EXACT = 13  # differences that are not 0: with no more, all of their 8,192 ways are counted
_BATCH = 500  # ways drawn at once: bounds memory, not the result
_ROUNDING = 1e-12  # a difference of sums this small, a person, is none


def two_sided_ps(apart: NDArray[np.float64], *, seed: int) -> NDArray[np.float64]:
    """The p of each column (K,) of differences `apart` (P, K), a row a person.

    Exact where few differ. Else of 10,000 ways drawn from `seed`, the one that was observed counted
    in, so that nothing below 1 / 10,001 can be told; every column sees the same ways. Raises
    ValueError without people.
    """
    if apart.ndim != 2 or len(apart) == 0:
        raise ValueError(f"needs a row a person and at least one person, got {apart.shape}")
    apart = np.where(np.abs(apart) < _ROUNDING, 0.0, apart)
    few = np.count_nonzero(apart, axis=0) <= _EXACT
    ps = np.empty(apart.shape[1])
    ps[few] = [_exact(column[column != 0]) for column in apart[:, few].T]
    ps[~few] = _drawn(apart[:, ~few], seed)
    return ps


def _exact(apart: NDArray[np.float64]) -> float:
    """Over all ways to sign them; of none the only way is the one observed."""
    ways = (np.arange(2 ** len(apart))[:, None] >> np.arange(len(apart))) & 1
    return float(_as_far((2 * ways - 1) @ apart, apart).mean())


def _drawn(apart: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    found = np.zeros(apart.shape[1])
    if apart.shape[1] == 0:
        return found
    for start in range(0, FLIPS, _BATCH):
        size = min(_BATCH, FLIPS - start)
        signs = 2.0 * rng.integers(0, 2, (size, len(apart)), dtype=np.int8) - 1
        found += _as_far(signs @ apart, apart).sum(axis=0)
    return (found + 1) / (FLIPS + 1)


def _as_far(sums: NDArray[np.float64], apart: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which sums (R, ...) are at least as far from 0 as that of `apart` (P, ...)."""
    as_far: NDArray[np.bool_] = np.abs(sums) >= np.abs(apart.sum(axis=0)) - _ROUNDING * len(apart)
    return as_far
