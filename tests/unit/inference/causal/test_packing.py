"""Models of some size on a CPU are served with packed weights, and say what they said before."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import PreTrainedModel

from credence.inference.causal import load as loading
from credence.inference.causal.adapters import SharedBase
from credence.inference.causal.forward import Tokens
from credence.inference.causal.load import load, load_members, looked_at
from credence.inference.causal.model import CausalModel
from credence.inference.causal.packing import PackedLinear, is_worth_packing, pack
from credence.inference.causal.settings import CausalSettings
from credence.inference.causal.trial import check_reading
from credence.inference.causal.way import shared_route
from credence.inference.packed import is_packable
from credence.inference.routing.decode import Sampling, decode
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.unrouted import SinglePolicy
from tests.unit.inference.causal.models import FAMILIES, a_head, save_adapter, save_model, tiny
from tests.unit.inference.causal.tape import Tapes

pytestmark = pytest.mark.skipif(
    not is_packable(torch.zeros(256, 256)), reason="this torch has no oneDNN to pack weights"
)
PROMPTS = [[1, 20, 21], [1, 50, 51, 52, 53], [1]]
WIDE: dict[str, Any] = {"hidden_size": 384, "intermediate_size": 640, "head_dim": 96}


@pytest.fixture
def settings(tmp_path: Path) -> CausalSettings:
    """One model that is large enough."""
    router = save_model(tiny(**WIDE), tmp_path / "router")
    return CausalSettings(router=str(router), dtype="fp32", device="cpu", longest=64)


def _packed(module: PreTrainedModel) -> PreTrainedModel:
    own = copy.deepcopy(module)
    pack(own)
    return own


def _parts(module: PreTrainedModel) -> list[str]:
    return [name for name, part in module.named_modules() if isinstance(part, PackedLinear)]


def _said(policy: Policy[Tokens], prompts: Tokens = PROMPTS) -> list[tuple[list[int], list[int]]]:
    texts = decode(policy.open(prompts), Sampling(longest=24))
    return [(text.labels, text.routes) for text in texts]


def _logits(module: PreTrainedModel, ids: Sequence[int] = (1, 20, 21, 4)) -> torch.Tensor:
    with torch.inference_mode():
        logits: torch.Tensor = module(torch.tensor([list(ids)])).logits
    return logits


def test_a_model_that_is_loaded_is_packed_and_says_what_it_said(settings: CausalSettings) -> None:
    members = load_members(replace(settings, untrained=True))
    module = members.router.module

    assert len(_parts(module)) == 2 * 7  # of both layers; the few words are too small for it
    assert torch.allclose(_logits(module), _logits(tiny(**WIDE)), rtol=0, atol=1e-3)


def test_packed_weights_are_in_memory_once(settings: CausalSettings) -> None:
    module = load_members(replace(settings, untrained=True)).router.module

    held = {one.untyped_storage().data_ptr(): one for one in module.parameters()}
    dense = sum(one.untyped_storage().nbytes() for one in held.values())

    packed = [module.get_submodule(name) for name in _parts(module)]
    assert all(part.get_parameter("weight").untyped_storage().nbytes() == 4 for part in packed)
    assert dense < sum(part.get_parameter("weight").numel() for part in packed)  # of four bytes


def test_a_weight_is_let_go_before_the_next_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = tiny(**WIDE)
    before = [weakref.ref(p) for name, p in module.named_parameters() if "proj.weight" in name]
    alive: list[int] = []
    of = PackedLinear.__init__

    def watched(self: PackedLinear, part: nn.Linear) -> None:
        alive.append(sum(one() is not None for one in before))
        of(self, part)

    monkeypatch.setattr(PackedLinear, "__init__", watched)

    pack(module)

    assert alive == list(range(len(before), 0, -1))


def test_small_models_stay_as_they_are_for_they_may_be_stacked() -> None:
    assert is_worth_packing(tiny(**WIDE))
    assert not is_worth_packing(tiny())
    assert not is_worth_packing(tiny(hidden_size=128, intermediate_size=512))
    assert not is_worth_packing(tiny(**WIDE).to(torch.float16))  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("family", FAMILIES)
def test_packed_models_are_read_on_row_by_row(family: str, dtype: torch.dtype) -> None:
    module = tiny(family, **WIDE).to(dtype)  # type: ignore[arg-type]
    check_reading(_packed(module), CausalModel(_packed(module)), family)


def test_packed_passes_are_recorded() -> None:
    module = tiny(**WIDE)
    recorder = Tapes()

    recorded = _said(SinglePolicy(CausalModel(_packed(module), recorder=recorder)))

    assert recorder.repeated
    assert recorded == _said(SinglePolicy(CausalModel(module)))


def test_adapters_lie_on_a_packed_base(tmp_path: Path) -> None:
    for seed in (2, 3):
        save_adapter(tiny(**WIDE), tmp_path / str(seed), seed)

    def route(module: PreTrainedModel) -> tuple[CausalModel, Any, list[CausalModel]]:
        shared = SharedBase(module)
        names = [shared.add(tmp_path / "2"), shared.add(tmp_path / "3")]
        router, *experts = (
            CausalModel(module, shared=shared, adapter=name) for name in (None, *names)
        )
        return router, a_wide_head(), experts

    def a_wide_head() -> Any:
        head = a_head(2)
        torch.manual_seed(0)
        head.linear = nn.Linear(WIDE["hidden_size"], 2)
        return head

    usual = _said(RoutedPolicy(*route(tiny(**WIDE))))
    together = shared_route(*route(_packed(tiny(**WIDE))))

    assert {at for _, routes in usual for at in routes} == {0, 1}
    assert _parts(together.together.module)
    assert _said(together) == usual
    assert _said(RoutedPolicy(*route(_packed(tiny(**WIDE))))) == usual


def test_a_model_that_would_say_something_else_is_served_as_it_is(
    settings: CausalSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def spoilt(module: Any) -> None:
        pack(module)  # as if a family read a layer's weights by itself
        module.lm_head.forward = lambda hidden: hidden @ module.model.layers[0].mlp.up_proj.weight.T

    monkeypatch.setattr(loading, "pack", spoilt)

    with caplog.at_level("INFO"):
        module = load_members(replace(settings, untrained=True)).router.module

    assert f"{settings.router} is served with its weights as they lie" in caplog.text
    assert "gives other logits (by nan" in caplog.text
    assert not _parts(module)
    assert torch.equal(_logits(module), _logits(tiny(**WIDE)))


def test_what_is_held_twice_is_reckoned(settings: CausalSettings, tmp_path: Path) -> None:
    apart = looked_at(settings).needs.weights
    module = tiny(**WIDE, tie_word_embeddings=True, vocab_size=1_000)
    tied = replace(settings, router=str(save_model(module, tmp_path / "tied")))

    own = sum(one.numel() for one in module.parameters()) * 4

    assert apart == sum(one.numel() for one in tiny(**WIDE).parameters()) * 4
    assert looked_at(tied).needs.weights == own + 1_000 * 384 * 4
    assert "lm_head" in _parts(load_members(replace(tied, untrained=True)).router.module)


def test_a_packed_system_serves(settings: CausalSettings) -> None:
    policy = load(settings).policy

    assert _said(policy) == _said(SinglePolicy(CausalModel(tiny(**WIDE))))
