"""What the tables of steering and of firm dislikes are made from."""

from __future__ import annotations

import numpy as np
import pytest
from scripts.steering.dislikes import in_order, place
from scripts.steering.rules import ALONE, rules

from credence.planner.ranking.semantic import SemanticRanker
from tests.unit.planner.ranking import cases


def test_pairs_are_in_order_where_what_was_rated_high_stands_higher() -> None:
    ratings = (1.0, 3.0, 5.0, 4.0)

    assert in_order(np.array([0.0, 9.0, 1.0, 2.0]), ratings) == 1
    assert in_order(np.array([3.0, 0.0, 1.0, 2.0]), ratings) == 0
    assert in_order(np.array([1.5, 0.0, 1.0, 2.0]), ratings) == 0.5
    assert in_order(np.zeros(4), ratings) == 0.5


def test_the_best_is_in_place_1() -> None:
    assert [place(np.array([0.1, 0.9, 0.5]), index) for index in range(3)] == [3, 1, 2]


async def test_the_baseline_is_the_ranker_and_rules_only_lower_what_is_disliked() -> None:
    case, ranker = cases.a_case(candidates=8, chunks=6, events=5, heard=True), SemanticRanker()
    keep = cases.everything(case)

    told = {name: (await rule.score(case, keep)).scores[0] for name, rule in rules(ranker).items()}

    assert np.array_equal(told[ALONE], (await ranker.score(case, keep)).scores[0])
    assert any(not np.array_equal(scores, told[ALONE]) for scores in told.values())
    assert np.exp(told["the rule"]).sum() == pytest.approx(1.0)
