"""How much memory the models need, and how much there is: known before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence

import psutil  # type: ignore[import-untyped]
import torch
from transformers import PreTrainedConfig, PreTrainedModel

from credence.inference.causal.folders import ModelFolder
from credence.inference.errors import NotEnoughMemory

_GIB = 2**30


def weight_bytes(folders: Sequence[ModelFolder], dtype: torch.dtype) -> int:
    """Of all these models and adapters together, each counted once."""
    return sum({each.path: each.parameters() for each in folders}.values()) * dtype.itemsize


def cache_bytes(config: PreTrainedConfig, tokens: int, dtype: torch.dtype) -> int:
    """Keys and values of this many tokens, be they of one row or of several."""
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(2 * text.num_hidden_layers * heads * size * tokens * dtype.itemsize)


def bytes_a_part(module: PreTrainedModel) -> int:
    """Weights for each part that has any; a layer has some ten."""
    weights = sum(one.numel() * one.itemsize for one in module.parameters())
    return weights // sum(1 for one in module.modules() if [*one.parameters(recurse=False)])


def free_bytes(device: torch.device) -> int:
    """What this device can still hold."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return int(psutil.virtual_memory().available)


def check_room(*, weights: int, caches: int, free: int, device: torch.device) -> None:
    """Raises NotEnoughMemory unless weights and caches fit."""
    if weights + caches <= free:
        return
    raise NotEnoughMemory(
        f"the models need {_gib(weights)} for weights and {_gib(caches)} for keys and "
        f"values, and {device} has {_gib(free)} free: {_gib(weights + caches - free)} too little. "
        "Use a dtype of 2 bytes, LoRA experts on one base, fewer experts or a shorter `longest`"
    )


def _gib(size: int) -> str:
    return f"{size / _GIB:,.2f} GiB ({size:,} bytes)"
