"""Causal LMs on a CPU whose linear layers hold their weights as oneDNN orders them (ADR 0027)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel

from credence.inference.causal.footprint import bytes_a_part
from credence.inference.packed import Packed, is_packable

# Bytes of weights a part up to which models may be stacked, for which they must lie as they are.
_STACKABLE = 256 * 2**10


class PackedLinear(nn.Linear):
    """A linear layer whose weight is packed; what it shows of it has a shape and a type alone."""

    def __init__(self, part: nn.Linear) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = part.in_features, part.out_features
        self._packed = Packed.of(part.weight, part.bias)
        shape = part.out_features, part.in_features
        nothing = _shaped(shape, part.weight.device, part.weight.dtype)
        self.weight = nn.Parameter(nothing, requires_grad=False)
        self.bias: Any = part.bias

    def forward(self, given: Tensor) -> Tensor:
        """(..., D_in) to (..., D_out)."""
        return self._packed(given)


def is_worth_packing(module: PreTrainedModel) -> bool:
    """Whether linear layers of this module are quicker packed; what may be stacked is not."""
    return bytes_a_part(module) > _STACKABLE and any(map(_packs, module.modules()))


def pack(module: PreTrainedModel) -> None:
    """Pack every linear layer that is worth it, one after another, so that little is held twice.

    Only an output layer that shares its weights with the embedding takes memory besides (see
    `packed_head_bytes`). Nothing in the module can be trained or saved after that.
    """
    # names alone: a list of the parts would hold the weights of all until the end
    for name in [name for name, part in module.named_modules() if _packs(part)]:
        owner, _, own = name.rpartition(".")
        place: Any = module.get_submodule(owner)
        setattr(place, own, PackedLinear(getattr(place, own)))
    module.train(False)


def packed_head_bytes(config: PreTrainedConfig, device: torch.device, dtype: torch.dtype) -> int:
    """What the copy of an output layer takes that shares its weights with the embedding; 0 where
    nothing is packed on such a device. Small models, which are not packed, take none after all."""
    text = config.get_text_config()
    shape = text.vocab_size, text.hidden_size
    if not text.tie_word_embeddings or not is_packable(_shaped(shape, device, dtype)):
        return 0
    return int(shape[0] * shape[1] * dtype.itemsize)


def _packs(part: nn.Module) -> bool:
    return type(part) is nn.Linear and is_packable(part.weight)


def _shaped(shape: tuple[int, int], device: torch.device, dtype: torch.dtype) -> Tensor:
    """A tensor of this shape that takes no memory, of values that are none."""
    return torch.full((1, 1), torch.nan, device=device, dtype=dtype).expand(shape)
