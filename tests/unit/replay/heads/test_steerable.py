"""Alpha learns from what steering moves, though a model rules a right candidate out elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from credence.inference.causal.heads.learning import Plan, learn_alpha
from credence.inference.causal.heads.observed import Observed
from credence.inference.routing.blend import TopKRouter
from credence.inference.routing.fusion import WeightsHead
from credence.inference.training.errors import LossNotFinite
from credence.replay.heads.steerable import NothingToSteer, steerable
from tests.unit.inference.causal.heads.test_learning import WIDTH, K, said, thirds

PLAN = Plan(steps=20)


def always_first() -> WeightsHead:
    """Chooses the first of two experts."""
    head = WeightsHead(WIDTH, 2)
    with torch.no_grad():
        head.linear.weight.zero_()
        head.linear.bias.copy_(torch.tensor([1.0, 0.0]))
    return head


def without(part: str, whole: Observed, questions: int) -> Observed:
    """In the first of two orders of so many questions the right label is minus infinity there."""
    logs = getattr(whole, part).clone()
    for at in range(questions):
        logs[at, ..., 0, whole.labels[at, 0]] = -torch.inf
    return replace(whole, **{part: logs})


@pytest.mark.parametrize("part", ["router", "experts", "reward"])
def test_what_a_model_rules_out_ends_no_learning_of_alpha(part: str) -> None:
    learn, choose, _ = thirds(said()[0])
    head = always_first()
    lame = without(part, learn, 3)
    with pytest.raises(LossNotFinite):
        learn_alpha(lame, choose, head, TopKRouter(k=K), plan=PLAN)

    teach = steerable(lame, head)
    learnt = learn_alpha(teach, choose, head, TopKRouter(k=K), plan=PLAN)

    assert len(teach) == len(learn) - 3
    assert torch.equal(teach.right, learn.right[3:])
    assert all(torch.isfinite(torch.tensor(loss)) for loss in learnt.losses.values())


def test_wrong_labels_that_are_ruled_out_take_nothing_away() -> None:
    learn, _, _ = thirds(said()[0])
    logs = learn.reward.clone()
    wrong = (learn.labels + 1) % logs.shape[-1]
    logs.scatter_(-1, wrong[:, None, :, None], -torch.inf)

    assert len(steerable(replace(learn, reward=logs), None)) == len(learn)


def test_of_experts_the_chosen_one_counts() -> None:
    learn, _, _ = thirds(said()[0])
    logs = learn.experts[:, :1].clone()
    other = torch.full_like(logs, -torch.inf)

    kept = steerable(replace(learn, experts=torch.cat([logs, other], 1)), always_first())

    assert len(kept) == len(learn)


def test_where_nothing_is_left_it_says_so() -> None:
    learn, _, _ = thirds(said()[0])

    with pytest.raises(NothingToSteer, match=f"each of {len(learn)} questions"):
        steerable(without("reward", learn, len(learn)), None)
