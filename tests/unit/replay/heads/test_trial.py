"""A trial counts every person once, and ties by the order of the candidates."""

from __future__ import annotations

import numpy as np
import pytest

from credence.replay.heads.trial import tried


def test_people_count_once_and_ties_go_to_the_first() -> None:
    ours = np.log(np.array([[0.6, 0.4], [0.2, 0.8], [0.5, 0.5], [0.5, 0.5]], dtype=np.float32))
    other = np.log(np.array([[0.1, 0.9]] * 4, dtype=np.float32))
    right, people = [0, 0, 0, 1], ["a", "a", "b", "c"]

    trial = tried({"ours": ours, "other": other}, right, people, ours="ours", seed=0)

    assert (trial.people, trial.lists) == (3, 4)
    mine = trial.figures["ours"]["HR@1"].mean.mean
    assert mine == pytest.approx((0.5 + 1 + 0) / 3)
    assert trial.figures["other"]["HR@1"].mean.mean == pytest.approx(1 / 3)
    assert trial.figures["other"]["HR@1"].ours_less.mean == pytest.approx(mine - 1 / 3)
    loss = trial.figures["ours"]["log-loss"].mean.mean
    assert loss == pytest.approx((-np.log(0.6 * 0.2) / 2 - 2 * np.log(0.5)) / 3, abs=1e-6)
    second = (1 + 1 / np.log2(3)) / 2
    assert trial.figures["ours"]["NDCG@5"].mean.mean == pytest.approx(
        (second + 1 + 1 / np.log2(3)) / 3
    )


def test_what_is_not_won_for_sure_is_named() -> None:
    good = np.log(np.tile(np.array([0.9, 0.1], dtype=np.float32), (40, 1)))
    people = [str(at) for at in range(40)]

    trial = tried(
        {"ours": good, "same": good, "worse": good[:, ::-1]}, [0] * 40, people, ours="ours", seed=0
    )

    assert trial.not_surely_worse == ("same",)
