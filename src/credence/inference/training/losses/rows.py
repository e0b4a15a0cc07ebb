"""Positions that count, taken out before any arithmetic.

Padding is left out rather than multiplied by zero: a padded row may be minus infinity throughout,
its softmax is then not a number, and zero times that is not a number either, in the gradients too.
"""

from __future__ import annotations

from torch import Tensor


def kept(values: Tensor, mask: Tensor | None) -> Tensor:
    """Rows (M, V) of values (..., V) where the mask (...) is true; all of them without a mask."""
    rows = values.flatten(0, -2)
    return rows if mask is None else rows[mask.flatten()]


def kept_labels(labels: Tensor, mask: Tensor | None) -> Tensor:
    """Labels (M,) of labels (...)."""
    return labels.flatten() if mask is None else labels.flatten()[mask.flatten()]


def kept_experts(experts: Tensor, mask: Tensor | None) -> Tensor:
    """Rows (n, M, V) of the logits (n, ..., V) of n experts."""
    rows = experts.flatten(1, -2)
    return rows if mask is None else rows[:, mask.flatten()]


def put_back(rows: Tensor, labels: Tensor, mask: Tensor | None) -> Tensor:
    """Values (M,) of the kept positions back in the shape (...) of labels; 0 elsewhere."""
    if mask is None:
        return rows.reshape(labels.shape)
    return rows.new_zeros(labels.shape).masked_scatter(mask, rows)


def mean(rows: Tensor) -> Tensor:
    """The mean of rows (M,); 0, with gradients of 0, where there are none."""
    return rows.sum() / max(1, len(rows))
