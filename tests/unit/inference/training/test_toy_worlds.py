"""Toy worlds with known answers: each claim about training, and that without it things are worse.

More seeds and the figures: `python -m scripts.toys`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import torch
from scripts.toys.dialects import LABELS, RARE, TRIGGERS, WORDS, Language, two_dialects
from scripts.toys.experts import ROUTER, measure, right_routes, train_experts, train_router
from scripts.toys.guided import GRID, Guided, alphas, held_out, learnt, loss_where, world
from scripts.toys.models import TinyModel, TinyRouter
from scripts.toys.policies import policies
from scripts.toys.preferred import align, preferred
from scripts.toys.tastes import CUES, LIKED, sample, sample_pairs
from torch import Tensor

from credence.inference.routing.blend import FixedAlpha

SEEDS = (0, 1)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@dataclass(frozen=True)
class Spoken:
    """World 1, trained."""

    seed: int
    language: Language
    experts: list[TinyModel]
    router: TinyRouter


@pytest.fixture(scope="module", params=SEEDS)
def spoken(request: pytest.FixtureRequest, _one_thread: None) -> Spoken:
    seed: int = request.param
    language = two_dialects(seed)
    experts = train_experts(language, seed)
    return Spoken(seed, language, experts, train_router(language, experts, seed))


@pytest.fixture(scope="module", params=SEEDS)
def guided(request: pytest.FixtureRequest, _one_thread: None) -> tuple[int, Guided]:
    return request.param, world(request.param)


def share(hits: Tensor) -> float:
    return hits.float().mean().item()


def test_the_language_is_what_it_says() -> None:
    language = two_dialects(3, rare=True)
    assert (language.successors[0] != language.successors[1]).all()
    examples, cause = language.sample(200, seed=1)
    before, after = examples.inputs, examples.labels
    rule = cause.by_rule
    assert torch.equal(after[rule], language.successors[cause.dialect[rule], before[rule]])
    follows = {trigger: set(after[before == trigger].tolist()) for trigger in TRIGGERS}
    assert follows == {trigger: {word} for trigger, word in zip(TRIGGERS, RARE, strict=True)}
    assert 0.3 < share(cause.dialect) < 0.7

    heard, cause = replace(language, dialects=(1,), rare=False).sample(200, seed=1)
    assert not torch.isin(heard.labels, torch.tensor(RARE)).any()
    assert heard.labels.max() < WORDS
    assert cause.dialect.all()


def test_after_fine_tuning_the_router_picks_the_right_expert(spoken: Spoken) -> None:
    untrained = TinyRouter(LABELS, 2, ROUTER)
    without = right_routes(measure(spoken.language, untrained, spoken.experts))
    measured = measure(spoken.language, spoken.router, spoken.experts)
    right, said = right_routes(measured), policies(measured)

    assert len(right) > 5_000  # most of what the experts say they disagree on
    assert share(without) < 0.65
    assert share(right) >= 0.95
    by_rule = measured.cause.by_rule
    for alone in ("expert 0", "expert 1"):
        assert said[alone].accuracy(by_rule) < 0.6
    assert said["fused"].accuracy(by_rule) > 0.95
    for other in ("selection", "average", "expert 0", "expert 1"):
        assert said["fused"].loss() < said[other].loss() - 0.3


def test_what_no_expert_knows_the_complement_adds(spoken: Spoken) -> None:
    language = replace(spoken.language, rare=True)
    router = train_router(language, spoken.experts, spoken.seed)
    alone = train_router(language, spoken.experts, spoken.seed, of="alone")
    measured = measure(language, router, spoken.experts)
    said = policies(measured)
    rare, by_rule = measured.cause.rare, measured.cause.by_rule

    # by choosing among experts it cannot be had, however well one chooses
    assert said["oracle selection"].accuracy(by_rule) > 0.95
    assert said["oracle selection"].accuracy(rare) < 0.05
    assert said["oracle selection"].loss(rare) > 5
    assert said["fused"].accuracy(rare) > 0.95
    assert said["fused"].loss(rare) < 0.5
    assert said["fused"].accuracy(by_rule) > 0.95
    # nor does the small router know as much by itself, nor add what lacks unless trained for it
    other = policies(measure(language, alone, spoken.experts))
    assert said["fused"].loss() < other["router alone"].loss()
    assert said["fused"].loss() < other["fused"].loss() - 0.5
    assert said["fused"].accuracy(rare) > other["fused"].accuracy(rare) + 0.2


def test_aligning_alone_harms_routing_and_mixed_with_fine_tuning_does_not(spoken: Spoken) -> None:
    def after(*, mixing: bool) -> tuple[float, float, float]:
        router = align(spoken.language, spoken.router, spoken.experts, spoken.seed, mixing=mixing)
        pairs = preferred(
            replace(spoken.language, dialects=(0,)), router, spoken.router, spoken.experts
        )
        routed = share(right_routes(measure(spoken.language, router, spoken.experts)))
        return routed, pairs.won, pairs.margin

    before = share(right_routes(measure(spoken.language, spoken.router, spoken.experts)))
    routed, won, margin = after(mixing=False)
    assert won > 0.95
    assert margin > 3
    assert routed < before - 0.05

    routed, won, margin = after(mixing=True)
    assert won > 0.95
    assert margin > 3
    assert routed > before - 0.005


def test_tastes_are_what_the_person_likes_and_pairs_differ_in_one_of_them() -> None:
    line = sample(100, seed=1, faith=1.0)
    liked = dict(zip(CUES, LIKED, strict=True))
    at = line.examples.inputs[line.is_taste].tolist()
    assert line.examples.labels[line.is_taste].tolist() == [liked[cue] for cue in at]
    pairs = sample_pairs(100, seed=1)
    differ = pairs.chosen.labels != pairs.rejected.labels
    assert differ.sum(-1).tolist() == [1] * 100
    assert pairs.chosen.mask is not None
    last = pairs.chosen.mask.long().sum(-1) - 1
    assert torch.equal(differ.long().argmax(-1), last)


def test_the_reward_model_helps_at_some_steps_and_harms_at_others(
    guided: tuple[int, Guided],
) -> None:
    _, made = guided
    assert made.pairs_won > 0.95
    assert loss_where(1.0, made, made.is_taste) < loss_where(0.0, made, made.is_taste)
    assert loss_where(1.0, made, ~made.is_taste) > loss_where(0.0, made, ~made.is_taste) + 1


@pytest.mark.parametrize("kind", ["full logits", "top k"])
def test_a_learnt_alpha_beats_every_fixed_one(guided: tuple[int, Guided], kind: str) -> None:
    seed, made = guided
    router = learnt(kind, made, seed)
    said = held_out(router, made)
    for alpha in GRID:
        gain = said - held_out(FixedAlpha(alpha), made)  # paired, by sequence
        assert gain.mean() > 3 * gain.std() / len(gain) ** 0.5
        assert gain.mean() > 0.1
    taste, elsewhere = alphas(router, made)
    assert taste > elsewhere + 0.1
