"""How an item reads to the sentence encoder, and the one vector that stands for it.

An item has three texts: all of it, its title with creators and categories, and its categories.
Their vectors are averaged, the first counting double. A long description drowns the little
that says what kind of thing an item is: against the vector of the whole text alone, the average
put the item that people took next first more often for an instruction and for a history alike
(the figures are in the log of measurements).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Item
from credence.planner.ranking.case import Matrix

_SHARES = np.array([0.5, 0.25, 0.25])  # of the whole text, the heading and the kind
TEXTS_AN_ITEM = len(_SHARES)


def item_text(item: Item) -> str:
    """All of an item in one line: title, creators, categories, description.

    Parts that are missing leave no trace. Never empty: an item with none reads as its id.
    """
    creators = f"By {', '.join(item.creators)}" if item.creators else ""
    categories = f"Genres: {', '.join(item.categories)}" if item.categories else ""
    return _joined(item.title, creators, categories, item.description) or item.item_id


def item_texts(items: Iterable[Item]) -> list[str]:
    """The texts to encode for n items, (3 n,): three for each item, one item after another."""
    return [text for item in items for text in (item_text(item), _heading(item), _kind(item))]


def item_vectors(encoded: NDArray[np.floating]) -> Matrix:
    """One unit vector an item (n, D) from the encoded `item_texts` (3 n, D).

    Raises ValueError if the rows are not three an item.
    """
    if encoded.ndim != 2 or len(encoded) % TEXTS_AN_ITEM:
        raise ValueError(f"needs {TEXTS_AN_ITEM} rows an item, got shape {encoded.shape}")
    texts = encoded.reshape(-1, TEXTS_AN_ITEM, encoded.shape[1]).astype(np.float64)
    mixed = np.einsum("t,ntd->nd", _SHARES, texts)
    lengths = np.linalg.norm(mixed, axis=1, keepdims=True)
    unit: Matrix = (mixed / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return unit


def _heading(item: Item) -> str:
    creators = f"By {', '.join(item.creators)}" if item.creators else ""
    return _joined(item.title, creators, ", ".join(item.categories)) or item_text(item)


def _kind(item: Item) -> str:
    return ", ".join(item.categories) or item.title.strip() or item_text(item)


def _joined(*parts: str) -> str:
    return ". ".join(part.strip() for part in parts if part.strip())
