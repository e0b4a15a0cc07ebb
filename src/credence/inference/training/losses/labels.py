"""How likely the true labels are."""

from __future__ import annotations

import torch
from torch import Tensor

from credence.inference.training.losses.rows import kept, kept_labels, mean, put_back


def picked(logits: Tensor, labels: Tensor) -> Tensor:
    """Log-probabilities (M,) in fp32 of labels (M,) under logits (M, V)."""
    said = torch.log_softmax(logits.float(), -1)
    return said.gather(-1, labels.unsqueeze(-1)).squeeze(-1)


def label_loss(logits: Tensor, labels: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean over the positions that count of -log p(label): the language-model loss.

    `logits` (..., V) are already those that predict `labels` (...): whoever calls has shifted.
    Infinite where a true label is ruled out, which is a fault of the data.
    """
    return -mean(picked(kept(logits, mask), kept_labels(labels, mask)))


def sequence_log_prob(logits: Tensor, labels: Tensor, mask: Tensor | None = None) -> Tensor:
    """log p (B,) of each row: the sum over its steps that count, 0 where none does.

    For labels (B, T) and logits (B, T, V), or for one step, labels (B,) and logits (B, V).
    """
    return summed(picked(kept(logits, mask), kept_labels(labels, mask)), labels, mask)


def summed(rows: Tensor, labels: Tensor, mask: Tensor | None) -> Tensor:
    """Values (M,) of the kept positions, summed by sequence (B,)."""
    steps = put_back(rows, labels, mask)
    return steps if steps.ndim == 1 else steps.flatten(1).sum(-1)
