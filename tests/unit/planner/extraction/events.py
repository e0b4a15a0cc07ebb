"""Events, items and an encoder that tests of extraction share."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Action, Event, Item

START = datetime(2024, 1, 1, tzinfo=UTC)


def an_event(
    seq: int = 1, *, text: str = "", rating: float | None = None, action: Action = Action.REVIEW
) -> Event:
    at = START + timedelta(days=seq)
    return Event(
        seq=seq,
        item_id=f"item-{seq}",
        action=action,
        rating=rating,
        text=text,
        metadata={},
        occurred_at=at,
        recorded_at=at,
    )


def an_item(
    *, categories: tuple[str, ...] = (), creators: tuple[str, ...] = (), description: str = ""
) -> Item:
    return Item(
        item_id="item",
        title="A Title",
        description=description,
        categories=categories,
        creators=creators,
    )


async def embed_by_hash(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit rows that differ from text to text and are nearly orthogonal."""
    seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts]
    rows = np.stack([np.random.default_rng(seed).normal(size=384) for seed in seeds])
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("f4")
    return unit
