"""What an extractor may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from credence.memory.model import Embedded, Event, Item, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """An event with its item and the item's vector, where these are known."""

    event: Event
    item: Item | None
    item_vector: Vector | None  # (D,)


def witnessed(event: Event, items: Mapping[str, Embedded]) -> Witnessed:
    """The event with its item, if it is among these."""
    known = items.get(event.item_id) if event.item_id is not None else None
    return Witnessed(
        event=event,
        item=known.item if known else None,
        item_vector=known.vector if known else None,
    )
