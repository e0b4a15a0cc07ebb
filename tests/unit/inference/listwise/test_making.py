"""From toy lessons to a whole model."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from credence.inference.listwise import making, recipe
from credence.inference.listwise.bundle import read, write
from credence.inference.listwise.lesson import Lesson
from credence.inference.listwise.making import TooFewPeople, make
from credence.inference.listwise.network import SIGNALS, Network, Shape
from credence.inference.listwise.stage import Stage
from credence.inference.listwise.training import Plan
from tests.unit.inference.listwise.worlds import a_catalogue, direction, everything_of
from tests.unit.planner.ranking.cases import SIZE

SHAPE = Shape(dimension=SIZE, pair=4, chunk=4, width=8, hidden=4)
PLAN = Plan(epochs=1)


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe, as small as can be."""
    torch.set_num_threads(1)
    for name in ("GENERAL_PLAN", "ROUTER_PLAN", "REWARD_PLAN", "ALPHA_PLAN"):
        monkeypatch.setattr(recipe, name, replace(getattr(recipe, name), epochs=1))
    monkeypatch.setattr(recipe, "GENERAL_SHAPE", SHAPE)
    small = [replace(one, shape=SHAPE, plan=PLAN) for one in recipe.SPECIALITIES]
    monkeypatch.setattr(recipe, "SPECIALITIES", tuple(small))


def a_lesson(domain: str, axis: int) -> Lesson:
    return Lesson(
        domain=domain,
        corpus=a_catalogue(20, centre=direction(axis), sign=1, seed=axis),
        folds=np.arange(20) % 5,
        more=np.zeros(20, dtype=np.bool_),
        centre=direction(axis),
        pairs=a_catalogue(6, centre=direction(axis), sign=1, seed=10 + axis) if axis else None,
    )


LESSONS = {name: a_lesson(name, axis) for axis, name in enumerate(("cds", "movietv", "reads"))}


class Fitted:
    """Weights that are told what they were fitted on."""

    def __init__(self) -> None:
        self.on: list[list[str]] = []

    def __call__(self, domains: Collection[str]) -> NDArray[np.float64]:
        self.on.append(list(domains))
        return np.ones((2, SIGNALS))


@pytest.mark.usefixtures("_small")
def test_a_model_has_a_generalist_first_and_experts_for_what_there_is_to_learn_from() -> None:
    fitted, done = Fitted(), list[str]()

    bundle = make(LESSONS, fitted, number="9", done=done.append)

    assert bundle is not None
    assert list(bundle.experts) == ["generalist", "books", "films"]
    assert bundle.homes == ("cds", "movietv", "reads")
    assert fitted.on == [["cds", "movietv", "reads"], ["reads"], ["movietv"]]
    assert done == ["generalist", "books", "films", "router", "reward", "alpha"]
    assert bundle.reward is not None
    assert bundle.alpha is not None
    for expert in bundle.experts.values():  # each speaks at half strength
        assert torch.equal(expert.linear, torch.full((2, SIGNALS), recipe.SHARE))


@pytest.mark.usefixtures("_small")
def test_a_domain_left_out_leaves_no_expert_and_no_home() -> None:
    fitted = Fitted()
    left = {name: one for name, one in LESSONS.items() if name != "reads"}

    bundle = make(left, fitted, number="9", upto=Stage.ROUTER)

    assert bundle is not None
    assert list(bundle.experts) == ["generalist", "films"]
    assert bundle.homes == ("cds", "movietv")
    assert not any("reads" in domains for domains in fitted.on)
    assert bundle.reward is None


@pytest.mark.parametrize(
    ("stage", "parts"),
    [
        (Stage.ROUTER, ["router"]),
        (Stage.REWARD, ["router", "reward"]),
        (Stage.TARO, ["router", "reward", "alpha"]),
        (Stage.ALL, ["router", "reward", "alpha"]),
    ],
)
@pytest.mark.usefixtures("_small")
def test_each_stage_writes_what_it_is_called_by(
    tmp_path: Path, stage: Stage, parts: list[str]
) -> None:
    bundle = make(LESSONS, Fitted(), number="9", upto=stage)

    assert bundle is not None
    write(bundle, tmp_path, provenance={})
    assert list(read(tmp_path).parts) == ["generalist", "books", "films", *parts]


@pytest.mark.usefixtures("_small")
def test_experts_alone_are_no_model() -> None:
    assert make(LESSONS, Fitted(), number="9", upto=Stage.EXPERTS) is None


@pytest.mark.usefixtures("_small")
def test_without_pairs_nothing_steers() -> None:
    lessons = {name: replace(one, pairs=None) for name, one in LESSONS.items()}

    bundle = make(lessons, Fitted(), number="9")

    assert bundle is not None
    assert bundle.reward is None
    assert bundle.alpha is None


def all_in_fold(fold: int) -> dict[str, Lesson]:
    return {name: replace(one, folds=np.full(20, fold)) for name, one in LESSONS.items()}


@pytest.mark.parametrize(
    ("lessons", "whom"),
    [
        ({}, "experts"),
        (all_in_fold(recipe.ROUTER_FOLD), "experts"),
        (all_in_fold(recipe.ROUTER_FOLD + 1), "the router"),
    ],
)
def test_too_few_people_are_refused_before_anything_is_trained(
    lessons: dict[str, Lesson], whom: str
) -> None:
    done: list[str] = []

    with pytest.raises(TooFewPeople, match=f"nobody that {whom} could learn from"):
        make(lessons, Fitted(), number="9", done=done.append)

    assert done == []


@pytest.mark.usefixtures("_small")
def test_a_domain_all_of_whose_people_teach_the_router_has_no_expert() -> None:
    lessons = LESSONS | {"movietv": all_in_fold(recipe.ROUTER_FOLD)["movietv"]}

    bundle = make(lessons, Fitted(), number="9", upto=Stage.ROUTER)

    assert bundle is not None
    assert list(bundle.experts) == ["generalist", "books"]


def test_a_weaker_model_orders_as_before_with_smaller_differences() -> None:
    torch.manual_seed(0)
    network = Network(SHAPE).eval()
    for one in (network.linear, network.out.weight, network.out.bias):
        torch.nn.init.normal_(one)
    lists = everything_of(LESSONS["cds"].corpus)

    weaker = making._weaker(network, 0.5)

    assert torch.allclose(weaker(lists).logits, 0.5 * network(lists).logits, atol=1e-5)


def test_linear_weights_of_another_form_are_refused() -> None:
    with pytest.raises(ValueError, match="must be"):
        making._tensor(np.zeros((1, SIGNALS)))
