"""Worlds 1 and 2: who speaks the language of two dialects best, with rare words and without."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from credence.inference.routing.fusion import fuse_all
from credence.inference.training.losses.labels import picked
from scripts.toys.experts import Measured


@dataclass(frozen=True, slots=True)
class Said:
    """What a policy makes of held-out labels."""

    log_p: Tensor  # (B, T), of the true label
    hit: Tensor  # (B, T), whether its likeliest label is the true one

    def loss(self, where: Tensor | None = None) -> float:
        """Mean -log p, of all positions or some (B, T)."""
        return -(self.log_p if where is None else self.log_p[where]).mean().item()

    def accuracy(self, where: Tensor) -> float:
        """Share of hits at some positions."""
        return self.hit[where].float().mean().item()


def policies(measured: Measured) -> dict[str, Said]:
    """The fused policy and what it must beat.

    "selection": the chosen expert alone. "oracle selection": at each position whichever expert is
    better there, which no choice of experts can surpass. "router alone": the complement alone.
    """
    experts = measured.experts.flatten(1, 2)
    weights, complement = measured.weights.flatten(0, 1), measured.complement.flatten(0, 1)
    labels = measured.labels
    fused = fuse_all(experts, weights, complement)
    rows = torch.arange(len(fused.route))
    said = {
        "fused": _said(fused.logits, labels),
        "selection": _said(experts[fused.route, rows], labels),
        "router alone": _said(complement, labels),
    }
    each = [_said(expert, labels) for expert in experts]
    return {
        **said,
        "oracle selection": Said(
            torch.stack([one.log_p for one in each]).amax(0),
            torch.stack([one.hit for one in each]).any(0),
        ),
        **{f"expert {number}": one for number, one in enumerate(each)},
        "average": _said(experts.log_softmax(-1).mean(0), labels),
    }


def _said(logits: Tensor, labels: Tensor) -> Said:
    hit = logits.argmax(-1) == labels.flatten()
    return Said(picked(logits, labels.flatten()).view_as(labels), hit.view_as(labels))
