"""What people say and like everywhere: the mean over the items of a catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.model import Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The mean over item memories, each counting once."""

    words: Vector | None  # (D,), None where nobody wrote anything
    liking: float


def usual(memories: Iterable[ItemMemory], *, least: int) -> Usual:
    """Of those memories that at least so many people stand behind."""
    seen = [memory for memory in memories if memory.standing >= least]
    spoken = [memory.words for memory in seen if memory.words is not None]
    return Usual(
        words=np.stack(spoken).mean(axis=0, dtype=np.float64).astype(np.float32)
        if spoken
        else None,
        liking=float(np.mean([memory.liking for memory in seen])) if seen else 0.0,
    )
