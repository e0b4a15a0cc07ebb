"""What is trained, on what, by which loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from credence.inference.training.sources import Source

Batch = TypeVar("Batch")
Step = Callable[[Batch], Mapping[str, Tensor]]  # `loss` is minimised, the rest is only reported
OptimiserFactory = Callable[[Sequence[nn.Parameter], float], torch.optim.Optimizer]
Fact = str | int | float | bool | None


def adamw(
    parameters: Sequence[nn.Parameter], learning_rate: float, *, decay: float = 0.01
) -> torch.optim.Optimizer:
    """AdamW that draws matrices towards 0 by `decay`, and biases and norms not at all."""
    matrices = [one for one in parameters if one.ndim > 1]
    others = [one for one in parameters if one.ndim <= 1]
    groups = [
        {"params": group, "weight_decay": share}
        for group, share in ((matrices, decay), (others, 0.0))
        if group
    ]
    return torch.optim.AdamW(groups, lr=learning_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Batch]):
    """One stage of training.

    `modules` are trained in place and stored in checkpoints; `frozen` ones are moved to the device,
    set to evaluation and asked for no gradient. `step` may use any of both. `facts` say what else
    decides the result (versions of data, digests of frozen weights): a checkpoint made under
    other facts is refused.
    """

    name: str
    modules: Mapping[str, nn.Module]
    data: Source[Batch]
    step: Step[Batch]
    frozen: Sequence[nn.Module] = ()
    optimiser: OptimiserFactory = adamw
    facts: Mapping[str, Fact] = field(default_factory=dict)
