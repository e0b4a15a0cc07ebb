"""The order of a list."""

from __future__ import annotations

import numpy as np
import pytest

from credence.planner.ranking.order import order


def test_the_highest_score_comes_first_and_ties_go_by_id() -> None:
    assert order([0.1, 0.9, 0.1, 0.9], ["d", "c", "b", "a"]).tolist() == [3, 1, 2, 0]


def test_the_last_bits_of_a_score_make_no_order() -> None:
    assert order([1.0, np.nextafter(1.0, 2.0)], ["a", "b"]).tolist() == [0, 1]


def test_nothing_to_order_is_an_order() -> None:
    assert order([], []).tolist() == []


def test_a_score_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        order([0.0, np.nan], ["a", "b"])


def test_scores_for_other_ids_are_refused() -> None:
    with pytest.raises(ValueError, match="2 ids"):
        order([0.0], ["a", "b"])


def test_what_a_model_in_single_precision_rounds_away_is_a_tie() -> None:
    assert order([-1.25, -1.25 + 2e-6, -1.25 - 3e-6], ["b", "c", "a"]).tolist() == [2, 0, 1]
    assert order([-1.25, -1.2502], ["b", "a"]).tolist() == [0, 1]
