"""The engine against the obvious reference."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel

from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.packing import PackedLinear, pack
from credence.inference.causal.way import stacked_route
from credence.inference.routing.blend import AlphaRouter, FullLogitRouter, TopKRouter
from credence.inference.routing.decode import Decoded, Sampling, decode
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.steered import SteeredPolicy
from credence.inference.routing.unrouted import SinglePolicy
from tests.unit.inference.causal.models import VOCABULARY, a_head, tiny
from tests.unit.inference.causal.obvious import Obvious
from tests.unit.inference.causal.test_reading import Passes

PROMPTS = [[1, 20, 21], [1, *range(4, 34)], [1], [1, 50, 51, 52, 53, 54, 55, 56]]
Way = Callable[[CausalModel, WeightsHead, Sequence[CausalModel]], Policy[Tokens]]
GREEDY = Sampling(longest=12)
SAMPLED = Sampling(longest=12, temperature=1.1, top_p=0.9, seed=3)


def _packed_route(
    router: CausalModel, head: WeightsHead, experts: Sequence[CausalModel]
) -> Policy[Tokens]:
    """Copies of these models, with their weights packed."""
    modules = [copy.deepcopy(model.module) for model in (router, *experts)]
    for module in modules:
        pack(module)
        assert any(isinstance(part, PackedLinear) for part in module.modules())
    first, *others = (CausalModel(module) for module in modules)
    return RoutedPolicy(first, head, others)


WAYS: dict[str, Way] = {"alone": RoutedPolicy, "stacked": stacked_route, "packed": _packed_route}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Way:
    """How a route runs: each model by itself, all of them in one pass, or packed."""
    monkeypatch.setattr("credence.inference.packed.WORTH", 1)
    return WAYS[request.param]


def _policy(obvious: Obvious, way: Way = RoutedPolicy) -> Policy[Tokens]:
    experts = [CausalModel(expert) for expert in obvious.experts]
    routed = way(CausalModel(obvious.router), obvious.head, experts)
    if obvious.reward is None or obvious.alpha is None:
        return routed
    return SteeredPolicy(routed, CausalModel(obvious.reward), obvious.alpha)


def _a_route(experts: int, family: str = "llama", **more: int | None) -> Obvious:
    models = [tiny(family, seed) for seed in range(1, experts + 1)]
    return Obvious(tiny(family, 100), a_head(experts, **more), models)  # type: ignore[arg-type]


def _agree(
    obvious: Obvious,
    how: Sampling,
    prompts: Sequence[Sequence[int]] = PROMPTS,
    way: Way = RoutedPolicy,
) -> list[Decoded]:
    """Decode in a batch and by the reference; the same tokens, routes, alphas and logits."""
    policy = _policy(obvious, way)
    texts = decode(policy.open(prompts), how)
    for key, (prompt, text) in enumerate(zip(prompts, texts, strict=True)):
        expected = obvious.decode(prompt, how, key)
        assert text.labels == expected.labels
        assert text.routes == expected.routes
        assert text.alphas == pytest.approx(expected.alphas, abs=1e-5)
        assert _close(text, decode(policy.open([prompt]), how, keys=[key])[0])
    _agree_on_logits(obvious, policy, prompts, texts)
    return texts


def _close(one: Decoded, other: Decoded) -> bool:
    return (
        one.labels == other.labels
        and one.routes == other.routes
        and one.alphas == pytest.approx(other.alphas, abs=1e-5)
    )


def _agree_on_logits(
    obvious: Obvious, policy: Policy[Tokens], prompts: Sequence[Sequence[int]], texts: list[Decoded]
) -> None:
    reading = policy.open(prompts)
    for step in range(max(len(text.labels) for text in texts)):
        rows = [row for row, text in enumerate(texts) if len(text.labels) > step]
        made = reading.after(rows, [texts[row].labels[:step] for row in rows])
        wanted = [obvious.step([*prompts[row], *texts[row].labels[:step]])[0] for row in rows]
        assert _difference(made.logits, torch.stack(wanted)) < 1e-5


def _difference(one: Tensor, other: Tensor) -> float:
    return float((one.log_softmax(-1) - other.log_softmax(-1)).abs().max())


@pytest.mark.parametrize("how", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
@pytest.mark.parametrize("experts", [1, 2, 3, 4, 5])
def test_any_number_of_experts(experts: int, how: Sampling, way: Way) -> None:
    texts = _agree(_a_route(experts), how, way=way)
    assert len({route for text in texts for route in text.routes}) == experts


@pytest.mark.parametrize("family", ["gpt2", "qwen3", "gemma2"])
def test_other_architectures(family: str, way: Way) -> None:
    for how in (GREEDY, SAMPLED):
        texts = _agree(_a_route(3, family), how, way=way)
        assert len({route for text in texts for route in text.routes}) > 1


def test_experts_of_other_architectures_beside_each_other() -> None:
    models = [tiny("gpt2", 1), tiny("qwen3", 2, num_hidden_layers=1), tiny("llama", 3)]
    texts = _agree(Obvious(tiny("llama", 100), a_head(3), models), SAMPLED)
    assert {route for text in texts for route in text.routes} == {0, 1, 2}


def test_an_expert_never_chosen_never_runs() -> None:
    obvious = _a_route(3, never=1)
    texts = _agree(obvious, SAMPLED)
    assert {route for text in texts for route in text.routes} == {0, 2}

    passes = Passes(obvious.experts[1])
    decode(_policy(obvious).open(PROMPTS), SAMPLED)
    assert passes.shapes == []


def test_an_expert_chosen_again_catches_up_in_one_pass() -> None:
    obvious, prompt = _a_route(3), PROMPTS[1]
    (text,) = _agree(obvious, SAMPLED, [prompt])
    all_passes = [Passes(expert) for expert in obvious.experts]
    decode(_policy(obvious).open([prompt]), SAMPLED)

    gaps = set()
    for index, passes in enumerate(all_passes):
        chosen = [step for step, route in enumerate(text.routes) if route == index]
        reach = [0, *(len(prompt) + step for step in chosen)]
        new = [after - before for before, after in itertools.pairwise(reach)]
        assert passes.shapes == [(1, count) for count in new]
        gaps |= {count for count in new[1:] if count > 1}
    assert gaps  # somebody was left out for a while, and came back


def test_rows_end_in_mid_batch(way: Way) -> None:
    ends = frozenset(range(0, VOCABULARY, 6))
    for how in (
        Sampling(longest=12, ends=ends),
        Sampling(longest=12, ends=ends, temperature=1.1, seed=3),
    ):
        lengths = [len(text.labels) for text in _agree(_a_route(3), how, way=way)]
        assert len(set(lengths)) > 1
        assert min(lengths) < how.longest


@pytest.mark.parametrize("how", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
@pytest.mark.parametrize("kind", ["full", "top-k"])
def test_a_reward_model_over_the_route(kind: str, how: Sampling, way: Way) -> None:
    torch.manual_seed(8)
    alpha: AlphaRouter = FullLogitRouter(VOCABULARY) if kind == "full" else TopKRouter(8)
    route = _a_route(3)
    obvious = Obvious(route.router, route.head, route.experts, tiny("gpt2", 200), alpha)

    with torch.no_grad():
        texts = _agree(obvious, how, way=way)

    alphas = [alpha for text in texts for alpha in text.alphas]
    assert max(alphas) - min(alphas) > 0.01


def test_one_model_alone_says_what_transformers_generates_from_a_left_padded_batch() -> None:
    for family in ("llama", "gpt2", "qwen3"):
        module = tiny(family, 4)
        longest = max(map(len, PROMPTS))
        padded = torch.tensor([[0] * (longest - len(ids)) + ids for ids in PROMPTS])
        mask = torch.tensor([[0] * (longest - len(ids)) + [1] * len(ids) for ids in PROMPTS])
        generated = _generated(module, padded, mask)

        how = Sampling(longest=10, ends=frozenset({2}))
        texts = decode(SinglePolicy(CausalModel(module)).open(PROMPTS), how)

        for text, row in zip(texts, generated[:, longest:].tolist(), strict=True):
            assert text.labels == row[: len(text.labels)]
            assert set(row[len(text.labels) :]) <= {0}


def _generated(module: PreTrainedModel, padded: Tensor, mask: Tensor) -> Tensor:
    made = module.generate(  # type: ignore[operator]
        padded, attention_mask=mask, max_new_tokens=10, do_sample=False
    )
    assert isinstance(made, Tensor)
    return made


def test_a_branch_of_a_whole_policy_equals_a_fresh_start(way: Way) -> None:
    obvious = _a_route(3)
    obvious = Obvious(obvious.router, obvious.head, obvious.experts, tiny("gpt2", 200), _topk())
    shared = _policy(obvious, way).open([PROMPTS[1], PROMPTS[3]])
    further = [[7, 8], [9], [10, 11, 12, 13], [14, 15]]

    branched = decode(shared.branch([0, 0, 1, 0], further), SAMPLED)

    whole = [PROMPTS[1], PROMPTS[1], PROMPTS[3], PROMPTS[1]]
    fresh = [[*start, *more] for start, more in zip(whole, further, strict=True)]
    for one, other in zip(branched, _agree(obvious, SAMPLED, fresh, way), strict=True):
        assert _close(one, other)


def _topk() -> AlphaRouter:
    torch.manual_seed(8)
    return TopKRouter(8).requires_grad_(False)
