"""The p of paired differences: of few people exact, of many drawn, and never smaller than it may
be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.replay.sign_flips import FLIPS, two_sided_ps


def _p(*apart: float, seed: int = 0) -> float:
    return float(two_sided_ps(np.array(apart)[:, None], seed=seed)[0])


def _by_hand(apart: NDArray[np.float64]) -> float:
    ways = itertools.product((-1, 1), repeat=len(apart))
    sums = [abs(sum(s * d for s, d in zip(signs, apart, strict=True))) for signs in ways]
    as_far = [one >= abs(float(apart.sum())) - 1e-9 for one in sums]
    return as_far.count(True) / len(as_far)


@pytest.mark.parametrize("people", [1, 2, 3, 5, 10])
def test_people_who_all_agree_are_worth_no_more_than_their_number(people: int) -> None:
    assert _p(*[1.0] * people) == 2 / 2**people
    assert _p(*np.arange(1.0, people + 1)) == 2 / 2**people


def test_few_differences_are_worked_out_by_hand() -> None:
    rng = np.random.default_rng(1)
    for people in range(1, 9):
        apart = rng.integers(-3, 4, people) / 7
        assert _p(*apart) == pytest.approx(_by_hand(apart))


def test_people_without_a_difference_change_nothing() -> None:
    assert _p(1, 1, 1, *[0.0] * 500) == _p(1, 1, 1) == 0.25
    assert _p(1, 1, 1, *[1e-17] * 500) == 0.25


def test_no_difference_has_p_one() -> None:
    assert _p(0, 0, 0) == 1
    assert _p(1, -1) == 1
    assert _p(*[1.0, -1.0] * 40) == 1


def test_p_agrees_with_the_normal_law_where_people_are_many() -> None:
    values = np.random.default_rng(0).normal(size=400)
    values += 2.2 / np.sqrt(400) * values.std() - values.mean()  # 2.2 standard errors from 0

    assert _p(*values) == pytest.approx(0.0278, abs=0.006)


def test_p_is_the_same_for_a_difference_and_its_opposite() -> None:
    values = np.random.default_rng(3).normal(0.1, size=60)

    assert _p(*values) == _p(*-values)


def test_a_sure_difference_has_the_least_that_can_be_told() -> None:
    assert _p(*[1.0] * 100) == 1 / (FLIPS + 1)


def test_columns_are_tested_as_if_alone() -> None:
    apart = np.random.default_rng(4).normal(0.2, size=(40, 3))
    apart[5:, 1] = 0  # of this one few differ

    together = two_sided_ps(apart, seed=9)

    assert together.tolist() == [_p(*apart[:, column], seed=9) for column in range(3)]


def test_where_nothing_differs_few_are_found_to() -> None:
    drawn = np.random.default_rng(5).normal(size=(5, 2_000))

    assert (two_sided_ps(drawn, seed=0) < 0.05).mean() == 0
    drawn = np.random.default_rng(6).normal(size=(12, 2_000))
    assert (two_sided_ps(drawn, seed=0) < 0.05).mean() == pytest.approx(0.05, abs=0.015)


def test_differences_of_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        two_sided_ps(np.empty((0, 3)), seed=0)
