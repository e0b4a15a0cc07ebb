"""How a sequence model is trained.

Width, rate, dropout and patience were chosen on training people of four domains alone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Size and training of a sequence model; the same for every catalogue."""

    longest: int = 50  # items of a sequence that are looked at; longer ones are cut into windows
    width: int = 32
    blocks: int = 2
    heads: int = 2
    dropout: float = 0.2
    batch: int = 64  # windows
    negatives: int = 256  # items drawn evenly for a batch, to be told from those that came next
    rate: float = 2e-3
    decay: float = 1e-2
    epochs: int = 100  # at most
    patience: int = 10  # epochs without a better held-out loss before it stops
