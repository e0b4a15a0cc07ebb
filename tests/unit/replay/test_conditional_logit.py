"""Fitting weights to choices."""

from __future__ import annotations

import numpy as np
import pytest

from credence.replay.conditional_logit import Choices, fit_choices, log_probabilities

TRUE = np.array([1.5, -0.5, 0.0])
FREE = np.full(3, np.inf)


def choices(count: int = 6_000, *, seed: int = 0) -> Choices:
    """Choices among five, drawn by the weights `TRUE`."""
    rng = np.random.default_rng(seed)
    signals = rng.normal(size=(count, 5, 3))
    noise = rng.gumbel(size=(count, 5))
    return Choices(
        signals=signals,
        chosen=(signals @ TRUE + noise).argmax(axis=1),
        shares=np.full(count, 1 / count),
    )


def test_weights_that_made_the_choices_are_found() -> None:
    found = fit_choices(choices(), low=-FREE, high=FREE, penalty=0.0)

    assert found == pytest.approx(TRUE, abs=0.08)


def test_no_weights_nearby_have_less_loss() -> None:
    made = choices(500)
    found = fit_choices(made, low=-FREE, high=FREE, penalty=0.05)

    def loss(weights: np.ndarray) -> float:
        logs = log_probabilities(made.signals, weights)
        return float(-logs[np.arange(500), made.chosen].mean() + 0.025 * weights @ weights)

    for step in np.vstack([np.eye(3), -np.eye(3)]) * 0.01:
        assert loss(found + step) > loss(found)


def test_bounds_hold_and_the_rest_adapts() -> None:
    low, high = np.array([-np.inf, 0.25, -np.inf]), np.array([1.0, np.inf, np.inf])

    found = fit_choices(choices(), low=low, high=high, penalty=0.0)

    assert found[0] == 1.0
    assert found[1] == 0.25


def test_a_penalty_draws_weights_to_nothing() -> None:
    free = fit_choices(choices(500), low=-FREE, high=FREE, penalty=0.0)
    held = fit_choices(choices(500), low=-FREE, high=FREE, penalty=10.0)

    assert np.abs(held).max() < 0.1 < np.abs(free).max()


def test_bounds_that_exclude_everything_are_refused() -> None:
    with pytest.raises(ValueError, match="above"):
        fit_choices(choices(10), low=np.ones(3), high=np.zeros(3), penalty=0.0)


def test_alternatives_share_all_probability() -> None:
    logs = log_probabilities(choices(20).signals * 1_000, TRUE)

    assert np.exp(logs).sum(axis=1) == pytest.approx(1)
