"""Adapters of one base in passes that they share: what is run, where weights lie, what is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from credence.inference.causal import sharing
from credence.inference.causal.adapters import SharedBase
from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.shared import SharedPolicy
from credence.inference.causal.slots import together
from credence.inference.causal.way import routed, shared_route
from credence.inference.errors import UnsupportedModel
from credence.inference.routing.decode import Sampling, decode
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.steered import SteeredPolicy
from tests.unit.inference.causal.models import FAMILIES, a_head, an_alpha, save_adapter, tiny
from tests.unit.inference.causal.tape import Tapes
from tests.unit.inference.causal.test_reading import Passes

PROMPTS = [[1, 20, 21], [1, 50, 51, 52, 53], [1]]


def _save(folder: Path, seed: int, **changed: Any) -> Path:
    """An adapter that does something, on other layers and of another rank than the next."""
    targets = [["q_proj", "v_proj"], ["up_proj", "q_proj"], ["down_proj"]][seed % 3]
    asked: dict[str, Any] = {"r": 2 + seed, "lora_alpha": 3 + seed, "target_modules": targets}
    torch.manual_seed(seed)
    wrapped = get_peft_model(tiny(), LoraConfig(task_type="CAUSAL_LM", **asked | changed))
    with torch.no_grad():
        for name, weights in wrapped.named_parameters():
            if "lora_" in name:
                weights.normal_(std=0.5)
    wrapped.save_pretrained(str(folder), save_embedding_layers=False)
    return folder


def _based(
    tmp_path: Path, count: int, dtype: torch.dtype = torch.float32, **changed: Any
) -> tuple[SharedBase, list[str]]:
    module = tiny()
    module.to(dtype)  # type: ignore[arg-type]
    shared = SharedBase(module)
    folders = [_save(tmp_path / str(seed), seed, **changed) for seed in range(count)]
    return shared, [shared.add(folder) for folder in folders]


def _models(shared: SharedBase, adapters: Sequence[str | None], **more: Any) -> list[CausalModel]:
    return [CausalModel(shared.module, shared=shared, adapter=name, **more) for name in adapters]


def _said(policy: Policy[Tokens], prompts: Tokens = PROMPTS) -> list[tuple[list[int], list[int]]]:
    texts = decode(policy.open(prompts), Sampling(longest=9))
    return [(text.labels, text.routes) for text in texts]


def _twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adapters count twice in shared passes."""
    rightly = sharing._table

    def twice(sitting: Any, models: int, device: torch.device) -> torch.Tensor:
        return 2 * rightly(sitting, models, device)

    monkeypatch.setattr(sharing, "_table", twice)


def test_adapters_of_any_ranks_and_layers_say_the_same_together(tmp_path: Path) -> None:
    shared, names = _based(tmp_path, 3)
    router, *experts = _models(shared, [None, *names])
    alone = RoutedPolicy(router, a_head(3), experts)
    said = _said(alone)

    shares = routed(router, a_head(3), experts)

    assert isinstance(shares, SharedPolicy)
    assert len({route for _, routes in said for route in routes}) > 1
    assert _said(shares) == said
    assert _said(alone) == said, "the adapters stay usable one by one"
    for step in range(4):
        rows, decided = [2, 0, 1], [said[row][0][:step] for row in (2, 0, 1)]
        one = alone.open(PROMPTS).after(rows, decided)
        other = shares.open(PROMPTS).after(rows, decided)
        assert torch.allclose(one.logits, other.logits, atol=1e-5)


def test_weights_are_moved_not_copied_and_stay_what_they_were(tmp_path: Path) -> None:
    shared, names = _based(tmp_path, 3)
    before = {name: own.clone() for name, own in shared.module.state_dict().items()}
    router, *experts = _models(shared, [None, *names])

    policy = shared_route(router, a_head(3), experts)

    module = policy.together.module
    blocks = {own.untyped_storage().data_ptr(): own for own in module.parameters()}
    for name, own in shared.module.state_dict().items():
        assert torch.equal(own, before[name])
        assert own.untyped_storage().data_ptr() in blocks
    size = sum(own.untyped_storage().nbytes() for own in blocks.values())
    assert size == sum(own.numel() * own.itemsize for own in shared.module.parameters())


def test_a_step_takes_one_pass_unless_an_expert_is_new(tmp_path: Path) -> None:
    shared, names = _based(tmp_path, 3)
    router, *experts = _models(shared, [None, *names])
    policy = shared_route(router, a_head(3, seed=1), experts)
    passes = Passes(policy.together.module)

    ((labels, routes),) = _said(policy, [[1, 20, 21]])

    wanted, known = list[tuple[int, int]](), list[int]()
    for step, route in enumerate(routes):
        wanted.append((1 + len(known), 1 if step else 3))
        if route not in known:
            wanted.append((1, 3 + step))
            known.append(route)
    assert passes.shapes == wanted
    assert 1 < len(known) < len(labels), "some were chosen again and some were not at first"


def test_an_expert_that_is_never_chosen_reads_nothing(tmp_path: Path) -> None:
    shared, names = _based(tmp_path, 3)
    router, *experts = _models(shared, [None, *names])
    policy = shared_route(router, a_head(3, never=1), experts)
    reading = policy.open(PROMPTS)

    texts = decode(reading, Sampling(longest=6))

    assert {route for text in texts for route in text.routes} == {0, 2}
    read = [bool(ids) for ids in reading._reading._read]
    assert read[:3] == [True] * 3
    assert read[6:9] == [False] * 3


def test_one_adapter_in_several_seats_and_a_router_that_is_one(tmp_path: Path) -> None:
    shared, (first, second) = _based(tmp_path, 2)
    router, *experts = _models(shared, [first, second, first, second, None])
    said = _said(RoutedPolicy(router, a_head(4), experts))

    policy = shared_route(router, a_head(4), experts)

    assert policy.open(PROMPTS)._reading.rows == 3 * len(PROMPTS)
    assert _said(policy) == said
    assert 1 in {route for _, routes in said for route in routes}, "the router's own seat"


def test_rows_that_branch_off_go_on_with_every_model(tmp_path: Path) -> None:
    shared, names = _based(tmp_path, 3)
    router, *experts = _models(shared, [None, *names])
    alone = RoutedPolicy(router, a_head(3), experts)
    further = [[5, 6], [7], [8, 9, 10]]
    prefix = alone.open(PROMPTS)
    wanted = prefix.branch([0, 1, 1], further).after([2, 0, 1], [[], [3], []])

    shares = shared_route(router, a_head(3), experts)
    made = shares.open(PROMPTS).branch([0, 1, 1], further).after([2, 0, 1], [[], [3], []])

    assert torch.allclose(made.logits, wanted.logits, atol=1e-5)
    assert made.routing is not None
    assert wanted.routing is not None
    assert torch.equal(made.routing.route, wanted.routing.route)


def test_a_reward_model_on_the_same_base_steers_them(tmp_path: Path) -> None:
    shared, (*names, reward) = _based(tmp_path, 3)
    router, *experts = _models(shared, [None, *names])
    (steering,) = _models(shared, [reward])
    said = _said(SteeredPolicy(RoutedPolicy(router, a_head(2), experts), steering, an_alpha()))

    shares = shared_route(router, a_head(2), experts)

    assert _said(SteeredPolicy(shares, steering, an_alpha())) == said
    assert said != _said(shares)


def test_shared_passes_are_recorded_and_repeated(tmp_path: Path) -> None:
    shared, names = _based(tmp_path, 3)
    plain = _models(shared, [None, *names])
    said = _said(RoutedPolicy(plain[0], a_head(3), plain[1:]))
    tapes = Tapes()
    router, *experts = _models(shared, [None, *names], recorder=tapes)

    policy = routed(router, a_head(3), experts)

    assert isinstance(policy, SharedPolicy)
    assert policy.together.recorder is tapes
    before = tapes.repeated
    assert _said(policy) == said
    assert tapes.repeated - before >= 5


def test_passes_of_a_heavy_base_are_run_each_time(tmp_path: Path) -> None:
    """However many small parts its adapters are."""
    wide: dict[str, Any] = {"hidden_size": 512, "intermediate_size": 512}
    shared = SharedBase(tiny(**wide))
    for seed in range(3):
        save_adapter(tiny(**wide), tmp_path / str(seed), seed)
    names = [shared.add(tmp_path / str(seed)) for seed in range(3)]
    router, *experts = _models(shared, [None, *names], recorder=Tapes())
    policy = shared_route(router, WeightsHead(512, 3), experts)
    assert policy.together.recorder is None


def test_as_many_contexts_are_recorded_as_of_a_model_alone(tmp_path: Path) -> None:
    """Though each takes a row for every model; and rooms are kept for as many slots."""
    shared, names = _based(tmp_path, 3)
    tapes = Tapes()
    tapes.most_rows = 2
    router, *experts = _models(shared, [None, *names], recorder=tapes)
    policy = shared_route(router, a_head(3), experts)

    repeated = tapes.repeated
    _said(policy, PROMPTS)
    assert tapes.repeated == repeated, "three contexts"
    long = [[1, *range(4, 60)], [1, 20]]  # 4 * 2 rows of 1,024 slots are more than 4,096
    first = policy.open(long)._reading
    first._cache.reserve(600)
    room = first._cache.room
    assert (room.rows, room.capacity) == (8, 1_024)
    del first
    again = policy.open(long)._reading
    again._cache.reserve(600)
    assert again._cache.room is room
    decode(policy.open(PROMPTS[:2]), Sampling(longest=9))
    assert tapes.repeated > repeated, "two contexts"


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_weights_of_two_bytes_share_though_they_round_otherwise(
    dtype: torch.dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, names = _based(tmp_path, 3, dtype, lora_alpha=5)  # no power of two over its rank
    router, *experts = _models(shared, [None, *names])
    alone = RoutedPolicy(router, a_head(3), experts).open(PROMPTS).after([0, 1, 2], [[]] * 3)

    policy = routed(router, a_head(3), experts)

    assert isinstance(policy, SharedPolicy)
    made = policy.open(PROMPTS).after([0, 1, 2], [[]] * 3)
    assert torch.allclose(made.logits, alone.logits, atol=0.1)
    _twice(monkeypatch)
    with pytest.raises(UnsupportedModel, match="gives other logits than a plain pass"):
        shared_route(router, a_head(3), experts)


def test_rows_that_lie_equally_far_apart_are_seen_without_a_copy() -> None:
    assert together([4]) == slice(4, 5, 1)
    assert together([2, 3, 4]) == slice(2, 5, 1)
    assert together([0, 3, 6]) == slice(0, 7, 3)
    for rows in ([3, 2], [0, 1, 3], [1, 1], [0, 2, 2]):
        assert together(rows) is None


@pytest.mark.filterwarnings("ignore::peft.utils.warning.PeftWarning")
@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"use_dora": True}, "is more than two matrices"),
        ({"lora_bias": True}, "is more than two matrices"),
        ({"target_modules": ["embed_tokens"]}, "an adapter on model.embed_tokens, a Embedding"),
    ],
)
def test_adapters_of_other_kinds_run_alone(
    changed: dict[str, Any], why: str, tmp_path: Path
) -> None:
    shared, names = _based(tmp_path, 2, **changed)
    before = {name: own.data_ptr() for name, own in shared.module.named_parameters()}
    router, *experts = _models(shared, [None, *names])

    with pytest.raises(UnsupportedModel, match=why):
        shared_route(router, a_head(2), experts)

    assert isinstance(routed(router, a_head(2), experts), RoutedPolicy)
    assert {name: own.data_ptr() for name, own in shared.module.named_parameters()} == before


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_shares(family: str, tmp_path: Path) -> None:
    save_adapter(tiny(family), tmp_path, seed=50)
    shared = SharedBase(tiny(family))
    router, expert = _models(shared, [None, shared.add(tmp_path)])
    said = _said(RoutedPolicy(router, a_head(2), [expert, router]))

    policy = routed(router, a_head(2), [expert, router])

    assert isinstance(policy, SharedPolicy)
    assert _said(policy) == said


def test_a_base_that_says_something_else_than_each_adapter_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, names = _based(tmp_path, 2)
    router, *experts = _models(shared, [None, *names])
    said = _said(RoutedPolicy(router, a_head(2), experts))
    _twice(monkeypatch)
    with pytest.raises(UnsupportedModel, match="gives other logits than a plain pass"):
        shared_route(router, a_head(2), experts)
    policy = routed(router, a_head(2), experts)

    assert isinstance(policy, RoutedPolicy)
    assert _said(policy) == said
