"""How much memory the models need, and how much there is: known before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]
import torch
from transformers import PreTrainedConfig, PreTrainedModel

from credence.inference.causal.folders import ModelFolder
from credence.inference.errors import NotEnoughMemory

_GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Bytes that models take on a device, and what it had left when that was asked."""

    weights: int
    caches: int  # keys and values of one list
    passes: int  # what one pass has in hand at once; an estimate
    free: int
    device: torch.device

    @property
    def lacking(self) -> int:
        """What is too little; 0 or less where all fits."""
        return self.weights + self.caches + self.passes - self.free

    @property
    def told(self) -> str:
        """All of it in words."""
        return (
            f"the models need {_gib(self.weights)} for weights, {_gib(self.caches)} for keys and "
            f"values and about {_gib(self.passes)} for a pass, and {self.device} has "
            f"{_gib(self.free)} free"
        )

    def check(self) -> None:
        """Raises NotEnoughMemory unless everything fits."""
        if self.lacking > 0:
            raise NotEnoughMemory(
                f"{self.told}: {_gib(self.lacking)} too little. Use a dtype of 2 bytes, LoRA "
                "experts on one base, fewer experts or a smaller CREDENCE_CAUSAL_LONGEST"
            )


def weight_bytes(folders: Sequence[ModelFolder], dtype: torch.dtype) -> int:
    """Of all these models and adapters together, each counted once."""
    return sum({each.path: each.parameters() for each in folders}.values()) * dtype.itemsize


def cache_bytes(config: PreTrainedConfig, tokens: int, dtype: torch.dtype) -> int:
    """Keys and values of this many tokens, be they of one row or of several."""
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(2 * text.num_hidden_layers * heads * size * tokens * dtype.itemsize)


def pass_bytes(config: PreTrainedConfig, rows: int, longest: int, dtype: torch.dtype) -> int:
    """What a model holds while it reads so many rows of this many tokens, roughly.

    In a layer that is what comes in, what attention makes of it and its output (6 times the hidden
    size), and the wide part between (3 times); and a mask of a byte for each token that another may
    see. Kernels that write out what each head attends to take more.
    """
    text = config.get_text_config()
    hidden = text.hidden_size
    wide = getattr(text, "intermediate_size", None) or 4 * hidden
    tokens = rows * longest
    return int(tokens * (6 * hidden + 3 * wide) * dtype.itemsize + tokens * longest)


def bytes_a_part(module: PreTrainedModel) -> int:
    """Weights for each part that has any; a layer has some ten."""
    weights = sum(one.numel() * one.itemsize for one in module.parameters())
    return weights // sum(1 for one in module.modules() if [*one.parameters(recurse=False)])


def free_bytes(device: torch.device) -> int:
    """What this device can still hold, with what this process has taken of it and uses no more."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
    return int(psutil.virtual_memory().available)


def _gib(size: int) -> str:
    return f"{size / _GIB:,.2f} GiB ({size:,} bytes)"
