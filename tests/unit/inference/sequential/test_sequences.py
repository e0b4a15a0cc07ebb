"""Sequences of items: windows, the network and its training."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from credence.inference.sequential.network import SequenceNetwork, Shape
from credence.inference.sequential.settings import Settings
from credence.inference.sequential.training import train
from credence.inference.sequential.windows import NOTHING, padded, windows

SMALL = Settings(longest=6, width=8, blocks=1, dropout=0.0, batch=8, rate=1e-2, epochs=40)
ROUND = [[(start + step) % 8 for step in range(6)] for start in range(8)]


def a_network() -> SequenceNetwork:
    torch.manual_seed(0)
    shape = Shape(items=9, longest=6, width=8, blocks=2, heads=2, dropout=0.0)
    return SequenceNetwork(shape).eval()


@given(
    sequence=st.lists(st.integers(0, 99), max_size=40),
    longest=st.integers(1, 12),
)
def test_every_step_of_a_sequence_is_in_one_window(sequence: list[int], longest: int) -> None:
    cut = [list(run) for run in windows(sequence, longest)]

    steps = [step for run in reversed(cut) for step in pairwise(run)]
    assert steps == list(pairwise(sequence))
    assert all(2 <= len(run) <= longest + 1 for run in cut)


def test_runs_are_padded_on_the_right_and_nothing_comes_after_them() -> None:
    seen, came = padded([[4, 5, 6], [7, 8]])

    assert seen.tolist() == [[4, 5], [7, 0]]
    assert came.tolist() == [[5, 6], [8, NOTHING]]


@torch.inference_mode()
def test_a_place_sees_nothing_of_what_comes_later() -> None:
    network = a_network()

    one = network(torch.tensor([[1, 2, 3, 4]]))[0, :2]
    other = network(torch.tensor([[1, 2, 8, 7]]))[0, :2]
    changed = network(torch.tensor([[2, 2, 3, 4]]))[0, :2]

    assert torch.allclose(one, other, atol=1e-6)
    assert not torch.allclose(one, changed, atol=1e-3)


def test_training_is_the_same_for_a_seed_and_leaves_the_random_state_alone() -> None:
    torch.manual_seed(5)
    expected, threads = torch.rand(3), torch.get_num_threads()
    torch.manual_seed(5)

    once, again, other = (train(ROUND, ROUND, items=8, seed=s, settings=SMALL) for s in (1, 1, 2))

    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    assert np.array_equal(once.scores([3, 4]), again.scores([3, 4]))
    assert not np.array_equal(once.scores([3, 4]), other.scores([3, 4]))


def test_what_always_follows_is_found_also_behind_a_longer_history() -> None:
    model = train(ROUND * 2, ROUND, items=8, seed=0, settings=SMALL)

    assert int(model.scores([3, 4, 5]).argmax()) == 6
    assert int(model.scores([n % 8 for n in range(30)]).argmax()) == 6


def test_training_stops_where_held_out_steps_get_no_likelier() -> None:
    """Held-out people who do the opposite: what is learnt is of no use, so little is kept."""
    opposite = [list(reversed(run)) for run in ROUND]

    stopped = train(ROUND * 2, opposite, items=8, seed=0, settings=SMALL)
    trained = train(ROUND * 2, [], items=8, seed=0, settings=SMALL)

    def lead(scores: np.ndarray) -> float:
        return float(scores[6] - np.delete(scores, 6).max())

    assert lead(trained.scores([3, 4, 5])) > lead(stopped.scores([3, 4, 5])) + 0.5


def test_the_best_weights_are_kept_however_long_it_went_on_without_getting_better() -> None:
    opposite = [list(reversed(run)) for run in ROUND]

    soon, late = (
        train(ROUND * 2, opposite, items=8, seed=0, settings=replace(SMALL, patience=patience))
        for patience in (3, 12)
    )

    assert np.array_equal(soon.scores([3, 4, 5]), late.scores([3, 4, 5]))


def test_without_a_step_to_learn_from_there_are_scores_still() -> None:
    model = train([[1], []], [[2]], items=3, seed=0, settings=SMALL)

    assert np.isfinite(model.scores([0])).all()


def test_nothing_follows_from_nothing() -> None:
    with pytest.raises(ValueError, match="empty sequence"):
        train(ROUND, [], items=8, seed=0, settings=SMALL).scores([])
