"""Models named in the settings become one policy, or an error that says what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, PreTrainedModel

from credence.inference.causal.adapters import SharedBase
from credence.inference.causal.folders import ModelFolder
from credence.inference.causal.footprint import (
    Needs,
    cache_bytes,
    free_bytes,
    pass_bytes,
    weight_bytes,
)
from credence.inference.causal.forward import KEPT, Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.packing import is_worth_packing, pack, packed_head_bytes
from credence.inference.causal.plan import (
    Plan,
    agreed,
    expert_names,
    fitting_alpha,
    fitting_head,
    planned,
)
from credence.inference.causal.pool import slots_a_row
from credence.inference.causal.recorders import RecorderOf, no_recorder, recorders_on
from credence.inference.causal.settings import DTYPES, CausalSettings, chosen_device
from credence.inference.causal.trial import check_reading, unchanged
from credence.inference.causal.vocabulary import Vocabulary
from credence.inference.causal.way import routed
from credence.inference.errors import DamagedModelFile, UnsupportedModel
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.heads import Alpha
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.steered import SteeredPolicy
from credence.inference.routing.unrouted import SinglePolicy

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CausalSystem:
    """Language models that decide together, and the tokens they speak."""

    policy: Policy[Tokens]
    vocabulary: Vocabulary
    device: torch.device
    experts: tuple[str, ...] = ()  # their names, as far as that tells them apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The models of the settings by what they are for, and the tokens they speak."""

    router: CausalModel
    experts: tuple[CausalModel, ...]
    reward: CausalModel | None
    vocabulary: Vocabulary
    device: torch.device
    names: tuple[str, ...]  # of the experts, as far as that tells them apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Settings that hold as far as can be seen without loading weights."""

    plan: Plan
    vocabulary: Vocabulary
    labels: int  # that all models have
    most: int  # tokens that a row may have, for each of the models and for the room there is
    head: WeightsHead | None
    alpha: Alpha | None
    device: torch.device
    needs: Needs


def looked_at(
    settings: CausalSettings, *, free: Callable[[torch.device], int] = free_bytes
) -> Checked:
    """Everything that can be known without weights, whether or not there is room for them now;
    raises ModelError.

    `free` tells the bytes that a device has left.
    """
    device, dtype = chosen_device(settings.device), DTYPES[settings.dtype]
    plan = planned(settings)
    vocabulary, labels = agreed(plan)
    head, alpha = fitting_head(settings, plan), fitting_alpha(settings, labels)
    configs = [plan.base_of(folder).config() for folder in plan.asked]
    positions, longest, rows = plan.positions(), settings.longest, settings.rows
    kept = settings.decoding and device.type == "cuda"
    slots = (slots_a_row(longest, kept=kept) + 1) * rows  # and one a row that takes padding
    needs = Needs(
        weights=weight_bytes(plan.on_disk, dtype) + _packed_heads(plan, device, dtype),
        caches=sum(cache_bytes(config, slots + (KEPT if kept else 0), dtype) for config in configs),
        passes=max(pass_bytes(config, rows, longest, dtype) for config in configs),
        free=free(device),
        device=device,
    )
    return Checked(
        plan=plan,
        vocabulary=vocabulary,
        labels=labels,
        most=longest if positions is None else min(positions, longest),
        head=head,
        alpha=alpha,
        device=device,
        needs=needs,
    )


def check(settings: CausalSettings, *, free: Callable[[torch.device], int] = free_bytes) -> Checked:
    """The same, where there is room; raises ModelError."""
    checked = looked_at(settings, free=free)
    checked.needs.check()
    return checked


def load(
    settings: CausalSettings, *, free: Callable[[torch.device], int] = free_bytes
) -> CausalSystem:
    """The models of the settings, checked first; raises ModelError."""
    checked = check(settings, free=free)
    members = _members(checked, settings)
    policy: Policy[Tokens] = SinglePolicy(members.router)
    if checked.head is not None:
        head = checked.head.to(members.device)
        if settings.decoding:
            policy = routed(members.router, head, members.experts)
        else:
            policy = RoutedPolicy(members.router, head, members.experts)
    if members.reward is not None and checked.alpha is not None:
        policy = SteeredPolicy(policy, members.reward, checked.alpha.to(members.device))
    return CausalSystem(
        policy=policy,
        vocabulary=members.vocabulary,
        device=members.device,
        experts=members.names,
    )


def load_members(
    settings: CausalSettings, *, free: Callable[[torch.device], int] = free_bytes
) -> Members:
    """The models one by one, checked first, as nothing routes them yet; raises ModelError."""
    return _members(check(settings, free=free), settings)


def _members(checked: Checked, settings: CausalSettings) -> Members:
    plan, device = checked.plan, checked.device
    recorder_of = recorders_on(device) if settings.decoding else no_recorder
    models = _loaded(checked, DTYPES[settings.dtype], recorder_of)
    return Members(
        router=models[plan.router],
        experts=tuple(models[expert] for expert in plan.experts),
        reward=None if plan.reward is None else models[plan.reward],
        vocabulary=checked.vocabulary,
        device=device,
        names=expert_names(plan),
    )


def _loaded(
    checked: Checked,
    dtype: torch.dtype,
    recorder_of: RecorderOf,
) -> dict[ModelFolder, CausalModel]:
    plan = checked.plan
    modules = {
        folder: _served(folder, dtype, checked) for folder in plan.on_disk if not folder.is_adapter
    }
    recorders = {folder: recorder_of(module) for folder, module in modules.items()}
    models: dict[ModelFolder, CausalModel] = {}
    shared: SharedBase | None = None
    if any(folder.is_adapter for folder in plan.asked):
        shared = SharedBase(modules[plan.base])
    names = dict(_named(plan, shared))
    for folder in plan.asked:
        base, adapter = plan.base_of(folder), names.get(folder)
        lies_on = shared if base == plan.base else None
        model = CausalModel(
            modules[base],
            labels=checked.labels,
            most=checked.most,
            shared=lies_on,
            adapter=adapter,
            recorder=recorders[base],
        )
        under = nullcontext if lies_on is None else partial(lies_on.under, adapter)
        check_reading(modules[base], model, folder.name, under=under)
        models[folder] = model
    return models


def _named(plan: Plan, shared: SharedBase | None) -> Iterator[tuple[ModelFolder, str]]:
    for folder in plan.asked:
        if shared is not None and folder.is_adapter:
            yield folder, shared.add(folder.path)


def _packed_heads(plan: Plan, device: torch.device, dtype: torch.dtype) -> int:
    """Bytes of what packing holds twice, at most."""
    full = [folder for folder in plan.on_disk if not folder.is_adapter]
    return sum(packed_head_bytes(folder.config(), device, dtype) for folder in full)


def _served(folder: ModelFolder, dtype: torch.dtype, checked: Checked) -> PreTrainedModel:
    """The model of a folder, packed where that is quicker and it says the same."""
    module = _module(folder, dtype, checked.device)
    if not is_worth_packing(module):
        return module
    try:
        with unchanged(module, checked.labels, folder.name):
            pack(module)
    except (RuntimeError, UnsupportedModel) as why:
        log.info("%s is served with its weights as they lie: %s", folder.name, why)
    else:
        return module
    del module  # for two of it there may be no room
    return _module(folder, dtype, checked.device)


def _module(folder: ModelFolder, dtype: torch.dtype, device: torch.device) -> PreTrainedModel:
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder.path,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as wrong:
        raise DamagedModelFile(f"{folder.name} cannot be loaded: {wrong}") from wrong
    module: PreTrainedModel = loaded[0]
    if missing := sorted(loaded[1]["missing_keys"]):  # which would be made up at random
        raise DamagedModelFile(
            f"{folder.name} lacks {len(missing)} of its weights, {missing[0]} for one; "
            "fetch it again"
        )
    module.to(device)  # type: ignore[arg-type]  # its wrapper hides what it takes
    return module
