"""Conditional logit with box bounds: which of N was chosen, by a linear score of F signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]

_ROUNDS = 100
_SWEEPS = 200
_CLOSE = 1e-8
_SETTLED = 1e-12  # of a step, far below what ends the rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """B choices among N, each with its share of the loss."""

    signals: Table  # (B, N, F)
    chosen: NDArray[np.int_]  # (B,)
    shares: Table  # (B,), sum to 1


def fit_choices(choices: Choices, *, low: Table, high: Table, penalty: float) -> Table:
    """Weights (F,) within [low, high] of least penalised log-loss; the problem is convex.

    Newton's method; each step's quadratic is solved by coordinate descent within the bounds.
    Raises ValueError if a bound excludes everything.
    """
    if (low > high).any():
        raise ValueError("a lower bound is above its upper bound")
    weights = np.clip(np.zeros(len(low)), low, high)
    for _ in range(_ROUNDS):
        gradient, curvature = _slope(choices, weights, penalty)
        step = _bounded_step(gradient, curvature, low - weights, high - weights)
        weights = weights + step
        if np.abs(step).max() < _CLOSE:
            break
    return weights


def log_probabilities(signals: Table, weights: Table) -> Table:
    """Log-probability of each alternative (B, N)."""
    scores = signals @ weights
    scores = scores - scores.max(axis=1, keepdims=True)
    logs: Table = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return logs


def _slope(choices: Choices, weights: Table, penalty: float) -> tuple[Table, Table]:
    """Gradient of the objective (F,), uphill, and its negated curvature (F, F)."""
    chances = np.exp(log_probabilities(choices.signals, weights))
    expected = np.einsum("bn,bnf->bf", chances, choices.signals)
    taken = choices.signals[np.arange(len(choices.chosen)), choices.chosen]
    gradient = choices.shares @ (taken - expected) - penalty * weights
    spread = choices.signals - expected[:, None]
    weighed = (choices.shares[:, None] * chances)[:, :, None] * spread
    curvature = np.einsum("bnf,bng->fg", weighed, spread) + penalty * np.eye(len(weights))
    return gradient, curvature


def _bounded_step(gradient: Table, curvature: Table, low: Table, high: Table) -> Table:
    step = np.zeros(len(gradient))
    for _ in range(_SWEEPS):
        before = step.copy()
        for f in range(len(step)):
            rest = gradient[f] - curvature[f] @ step + curvature[f, f] * step[f]
            step[f] = min(max(rest / curvature[f, f], low[f]), high[f])
        if np.abs(step - before).max() < _SETTLED:
            break
    return step
