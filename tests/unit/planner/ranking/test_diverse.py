"""Greedy maximal marginal relevance."""

from __future__ import annotations

import numpy as np
import pytest

from credence.planner.ranking.diverse import diverse
from tests.unit.planner.ranking.cases import unit, units

TWINS_AND_ANOTHER = np.stack([unit(1, 0), unit(1, 0.01), unit(0, 1)])


def test_a_twin_of_what_is_there_comes_after_something_else() -> None:
    chosen = diverse(TWINS_AND_ANOTHER, [0.9, 0.89, 0.5], ["a", "b", "c"], k=3, trade_off=0.5)

    assert chosen.tolist() == [0, 2, 1]


def test_relevance_alone_is_the_plain_order() -> None:
    chosen = diverse(TWINS_AND_ANOTHER, [0.9, 0.89, 0.5], ["a", "b", "c"], k=3, trade_off=1.0)

    assert chosen.tolist() == [0, 1, 2]


def test_ties_go_to_the_smaller_id() -> None:
    vectors = np.stack([unit(1), unit(0, 1), unit(0, 0, 1)])

    chosen = diverse(vectors, [0.5, 0.5, 0.5], ["c", "a", "b"], k=2, trade_off=0.7)

    assert chosen.tolist() == [1, 2]


@pytest.mark.parametrize(("k", "length"), [(0, 0), (3, 3), (99, 8)])
def test_the_list_is_as_long_as_asked_or_as_there_are_items(k: int, length: int) -> None:
    rng = np.random.default_rng(0)
    ids = [str(index) for index in range(8)]

    chosen = diverse(units(rng, 8), rng.uniform(size=8), ids, k=k, trade_off=0.6)

    assert len(chosen) == len(set(chosen.tolist())) == length


@pytest.mark.parametrize(("k", "trade_off"), [(-1, 0.5), (1, 1.5)])
def test_what_cannot_be_asked_is_refused(k: int, trade_off: float) -> None:
    with pytest.raises(ValueError, match="trade_off"):
        diverse(TWINS_AND_ANOTHER, [1, 1, 1], ["a", "b", "c"], k=k, trade_off=trade_off)
