from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.replay.asking.listing import faults_of, labels_of, permutation, scores_of
from credence.replay.ranks import best_first

CANDIDATES = ("w", "x", "y", "z")


def test_labels_go_from_one_letter_to_two() -> None:
    labels = labels_of(28)

    assert labels[:3] == ("A", "B", "C")
    assert labels[25:] == ("Z", "AA", "AB")


@pytest.mark.parametrize(
    ("order", "places"),
    [
        (["D", "B", "A", "C"], (3, 1, 0, 2)),
        (["C", "A"], (2, 0, 1, 3)),  # those left out go last, as they were shown
        (["C"], None),  # fewer than half are no order
        (["C", "C", "A", "Q", "C"], (2, 0, 1, 3)),  # once each, and no others
        ([" c.", "[A]", "`b`", "d)"], (2, 0, 1, 3)),
        (["Q", "", "the first"], None),
        ([], None),
    ],
)
def test_an_order_becomes_a_permutation_of_what_was_shown(
    order: list[str], places: tuple[int, ...] | None
) -> None:
    assert permutation(order, 4) == places


@given(
    order=st.lists(st.text(max_size=4) | st.sampled_from(labels_of(30))), count=st.integers(1, 30)
)
def test_whatever_a_model_says_each_candidate_stands_in_the_order_once(
    order: list[str], count: int
) -> None:
    places = permutation(order, count)

    assert places is None or sorted(places) == list(range(count))


@given(order=st.permutations(range(4)))
def test_scores_put_the_candidates_into_the_order_they_stand_for(order: list[int]) -> None:
    scores = np.array(scores_of(order))

    assert best_first(scores, CANDIDATES, user_id="anna", seed=0) == order


def test_an_order_with_fewer_than_half_of_the_labels_is_faulty() -> None:
    assert faults_of(["A", "B"], 4) == ()
    assert "1 of the 4" in faults_of(["A", "A", "Q"], 4)[0]
