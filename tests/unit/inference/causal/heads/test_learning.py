"""Heads learnt on made-up answers of which the right routes and steering are known."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from credence.inference.causal.heads.learning import LearntHead, Plan, learn_alpha, learn_head
from credence.inference.causal.heads.observed import Observed
from credence.inference.causal.heads.opinions import (
    AVERAGE,
    AVERAGED,
    FUSED,
    ROUTER,
    STEERED,
    opinions,
    routes,
)
from credence.inference.routing.blend import FixedAlpha, TopKRouter
from credence.inference.training.errors import OtherSettings

QUESTIONS, TURNS, LABELS, WIDTH, K = 600, 2, 6, 12, 2
NAMES = ["films", "books"]
OTHERS = ("expert films alone", "expert books alone", AVERAGE, AVERAGED, ROUTER)
PLAN = Plan(steps=100)


def said(*, tells: bool = True, seed: int = 0) -> tuple[Observed, Tensor]:
    """Questions of two kinds (Q,), which the router's state tells apart if it `tells`.

    The expert of a kind knows its answers and is sure of wrong ones elsewhere; the reward model is
    right where its best label is likely, and wrong where it is not.
    """
    dice = torch.Generator().manual_seed(seed)
    kind = torch.randint(2, (QUESTIONS,), generator=dice)
    order = torch.stack(
        [torch.randperm(LABELS, generator=dice) for _ in range(QUESTIONS * TURNS)]
    ).view(QUESTIONS, TURNS, LABELS)
    right = torch.randint(LABELS, (QUESTIONS,), generator=dice)
    hit = order == right[:, None, None]
    miss = order == ((right + 1) % LABELS)[:, None, None]
    hidden = 3 + 40 * torch.randn(QUESTIONS, TURNS, WIDTH, generator=dice)
    if tells:
        hidden[..., 4] += 100 * (2 * kind[:, None] - 1)
    hidden[..., 0] = 7.0  # the same everywhere: no spread
    experts = torch.stack(
        [torch.where((kind == at)[:, None, None], hit, miss) * 4.0 for at in range(len(NAMES))],
        1,
    )
    helps = torch.rand(QUESTIONS, generator=dice) < 0.5
    reward = torch.where(helps[:, None, None], hit * 6.0, miss * 2.0)
    noise = 0.5 * torch.randn(experts.shape, generator=dice)
    seen = torch.randn(QUESTIONS, len(NAMES), TURNS, 4 * K, generator=dice)
    seen[..., 0] += torch.where(helps, 3.0, -3.0)[:, None, None]
    return (
        Observed(
            hidden=hidden,
            router=torch.log_softmax(torch.zeros(QUESTIONS, TURNS, LABELS), -1),
            experts=torch.log_softmax(experts + noise, -1),
            reward=torch.log_softmax(reward, -1)[:, None],
            seen=seen,
            order=order,
            right=right,
        ),
        kind,
    )


def thirds(whole: Observed) -> tuple[Observed, Observed, Observed]:
    size = QUESTIONS // 3
    return (
        whole.of(range(size)),
        whole.of(range(size, 2 * size)),
        whole.of(range(2 * size, QUESTIONS)),
    )


def hits(logs: Tensor, of: Observed) -> float:
    return float((logs.argmax(-1) == of.right).float().mean())


@pytest.fixture(scope="module")
def learnt() -> LearntHead:
    learn, choose, _ = thirds(said()[0])
    return learn_head(learn, choose, NAMES, plan=PLAN)


def test_the_head_routes_to_the_expert_who_knows_and_the_whole_is_right(learnt: LearntHead) -> None:
    whole, kind = said()
    other = thirds(whole)[2]
    assert "routing loss" in learnt.how
    route = routes(other, learnt.head)
    assert (route == kind[-len(other) :, None]).float().mean() >= 0.95
    made = opinions(other, NAMES, learnt.head, None)
    best = max(hits(made[name], other) for name in OTHERS)
    assert hits(made[FUSED], other) > 0.9
    assert best < 0.75


def test_where_nothing_tells_kinds_apart_the_average_is_there_to_be_held_against() -> None:
    whole, _ = said(tells=False)
    learn, choose, other = thirds(whole)
    learnt = learn_head(learn, choose, NAMES, plan=PLAN)
    made = opinions(other, NAMES, learnt.head, None)
    loss = {name: -float(made[name].gather(-1, other.right[:, None]).mean()) for name in made}
    assert loss[AVERAGED] < loss[FUSED]  # routes by chance are an average of some orders


def test_one_expert_is_chosen_without_learning_anything() -> None:
    whole, _ = said()
    alone = Observed(**whole.tensors() | {"experts": whole.experts[:, :1]})
    learn, choose, other = thirds(alone)
    learnt = learn_head(learn, choose, ["films"], plan=PLAN)
    assert learnt.how == "always films"
    assert (routes(other, learnt.head) == 0).all()


def test_learnt_alpha_beats_every_fixed_one_where_the_reward_model_helps_at_times(
    learnt: LearntHead,
) -> None:
    learn, choose, other = thirds(said()[0])
    steers = learn_alpha(learn, choose, learnt.head, TopKRouter(K), plan=PLAN)
    assert steers.how == "learnt"
    route = opinions(other, NAMES, learnt.head, steers.alpha)
    losses = {
        name: -float(logs.gather(-1, other.right[:, None]).mean()) for name, logs in route.items()
    }
    fixed = [loss for name, loss in losses.items() if name.startswith(f"{STEERED}, ")]
    assert len(fixed) == 11
    assert losses[STEERED] < min(fixed)


def test_one_alpha_for_all_is_kept_where_nothing_says_when_to_steer(learnt: LearntHead) -> None:
    whole, _ = said()
    blind = Observed(**whole.tensors() | {"seen": torch.randn_like(whole.seen)})
    learn, choose, _ = thirds(blind)
    steers = learn_alpha(learn, choose, learnt.head, TopKRouter(K), plan=Plan(steps=300))
    assert isinstance(steers.alpha, FixedAlpha)
    assert steers.how == f"{steers.alpha.alpha:g} for all"


def test_without_experts_alpha_steers_the_router() -> None:
    whole, _ = said()
    bare = Observed(
        **whole.tensors() | {"experts": whole.experts[:, :0], "seen": whole.seen[:, :1]}
    )
    learn, choose, other = thirds(bare)
    learnt = learn_alpha(learn, choose, None, TopKRouter(K), plan=PLAN)
    made = opinions(other, [], None, learnt.alpha)
    assert hits(made[STEERED], other) > hits(made[ROUTER], other)
    assert FUSED not in made


def test_the_same_seed_learns_the_same_and_goes_on_from_checkpoints(tmp_path: Path) -> None:
    learn, choose, _ = thirds(said()[0])
    plan = Plan(steps=15)
    one = learn_head(learn, choose, NAMES, plan=plan, folder=tmp_path)
    again = learn_head(learn, choose, NAMES, plan=plan, folder=tmp_path)
    other = learn_head(learn, choose, NAMES, plan=plan)
    assert torch.equal(one.head.linear.weight, again.head.linear.weight)
    assert torch.equal(one.head.linear.weight, other.head.linear.weight)
    assert one.losses == other.losses
    with pytest.raises(OtherSettings, match="rows"):
        learn_head(choose, learn, NAMES, plan=plan, folder=tmp_path)
