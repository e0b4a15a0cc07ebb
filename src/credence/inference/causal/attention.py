"""What each new token may look at, in the form that transformers' models take a made mask."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedConfig
from transformers.cache_utils import get_layer_types_and_kwargs

from credence.inference.errors import UnsupportedModel

_FULL, _SLIDING = "full_attention", "sliding_attention"
_MOVING = {"dynamic", "longrope"}  # rotations that change with the length of what was read

Mask = Tensor | dict[str, Tensor] | None


@dataclass(frozen=True, slots=True)
class Attention:
    """The kinds of attention in one model, and how it wants its masks."""

    kinds: frozenset[str]
    window: int | None  # how far a sliding layer sees
    eager: bool  # masks to add rather than to select

    @classmethod
    def of(cls, config: PreTrainedConfig) -> Attention:
        """Raises UnsupportedModel for anything but full and sliding attention over positions."""
        text = config.get_text_config()
        layers, details = get_layer_types_and_kwargs(text)
        name, kinds = config.model_type, frozenset(layers)
        if others := sorted(kinds - {_FULL, _SLIDING}):
            raise UnsupportedModel(
                f"{name} has layers of {', '.join(others)}; only full and sliding-window "
                "attention can be read on row by row: choose another model"
            )
        windows = {detail["sliding_window"] for detail in details if "sliding_window" in detail}
        if len(windows) > 1:
            raise UnsupportedModel(f"{name} has sliding windows of several sizes: {windows}")
        implementation = config._attn_implementation or "eager"
        if implementation not in {"eager", "sdpa"}:
            raise UnsupportedModel(
                f"{name} is loaded with attention {implementation!r}; load it with 'sdpa'"
            )
        if moving := sorted(_rope_types(text) & _MOVING):
            raise UnsupportedModel(
                f"{name} turns its positions by {moving[0]!r}, which changes with length, "
                "so what was read cannot be kept: choose another model or set its rope_type"
            )
        return cls(kinds, next(iter(windows), None), implementation == "eager")

    @property
    def plain(self) -> bool:
        """Whether a model left without a mask makes the causal one itself, or needs none."""
        return self.kinds == {_FULL} and not self.eager

    def mask(self, positions: Tensor, longest: int, dtype: torch.dtype) -> Mask:
        """For new tokens at `positions` (R, Q) over slots [0, longest): (R, 1, Q, longest)."""
        made = {
            kind: self._form(self._allowed(kind, positions, longest), dtype) for kind in self.kinds
        }
        return made if len(made) > 1 else next(iter(made.values()))

    def _allowed(self, kind: str, positions: Tensor, longest: int) -> Tensor:
        slots = torch.arange(longest, device=positions.device)
        own = positions[:, None, :, None]  # (R, 1, Q, 1)
        allowed = slots <= own
        if kind == _SLIDING and self.window is not None:
            allowed = allowed & (slots > own - self.window)
        return allowed

    def _form(self, allowed: Tensor, dtype: torch.dtype) -> Tensor:
        if not self.eager:
            return allowed
        least = torch.finfo(dtype).min
        return torch.zeros_like(allowed, dtype=dtype).masked_fill(~allowed, least)


def _rope_types(text: PreTrainedConfig) -> set[str]:
    """How positions are turned; some models say it for each kind of layer."""
    rope = getattr(text, "rope_parameters", None) or {}
    said = [rope, *(each for each in rope.values() if isinstance(each, dict))]
    return {str(one["rope_type"]) for one in said if "rope_type" in one}
