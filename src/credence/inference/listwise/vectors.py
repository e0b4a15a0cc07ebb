"""Small steps on vectors that what networks are shown is made of."""

from __future__ import annotations

import torch
from torch import Tensor


def beside(*numbers: Tensor) -> Tensor:
    """These as the last axis, each as large as the largest."""
    alike = torch.broadcast_tensors(*numbers)  # type: ignore[no-untyped-call]
    return torch.stack(alike, -1)


def length(vectors: Tensor) -> Tensor:
    """Of vectors (..., D), to divide by (..., 1): of nothing, nothing comes."""
    found: Tensor = torch.linalg.vector_norm(vectors, dim=-1, keepdim=True)
    return found.clamp_min(1e-12)


def is_any(vectors: Tensor) -> Tensor:
    """1 where a vector (..., D) says something, else 0 (..., 1)."""
    found: Tensor = torch.linalg.vector_norm(vectors, dim=-1, keepdim=True)
    return found.sign()
