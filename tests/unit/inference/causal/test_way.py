"""Which routes are run stacked, and what becomes of the weights."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from credence.inference.causal.adapters import SharedBase
from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.stacked import StackedPolicy
from credence.inference.causal.stacking import stacked
from credence.inference.causal.way import (
    ByContexts,
    check_stacking,
    needless_bytes,
    routed,
    stacked_route,
)
from credence.inference.errors import UnsupportedModel
from credence.inference.routing.decode import Sampling, decode
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from tests.unit.inference.causal.models import FAMILIES, VOCABULARY, a_head, save_adapter, tiny
from tests.unit.inference.causal.tape import Tapes
from tests.unit.inference.causal.test_reading import Passes

PROMPTS = [[1, 20, 21], [1, 50, 51, 52, 53]]


def _refused(modules: Sequence[PreTrainedModel], why: str) -> None:
    router, *experts = (CausalModel(module, labels=VOCABULARY) for module in modules)
    with pytest.raises(UnsupportedModel, match=why):
        check_stacking(router, experts)
    assert isinstance(routed(router, a_head(len(experts)), experts), RoutedPolicy)


def _said(policy: Policy[Tokens], prompts: Tokens = PROMPTS) -> list[tuple[list[int], list[int]]]:
    texts = decode(policy.open(prompts), Sampling(longest=6))
    return [(text.labels, text.routes) for text in texts]


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_are_moved_not_copied_and_stay_what_they_were(family: str) -> None:
    modules = [tiny(family, seed, tie_word_embeddings=True) for seed in range(3)]
    before = [{name: own.clone() for name, own in one.state_dict().items()} for one in modules]

    stack = stacked(modules)

    blocks = {own.untyped_storage().data_ptr(): own for own in stack.parameters()}
    for module, kept in zip(modules, before, strict=True):
        for name, own in module.state_dict().items():
            assert torch.equal(own, kept[name])
        for own in module.parameters():
            assert own.untyped_storage().data_ptr() in blocks
    size = sum(own.untyped_storage().nbytes() for own in blocks.values())
    assert size == sum(own.numel() * own.itemsize for one in modules for own in one.parameters())


def test_small_models_of_one_shape_are_stacked_and_each_runs_once() -> None:
    models = [CausalModel(tiny(seed=seed)) for seed in range(4)]
    alone = _said(RoutedPolicy(models[0], a_head(3), models[1:]))

    policy = routed(models[0], a_head(3), models[1:])

    assert isinstance(policy, StackedPolicy)
    passes = Passes(policy.stack.module)
    assert _said(policy) == alone
    assert passes.shapes == [(4 * 2, 5)] + [(4 * 2, 1)] * 5


def test_where_passes_are_recorded_one_context_alone_is_not_read_stacked() -> None:
    models = [CausalModel(tiny(seed=seed)) for seed in range(4)]
    plain = RoutedPolicy(models[0], a_head(3), models[1:])
    both, one = _said(plain), _said(plain, PROMPTS[:1])
    tapes = Tapes()
    models = [CausalModel(model.module, recorder=tapes) for model in models]

    policy = routed(models[0], a_head(3), models[1:])

    assert isinstance(policy, ByContexts)
    assert isinstance(policy.several, StackedPolicy)
    assert _said(policy) == both
    assert tapes.repeated == 0
    assert _said(policy, PROMPTS[:1]) == one
    assert tapes.repeated > 0


def test_what_was_recorded_before_weights_moved_is_let_go() -> None:
    models = [CausalModel(tiny(seed=seed), recorder=Tapes()) for seed in range(3)]
    rooms = []
    for model in models:
        reading = model.open(PROMPTS[:1])
        reading.after([0], [[]])
        reading.after([0], [[3]])
        rooms.append(weakref.ref(reading._cache.room))
        assert reading._cache.room.recorded is not None
    del reading

    stacked_route(models[0], a_head(2), models[1:])
    gc.collect()

    assert [room() for room in rooms] == [None] * 3


def test_a_model_in_two_seats_is_stacked_once() -> None:
    router, expert = CausalModel(tiny()), CausalModel(tiny(seed=1))
    experts = [expert, router, expert]
    alone = _said(RoutedPolicy(router, a_head(3), experts))

    policy = routed(router, a_head(3), experts)

    assert isinstance(policy, StackedPolicy)
    passes = Passes(policy.stack.module)
    assert _said(policy) == alone
    assert {route for _, routes in alone for route in routes} > {1}
    assert {rows for rows, _ in passes.shapes} == {2 * 2}


def test_models_with_much_to_read_needlessly_run_alone() -> None:
    wide: dict[str, Any] = {"hidden_size": 256, "intermediate_size": 512}
    modules = [tiny(seed=seed, **wide) for seed in range(3)]
    assert needless_bytes(modules) < 256 * 2**10 < needless_bytes([*modules, *modules])
    check_stacking(CausalModel(modules[0]), [CausalModel(one) for one in modules[1:]])
    modules += [tiny(seed=seed, **wide) for seed in range(3, 6)]
    _refused(modules, r"would read [\d,]+ bytes for each part .* need; at most 262,144")


def test_a_router_with_one_expert_is_bounded_in_size_too() -> None:
    models = [tiny(seed=seed) for seed in range(3)]
    assert needless_bytes(models[:2]) == needless_bytes(models) > 0


@pytest.mark.parametrize(
    ("device", "dtype"), [("meta", torch.float32), ("cpu", torch.bfloat16), ("cpu", torch.float16)]
)
def test_nothing_is_stacked_where_nothing_was_measured(device: str, dtype: torch.dtype) -> None:
    modules = [tiny(seed=seed).to(device=device, dtype=dtype) for seed in range(2)]  # type: ignore[call-arg]
    router, expert = (CausalModel(module) for module in modules)
    with pytest.raises(UnsupportedModel, match=f"not measured in {dtype} on {device}"):
        check_stacking(router, [expert])


def test_a_stack_that_does_not_run_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def unrunnable(*_: object) -> None:
        raise AttributeError("'_Linear' object has no attribute 'in_features'")

    monkeypatch.setattr("credence.inference.causal.way.check_together", unrunnable)
    router, *experts = (CausalModel(tiny(seed=seed)) for seed in range(3))

    assert isinstance(routed(router, a_head(2), experts), RoutedPolicy)


def test_models_that_differ_run_alone() -> None:
    _refused([tiny(), tiny("qwen3", 1)], "a LlamaForCausalLM and a Qwen3ForCausalLM")
    _refused([tiny(), tiny(seed=1, rms_norm_eps=1e-3)], "configurations differ in rms_norm_eps")
    _refused([tiny(), tiny(seed=1, vocab_size=70)], "configurations differ in vocab_size")
    halved = tiny(seed=1).to(torch.bfloat16)  # type: ignore[arg-type]
    _refused([tiny(), halved], r"weights lm_head.weight differ in shape, type or place")
    turned = tiny(seed=1)
    turned.get_submodule("model.rotary_emb").get_buffer("inv_freq").mul_(2)
    _refused([tiny(), turned], "constants model.rotary_emb.inv_freq differ")


def test_a_part_without_a_stacked_form_is_named() -> None:
    modules = [tiny(seed=seed) for seed in range(2)]
    for module in modules:
        module.set_submodule("model.norm", nn.RMSNorm(32))
    _refused(modules, "model.norm is a RMSNorm, which has no stacked form")


def test_adapters_and_models_beside_them_run_alone(tmp_path: Path) -> None:
    save_adapter(tiny(), tmp_path, seed=50)
    shared = SharedBase(tiny())
    under = CausalModel(shared.module, shared=shared, adapter=shared.add(tmp_path))
    other = CausalModel(tiny(seed=1))
    with pytest.raises(UnsupportedModel, match="not all are adapters of the router's base"):
        check_stacking(other, [under])
    for router, expert in ((other, under), (under, other)):
        assert isinstance(routed(router, a_head(1), [expert]), RoutedPolicy)


class _OddRMSNorm(nn.Module):
    """Named like a norm that multiplies by its weight; it takes the weight's mean."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(32))

    def forward(self, given: Tensor) -> Tensor:
        return given * self.weight.mean()


def test_a_stack_that_says_something_else_than_its_models_is_not_used() -> None:
    modules = [tiny(seed=seed) for seed in range(3)]
    for module in modules:
        module.set_submodule("model.norm", _OddRMSNorm())
    models = [CausalModel(module) for module in modules]
    alone = _said(RoutedPolicy(models[0], a_head(2), models[1:]))

    policy = routed(models[0], a_head(2), models[1:])

    assert isinstance(policy, RoutedPolicy)
    assert _said(policy) == alone
