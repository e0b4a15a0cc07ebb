"""The interval of a hit rate over lists of people who were shown several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from credence.memory.outcome import ListOutcome, Spread

SEED = 4


def of(people: Sequence[tuple[int, int]]) -> ListOutcome:
    """Each person's lists, and how many of them something was taken from."""
    lists, taken = sum(n for n, _ in people), sum(t for _, t in people)
    return ListOutcome(
        group={},
        lists=lists,
        people=len(people),
        cited=taken,
        taken=taken,
        refused=0,
        reciprocal_ranks=taken / 2,
        spread=Spread(
            lists_squared=sum(n * n for n, _ in people),
            lists_taken=sum(n * t for n, t in people),
            taken_squared=sum(t * t for _, t in people),
        ),
    )


def test_lists_of_as_many_people_have_wilsons_interval() -> None:
    told = of([(1, 1)] * 3_000 + [(1, 0)] * 7_000)

    assert told.hit_rate == 0.3
    assert told.mrr == 0.15
    assert told.interval == pytest.approx((0.29110, 0.30906), abs=1e-4)  # Wilson (1927)


def test_lists_of_people_who_always_take_or_never_are_as_few_as_the_people() -> None:
    told = of([(10, 10)] * 3 + [(10, 0)] * 7)
    few = of([(1, 1)] * 3 + [(1, 0)] * 7)

    assert told.hit_rate == few.hit_rate
    assert told.interval == pytest.approx(few.interval)


def test_nothing_taken_is_not_certainly_nothing() -> None:
    _, high = of([(5, 0)] * 10).interval
    low, _ = of([(5, 5)] * 10).interval

    assert 0.2775 < high < 0.4, "Wilson's of none in ten, and more, as ten are few"
    assert low == pytest.approx(1 - high)


def test_one_person_says_next_to_nothing_however_many_lists() -> None:
    low, high = of([(1_000, 500)]).interval

    assert low < 0.1
    assert high > 0.9


def test_two_people_who_agree_by_chance_are_two_people() -> None:
    low, high = of([(1_000, 500)] * 2).interval

    assert low < 0.1
    assert high > 0.9


@pytest.mark.parametrize(
    ("people", "heavy"), [(3, False), (10, False), (80, False), (50, True), (200, True)]
)
def test_the_interval_holds_the_rate_as_often_as_it_says(people: int, heavy: bool) -> None:
    rng = np.random.default_rng(SEED)
    held, runs = 0, 600
    for _ in range(runs):
        own = rng.beta(1, 3, size=people)  # people differ: the mean is .25
        lists = rng.zipf(1.9, people).clip(max=500) if heavy else rng.integers(1, 60, people)
        low, high = of(
            list(zip(lists.tolist(), rng.binomial(lists, own).tolist(), strict=True))
        ).interval
        held += low <= 0.25 <= high
    assert held / runs >= 0.9
