"""Random LoRA adapters on one base, and the same merged into copies of it for the plain loop."""

from __future__ import annotations

import copy
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PreTrainedModel

from credence.inference.causal.adapters import SharedBase
from credence.inference.causal.model import CausalModel
from credence.inference.causal.recorders import RecorderOf, no_recorder
from credence.inference.routing.fusion import WeightsHead
from scripts.bench.language_models import Models, served

_RANK = 16
_STD = 0.05  # of the adapters' weights: enough to change what the base says


@dataclass(frozen=True)
class Adapted:
    """A base, which routes, and experts on it: as adapters, and merged into models of their own."""

    merged: Models
    shared: SharedBase
    adapters: list[str]

    def route(
        self, head: WeightsHead, recorder_of: RecorderOf = no_recorder
    ) -> tuple[CausalModel, WeightsHead, list[CausalModel]]:
        """Router, head and experts that share the base."""
        recorder = recorder_of(self.shared.module)
        router, *experts = (
            CausalModel(self.shared.module, shared=self.shared, adapter=name, recorder=recorder)
            for name in (None, *self.adapters)
        )
        return router, head, experts


def adapted(models: Models, *, seed: int = 0) -> Adapted:
    """As many adapters on the router as `models` has experts, which merged ones take the place of.

    They sit on every linear layer but the last. Merged, a model is as quick as any other of its
    shape, so the plain loop pays nothing for their being adapters.
    """
    torch.manual_seed(seed)
    shared, names = SharedBase(served(models.router)), list[str]()
    merged: list[PreTrainedModel] = []
    with tempfile.TemporaryDirectory(prefix="credence-bench-") as place:
        for at in range(len(models.experts)):
            folder = Path(place) / str(at)
            _save(copy.deepcopy(models.router), folder)
            own = PeftModel.from_pretrained(
                copy.deepcopy(models.router), folder, autocast_adapter_dtype=False
            )
            merged.append(own.merge_and_unload())
            names.append(shared.add(folder))
    for module in merged:
        module.train(False)
    return Adapted(replace(models, experts=merged), shared, names)


def _save(base: PreTrainedModel, folder: Path) -> None:
    own = get_peft_model(
        base,
        LoraConfig(r=_RANK, target_modules="all-linear", task_type="CAUSAL_LM"),
        autocast_adapter_dtype=False,
    )
    for name, weights in own.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weights, std=_STD)
    own.save_pretrained(str(folder))
