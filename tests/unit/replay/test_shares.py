"""Intervals of hits that lie in several lists a person, held against what is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.memory.wilson import wilson
from credence.replay.bootstrap import Interval, interval, of_shares

Shares = NDArray[np.float64]
_REACH = 1.959964


def ends(value: Interval) -> tuple[float, float]:
    return value.low, value.high


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_everybody_is_always_right_or_wrong_it_is_that_of_one_list_a_person(
    share: float,
) -> None:
    found = of_shares(np.full(40, share), lists=8)

    assert ends(found) == wilson(share, 40, z=_REACH)
    assert found.high - found.low > 0.08


def test_people_of_whom_each_list_says_the_same_count_once() -> None:
    shares = np.repeat([0.0, 1.0], [12, 28])

    assert ends(of_shares(shares, lists=8)) == wilson(0.7, 40, z=_REACH)


def test_lists_that_have_nothing_to_do_with_each_other_count_each() -> None:
    shares = np.random.default_rng(0).binomial(4, 0.6, 4_000) / 4

    found = of_shares(shares, lists=4)

    low, high = wilson(found.mean, 16_000, z=_REACH)
    assert found.high - found.low == pytest.approx(high - low, rel=0.03)


def test_it_never_tells_more_than_the_lists_do() -> None:
    """People who are all right as often as each other look as if they told more."""
    found = of_shares(np.full(400, 0.5), lists=2)

    assert ends(found) == wilson(0.5, 800, z=_REACH)


def test_one_miss_among_thousands_of_lists_makes_it_hardly_narrower() -> None:
    always = np.ones(200)
    once = np.append(np.ones(199), 7 / 8)

    none, one = (of_shares(shares, lists=8) for shares in (always, once))
    resampled = interval(once, seed=0)

    assert none.low - one.low < 0.1 * (1 - none.low)
    assert one.mean - one.low > 5 * (one.mean - resampled.low)


def test_without_people_there_is_no_interval() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        of_shares(np.zeros(0), lists=2)


def alike(rate: float, alikeness: float) -> Callable[[np.random.Generator, int], Shares]:
    """How often each person is right: beta-distributed, of this correlation within a person."""
    rest = (1 - alikeness) / alikeness
    return lambda dice, people: dice.beta(rate * rest, (1 - rate) * rest, people)


def two_kinds(dice: np.random.Generator, people: int) -> Shares:
    """Always right, but for some who never are."""
    return (dice.random(people) < 0.97).astype(np.float64)


@pytest.mark.parametrize(
    ("people_are", "truth"),
    [
        (alike(0.6, 0.05), 0.6),
        (alike(0.6, 0.95), 0.6),
        (alike(0.95, 0.05), 0.95),
        (alike(0.95, 0.5), 0.95),
        (alike(0.95, 0.9), 0.95),
        (alike(0.99, 0.3), 0.99),
        (alike(0.05, 0.5), 0.05),
        (two_kinds, 0.97),
    ],
)
@pytest.mark.parametrize(("people", "lists"), [(20, 2), (20, 8), (100, 4)])
def test_it_holds_the_truth_about_as_often_as_it_says(
    people_are: Callable[[np.random.Generator, int], Shares], truth: float, people: int, lists: int
) -> None:
    """Percentile resamples of such people hold it in .28 to .97 of all cases."""
    dice, draws, held = np.random.default_rng(1), 800, 0
    for _ in range(draws):
        found = of_shares(dice.binomial(lists, people_are(dice, people)) / lists, lists=lists)
        held += found.low <= truth <= found.high

    assert held / draws > 0.9
