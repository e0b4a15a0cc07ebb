"""What an extractor may read."""

from __future__ import annotations

from dataclasses import dataclass

from credence.memory.model import Event, Item, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """An event with its item and the item's vector, where these are known."""

    event: Event
    item: Item | None
    item_vector: Vector | None  # (D,)
