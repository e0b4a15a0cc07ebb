"""Toy catalogues with known rules: what each stage of training must come to know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from credence.inference.listwise.corpus import Corpus
from credence.inference.listwise.network import SIGNALS, Network, Shape
from credence.inference.listwise.router import ListRouter
from credence.inference.listwise.sources import Part
from credence.inference.listwise.training import Plan, train_alpha, train_expert, train_router
from credence.inference.routing.fusion import fuse_all
from credence.inference.training.errors import OtherSettings, TrainingError
from tests.unit.inference.listwise.worlds import (
    LIKING,
    PEOPLE,
    a_catalogue,
    direction,
    everything_of,
    hits,
)
from tests.unit.planner.ranking.cases import SIZE

SHAPE = Shape(dimension=SIZE, pair=4, chunk=4, width=16, hidden=8, dropout=0.0)
PLAN = Plan(epochs=25, learning_rate=1e-2, head_rate=3e-2)
COUNT = 256  # lists: one batch


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def linear(*, people: float = 0.0, liking: float = 0.0) -> torch.Tensor:
    """Weights that trust what others choose and like, as much silent as asked."""
    weights = torch.zeros(2, SIGNALS)
    weights[:, PEOPLE], weights[:, LIKING] = people, liking
    return weights


def lists_in(corpus: Corpus, *, home: int = 0, expert: int = 0) -> Part:
    return Part(corpus, torch.arange(len(corpus)), homes=(home,), expert=expert)


def test_an_expert_learns_what_its_linear_start_does_not_know() -> None:
    shown = a_catalogue(COUNT, centre=direction(0), sign=-1, seed=1)
    unseen = a_catalogue(200, centre=direction(0), sign=-1, seed=2)
    start = Network(SHAPE).eval()
    start.linear.data.copy_(linear(liking=0.3))

    expert = train_expert("toy", [lists_in(shown)], SHAPE, linear(liking=0.3), plan=PLAN)

    lists = everything_of(unseen)
    before, after = (hits(one(lists).logits[:, 0], unseen) for one in (start, expert))
    assert before < 0.2  # it trusts what should be mistrusted
    assert after > 0.6
    assert torch.equal(expert.linear.detach(), linear(liking=0.3))
    assert not expert.training


def test_a_stage_goes_on_only_with_the_lists_and_networks_it_began_with(tmp_path: Path) -> None:
    first = a_catalogue(20, centre=direction(0), sign=1, seed=1)
    other = a_catalogue(20, centre=direction(0), sign=-1, seed=1)
    plan = Plan(epochs=2)

    def trained(corpus: Corpus, weight: float, shape: Shape = SHAPE) -> Network:
        part = lists_in(corpus)
        return train_expert("toy", [part], shape, linear(liking=weight), plan=plan, folder=tmp_path)

    once, again = trained(first, 0.3), trained(first, 0.3)

    for name, weight in once.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name])
    with pytest.raises(TrainingError, match="lists"):
        trained(other, 0.3)
    for shown in (  # of the same lists
        replace(first, asked=~first.asked.bool()),
        replace(first, events=first.events + 1),
        replace(first, chunks=first.chunks + 1),
    ):
        with pytest.raises(TrainingError, match="lists"):
            trained(shown, 0.3)
    with pytest.raises(TrainingError, match="networks"):
        trained(first, 0.4)
    with pytest.raises(OtherSettings, match=r"shapes .*'dropout': 0.0.* now .*'dropout': 0.9"):
        trained(first, 0.3, replace(SHAPE, dropout=0.9))


def test_a_router_goes_on_only_with_networks_of_the_shapes_it_began_with(tmp_path: Path) -> None:
    part = lists_in(a_catalogue(20, centre=direction(0), sign=1, seed=1))
    homes = torch.from_numpy(direction(0))[None]

    def trained(dropout: float) -> ListRouter:
        torch.manual_seed(0)
        base = Network(replace(SHAPE, dropout=dropout))
        return train_router(
            [base],
            [part],
            homes,
            base,
            plan=Plan(epochs=1),
            folder=tmp_path,
            away=0.0,
            routing_share=1.0,
        )

    trained(0.0)
    with pytest.raises(OtherSettings, match="shapes"):
        trained(0.5)


@pytest.fixture(scope="module")
def contrary() -> tuple[list[Network], ListRouter]:
    """A generalist who knows what holds in both of two contrary catalogues, their experts, and
    a router."""
    torch.set_num_threads(1)
    catalogues = [
        a_catalogue(COUNT, centre=direction(at), sign=sign, seed=3 + at)
        for at, sign in ((0, 1.0), (1, -1.0))
    ]
    torch.manual_seed(0)
    generalist = Network(SHAPE).eval()
    generalist.linear.data.copy_(linear(people=2.0))
    experts = [generalist] + [
        train_expert(f"e{at}", [lists_in(one)], SHAPE, linear(), plan=PLAN)
        for at, one in enumerate(catalogues)
    ]
    router = train_router(
        experts,
        [lists_in(one, home=at, expert=at + 1) for at, one in enumerate(catalogues)],
        torch.stack([torch.from_numpy(direction(at)) for at in (0, 1)]),
        generalist,
        plan=Plan(epochs=40, learning_rate=3e-3, head_rate=3e-2),
        away=0.3,
        routing_share=1.0,
    )
    return experts, router


def catalogue_at(axis: int, sign: float) -> Corpus:
    return a_catalogue(100, centre=direction(axis), sign=sign, seed=20 + axis)


@pytest.mark.parametrize(("axis", "sign", "expert"), [(0, 1.0, 1), (1, -1.0, 2)])
def test_a_list_goes_to_the_expert_at_home_in_its_catalogue(
    contrary: tuple[list[Network], ListRouter], axis: int, sign: float, expert: int
) -> None:
    experts, router = contrary
    unseen = catalogue_at(axis, sign)
    lists = everything_of(unseen)

    said = router(lists)

    share = float((said.weights.argmax(-1) == expert).float().mean())
    assert share > 0.85
    opinions = torch.stack([one(lists).logits[:, 0] for one in experts])
    assert hits(fuse_all(opinions, said.weights, said.complement).logits, unseen) > 0.75


def test_a_strange_catalogue_goes_to_the_generalist(
    contrary: tuple[list[Network], ListRouter],
) -> None:
    _, router = contrary

    weights = router(everything_of(catalogue_at(5, 1.0))).weights

    assert float((weights.argmax(-1) == 0).float().mean()) > 0.95


def test_one_that_resembles_a_known_catalogue_is_strange_all_the_same(
    contrary: tuple[list[Network], ListRouter],
) -> None:
    _, router = contrary
    beside = 0.98 * direction(0) + np.sqrt(1 - 0.98**2) * direction(5)
    alike = a_catalogue(100, centre=beside.astype(np.float32), sign=1, seed=31)

    weights = router(everything_of(alike)).weights

    assert float((weights.argmax(-1) == 0).float().mean()) > 0.95


def test_a_catalogue_where_no_expert_is_at_home_goes_to_the_generalist(
    contrary: tuple[list[Network], ListRouter],
) -> None:
    experts, _ = contrary
    known = a_catalogue(COUNT, centre=direction(0), sign=1, seed=3)  # the first expert's
    homes = torch.from_numpy(direction(0))[None]

    router = train_router(
        experts,
        [lists_in(known, expert=0)],
        homes,
        experts[0],
        plan=Plan(epochs=10, learning_rate=3e-3, head_rate=3e-2),
        away=0.0,
        routing_share=1.0,
    )

    weights = router(everything_of(catalogue_at(0, 1.0))).weights
    assert float((weights.argmax(-1) == 0).float().mean()) > 0.95


def test_a_router_begins_as_its_base_says(contrary: tuple[list[Network], ListRouter]) -> None:
    experts, _ = contrary
    base, part = experts[1], lists_in(catalogue_at(0, 1.0))
    still = Plan(epochs=1, learning_rate=1e-12, head_rate=1e-12)
    homes = torch.from_numpy(direction(0))[None] * 5

    router = train_router(experts, [part], homes, base, plan=still, away=0.0, routing_share=1.0)

    lists = everything_of(part.corpus)
    assert torch.allclose(router(lists).complement, base(lists).logits[:, 0], atol=1e-4)
    assert router.network.homes.norm(dim=-1).tolist() == [pytest.approx(1.0)]


def test_alpha_trusts_a_reward_model_that_knows_and_not_one_that_is_wrong(
    contrary: tuple[list[Network], ListRouter],
) -> None:
    experts, router = contrary
    corpus = a_catalogue(COUNT, centre=direction(5), sign=1, seed=9)  # where the base knows little
    lists = everything_of(corpus)

    def part_of(reward: Network) -> float:
        plan = Plan(epochs=25, learning_rate=3e-2)
        alpha = train_alpha(router, experts, reward, [lists_in(corpus)], plan=plan)
        said = router(lists)
        opinions = torch.stack([one(lists).logits[:, 0] for one in experts])
        base = fuse_all(opinions, said.weights, said.complement).logits
        return float(alpha(base, reward(lists).logits[:, 0]).detach().mean())

    right, wrong = experts[1], experts[2]

    assert part_of(right) > 0.6
    assert part_of(wrong) < 0.4


def test_a_stage_is_trained_on_the_processor_wherever_it_runs() -> None:
    assert Plan(epochs=1).settings(1).device == "cpu"  # the model card's seed says all


def test_a_plan_without_matrices_or_without_the_rest_is_one_too() -> None:
    vector, matrix = torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.zeros(2, 2))
    plan = replace(PLAN, decay=0.5)

    decays = [
        [group["weight_decay"] for group in plan.optimiser(parameters, 1.0).param_groups]
        for parameters in ([vector], [matrix], [vector, matrix])
    ]

    assert decays == [[0.0], [0.5], [0.5, 0.0]]
