"""Products of rows with weights that oneDNN has once put into an order of its own.

On a CPU `torch.nn.functional.linear` reads weights as they lie. oneDNN, which torch brings along,
takes a half to a fifth of the time where it may order them beforehand for its vector units, and
then gives a row the same numbers whichever rows it shares the product with (ADR 0027 has what was
measured). The two calls are those that torch's own compiler makes for frozen models; they have no
public name, so a torch that lacks them gets the usual product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self

import torch
from torch import Tensor
from torch.nn.functional import linear, pad

WORTH = 2**16  # numbers of a weight below which calling oneDNN costs about what it saves
_ONEDNN = torch.ops.mkldnn
# oneDNN compiles for each number of rows that it meets, and keeps that: hundreds of MB for texts of
# all lengths. So more rows than a few go in blocks, the last one filled up to a multiple.
_FEW, _BLOCK = 32, 256


class Product(Protocol):
    """Rows (..., in) to rows (..., out), of the weights' type."""

    def __call__(self, rows: Tensor) -> Tensor: ...


def product(weight: Tensor, bias: Tensor | None = None) -> Product:
    """The product with weight (out, in) and bias (out,), packed where that is quicker.

    A packed weight is a copy: the one given is not held.
    """
    return Packed.of(weight, bias) if is_packable(weight) else _Usual(weight, bias)


def is_packable(weight: Tensor) -> bool:
    """Whether a product with this weight (out, in) is quicker packed."""
    if weight.device.type != "cpu" or weight.numel() < WORTH or not _has_onednn():
        return False
    if weight.dtype == torch.bfloat16:
        return bool(_ONEDNN._is_mkldnn_bf16_supported())
    return weight.dtype == torch.float32


@dataclass(frozen=True, slots=True)
class Packed:
    """Weights as oneDNN has them, which nothing else can read; they are never changed."""

    weight: Any  # an opaque tensor
    bias: Tensor | None

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor | None = None) -> Self:
        """Of weight (out, in), which is copied, and bias (out,), which is not."""
        return cls(_ONEDNN._reorder_linear_weight(weight.detach()), bias)

    def __call__(self, rows: Tensor) -> Tensor:
        count = rows.shape[:-1].numel()
        if count <= _FEW:
            return self._of(rows)
        made = rows.new_empty((*rows.shape[:-1], self.weight.shape[0]))
        places = torch.split(made.view(count, -1), _BLOCK)
        parts = torch.split(rows.reshape(count, -1), _BLOCK)
        for part, place in zip(parts, places, strict=True):
            missing = -len(part) % _FEW
            place.copy_(self._of(pad(part, (0, 0, 0, missing)))[: len(part)])
        return made

    def _of(self, rows: Tensor) -> Tensor:
        made: Tensor = _ONEDNN._linear_pointwise.default(
            rows, self.weight, self.bias, "none", [], ""
        )
        return made

    def __deepcopy__(self, _: object) -> Self:
        return self


@dataclass(frozen=True, slots=True)
class _Usual:
    weight: Tensor
    bias: Tensor | None

    def __call__(self, rows: Tensor) -> Tensor:
        return linear(rows, self.weight, self.bias)


def _has_onednn() -> bool:
    names = "_reorder_linear_weight", "_linear_pointwise", "_is_mkldnn_bf16_supported"
    there: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return there and all(hasattr(_ONEDNN, name) for name in names)
