"""Which parameters each stage moves, for sequences and for one step over a list."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import pytest
import torch
from scripts.toys.models import TinyModel, TinyRouter
from torch import Tensor, nn

from credence.inference.routing.blend import TopKRouter
from credence.inference.training.stages import (
    Examples,
    Pairs,
    Routing,
    adaptive,
    cdpo,
    label,
    mixed,
    reward,
    sft,
)

LABELS = 9


class Lister(nn.Module):
    """A ranking model in miniature: candidates (B, N, D) to logits (B, N), padding ruled out."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(4, 1)

    def forward(self, candidates: Tensor) -> Tensor:
        """NaN marks a place on the list that holds no candidate."""
        missing = candidates.isnan().any(-1)
        logits: Tensor = self.net(candidates.nan_to_num()).squeeze(-1)
        return logits.masked_fill(missing, -torch.inf)


class ListRouter(nn.Module):
    """A router over listers."""

    def __init__(self) -> None:
        super().__init__()
        self.complement, self.weights = Lister(), nn.Linear(4, 2)

    def forward(self, candidates: Tensor) -> Routing:
        """Weights from the mean of the list."""
        return Routing(self.weights(candidates.nanmean(1)), self.complement(candidates))


def sequences(seed: int) -> Examples:
    dice = torch.Generator().manual_seed(seed)
    tokens = torch.randint(LABELS, (6, 8), generator=dice)
    mask = torch.arange(7) < torch.tensor([7, 7, 6, 5, 2, 0]).unsqueeze(1)
    return Examples(tokens[:, :-1], tokens[:, 1:].masked_fill(~mask, -100), mask)


def lists(seed: int) -> Examples:
    dice = torch.Generator().manual_seed(seed)
    candidates = torch.randn(6, 5, 4, generator=dice)
    candidates[::2, 3:] = torch.nan
    return Examples(candidates, torch.randint(3, (6,), generator=dice))


def moved(losses: Mapping[str, Tensor], module: nn.Module) -> set[str]:
    """Names of the parameters that get a gradient other than zero; all of it is finite."""
    names, parameters = zip(*module.named_parameters(), strict=True)
    slopes = torch.autograd.grad(
        losses["loss"], parameters, allow_unused=True, retain_graph=True, materialize_grads=True
    )
    assert all(torch.isfinite(slope).all() for slope in slopes)
    return {name for name, slope in zip(names, slopes, strict=True) if slope.any()}


def all_of(module: nn.Module) -> set[str]:
    return {name for name, _ in module.named_parameters()}


@pytest.fixture
def router() -> TinyRouter:
    torch.manual_seed(0)
    return TinyRouter(LABELS, 2, width=6)


@pytest.fixture
def experts() -> list[TinyModel]:
    torch.manual_seed(1)
    return [TinyModel(LABELS, width=5), TinyModel(LABELS, width=5)]


def test_cdpo_moves_the_routers_language_model_and_not_its_head_nor_the_experts(
    router: TinyRouter, experts: list[TinyModel]
) -> None:
    before = deepcopy(router)
    losses = cdpo(router, experts, before, beta=0.1)(Pairs(sequences(1), sequences(2)))
    assert losses["loss"].item() == pytest.approx(0.693147, abs=1e-5)  # nothing has moved yet
    assert moved(losses, router) == {f"language.{name}" for name in all_of(router.language)}
    for other in (before, *experts):
        assert moved(losses, other) == set()


def test_fine_tuning_moves_language_model_and_head_and_not_the_experts(
    router: TinyRouter, experts: list[TinyModel]
) -> None:
    losses = sft(router, experts)(sequences(1))
    assert moved(losses, router) == all_of(router)
    assert all(moved(losses, expert) == set() for expert in experts)


def test_mixed_stages_add_up_by_their_shares(router: TinyRouter, experts: list[TinyModel]) -> None:
    prefer, speak = cdpo(router, experts, deepcopy(router)), sft(router, experts)
    pairs, examples = Pairs(sequences(1), sequences(2)), sequences(3)
    both = mixed({"cdpo": prefer, "sft": speak}, {"cdpo": 1.0, "sft": 0.5})
    said = both({"cdpo": pairs, "sft": examples})
    parts = [prefer(pairs)["loss"].item(), speak(examples)["loss"].item()]
    assert said["loss"].item() == pytest.approx(parts[0] + 0.5 * parts[1], abs=1e-5)
    assert said["sft.loss"].item() == pytest.approx(parts[1], abs=1e-5)
    assert moved(said, router) == all_of(router)
    with pytest.raises(ValueError, match="shares are for"):
        mixed({"cdpo": prefer}, {"sft": 1.0})


def test_alpha_is_learnt_on_frozen_models(experts: list[TinyModel]) -> None:
    torch.manual_seed(2)
    alpha = TopKRouter(k=3)
    losses = adaptive(alpha, *experts)(sequences(1))
    assert moved(losses, alpha) == all_of(alpha)
    assert all(moved(losses, model) == set() for model in experts)


def test_reward_and_expert_stages_move_all_of_their_model(experts: list[TinyModel]) -> None:
    assert moved(label(experts[0])(sequences(1)), experts[0]) == all_of(experts[0])
    judged = reward(experts[1])(Pairs(sequences(1), sequences(2)))
    assert moved(judged, experts[1]) == all_of(experts[1])


def test_every_stage_learns_from_lists_with_padding_as_well() -> None:
    torch.manual_seed(3)
    router, experts, alpha = ListRouter(), [Lister(), Lister()], TopKRouter(k=4)
    one = lists(1)
    pairs = Pairs(one, one._replace(labels=(one.labels + 1) % 3))
    bias = {"complement.net.bias"}  # the same for every candidate, so it counts for nothing

    fine = moved(sft(router, experts)(one), router)
    assert fine - bias == {"complement.net.weight", "weights.weight", "weights.bias"}
    aligned = moved(cdpo(router, experts, deepcopy(router))(pairs), router)
    assert aligned - bias == {"complement.net.weight"}
    assert "net.weight" in moved(reward(experts[0])(pairs), experts[0])
    assert "net.weight" in moved(label(experts[1])(one), experts[1])
    assert moved(adaptive(alpha, *experts)(one), alpha) == all_of(alpha)
