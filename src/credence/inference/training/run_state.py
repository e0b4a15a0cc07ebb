"""Between a running optimiser and modules, and the checkpoint of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from credence.inference.training.checkpoint import Checkpoint
from credence.inference.training.job import Fact
from credence.inference.training.settings import TrainSettings


def snapshot(
    step: int,
    identity: Mapping[str, Any],
    modules: Mapping[str, nn.Module],
    optimiser: torch.optim.Optimizer,
) -> Checkpoint:
    """The run as it stands after a step."""
    tensors: dict[str, Tensor] = {}
    scalars: dict[str, Any] = {}
    for index, state in optimiser.state_dict()["state"].items():
        for name, value in state.items():
            (tensors if isinstance(value, Tensor) else scalars)[f"{index}.{name}"] = value
    return Checkpoint(step, identity, weights_of(modules), tensors, scalars)


def restore(
    checkpoint: Checkpoint, modules: Mapping[str, nn.Module], optimiser: torch.optim.Optimizer
) -> None:
    """Bring modules and optimiser to where they stood."""
    for name, own in weights_of(modules).items():
        own.copy_(checkpoint.weights[name])
    state: dict[int, dict[str, Any]] = {}
    for name, value in {**checkpoint.optimiser, **checkpoint.scalars}.items():
        index, _, key = name.partition(".")
        state.setdefault(int(index), {})[key] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})


def weights_of(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Parameters and buffers by name, the module's first; they share memory with the modules."""
    return {
        f"{name}.{key}": value
        for name, module in modules.items()
        for key, value in module.state_dict().items()
    }


def identity_of(
    name: str,
    settings: TrainSettings,
    facts: Mapping[str, Fact],
    modules: Mapping[str, nn.Module],
    optimiser: torch.optim.Optimizer,
    *,
    processes: int,
) -> dict[str, Any]:
    """What decides a run's result, by names that a person can act on; asked before the first step.

    Two processes of one batch each are one of two batches: their product is what counts.
    """
    said: dict[str, Any] = {"job": name, "batches a step": settings.accumulate * processes}
    said |= {f"settings.{key}": value for key, value in settings.deciding().items()}
    said |= {f"facts.{key}": value for key, value in facts.items()}
    for key, value in weights_of(modules).items():
        said[f"shape of {key}"] = f"{tuple(value.shape)} {value.dtype}"
    said["optimiser"] = type(optimiser).__name__
    for index, group in enumerate(optimiser.state_dict()["param_groups"]):
        for key, value in group.items():
            if key != "params":
                said[f"optimiser.{index}.{key}"] = value
        said[f"optimiser.{index} parameters"] = len(group["params"])
    return said
