"""The interval of a hit rate over lists of people who were shown several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from credence.memory.model import Action, Event
from credence.memory.outcome import ListOutcome, Spread
from credence.memory.verdict import refused, taken

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


@pytest.mark.parametrize(
    ("action", "rating", "came"),
    [
        (Action.PURCHASE, None, "taken"),
        (Action.LIKE, None, "taken"),
        (Action.SKIP, None, "refused"),
        (Action.DISLIKE, None, "refused"),
        (Action.CLICK, None, "neither"),
        (Action.REVIEW, 4.0, "taken"),
        (Action.REVIEW, 3.9, "neither"),
        (Action.PURCHASE, 2.0, "refused"),  # a rating decides, whatever was done
        (Action.DISLIKE, 5.0, "taken"),
    ],
)
def test_an_event_says_whether_its_item_was_taken_or_refused(
    action: Action, rating: float | None, came: str
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    event = Event(
        seq=1,
        item_id="dune",
        action=action,
        rating=rating,
        text="",
        metadata={},
        occurred_at=now,
        recorded_at=now,
    )

    assert (taken(event), refused(event)) == (came == "taken", came == "refused")
