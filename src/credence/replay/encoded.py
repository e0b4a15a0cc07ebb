"""A domain with its texts turned into vectors, as the catalogue would hold them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Item, Vector
from credence.planner.ranking.case import Matrix
from credence.planner.ranking.item_text import TEXTS_AN_ITEM, item_texts, item_vectors
from credence.replay.people import Domain

_WORTH_A_FILE = 200  # texts that take longer to encode than to read back

Encode: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedDomain:
    """A domain, the vectors that Credence would store for its items, and their mean."""

    domain: Domain
    items: Mapping[str, Item]
    vectors: Mapping[str, Vector]  # what Credence ranks by
    plain: Mapping[str, Vector]  # of the whole text alone, what a plain encoder baseline ranks by
    centre: Vector  # (D,), mean of `vectors`

    def rows(self, item_ids: Sequence[str]) -> Matrix:
        """Vectors of these items (n, D)."""
        return np.stack([self.vectors[item_id] for item_id in item_ids])

    def plain_rows(self, item_ids: Sequence[str]) -> Matrix:
        """Plain vectors of these items (n, D)."""
        return np.stack([self.plain[item_id] for item_id in item_ids])


def encode_domain(domain: Domain, encode: Encode) -> EncodedDomain:
    """Encode every item of the domain: three short passes an item."""
    encoded = encode(item_texts(domain.items))
    vectors = item_vectors(encoded)
    ids = [item.item_id for item in domain.items]
    return EncodedDomain(
        domain=domain,
        items={item.item_id: item for item in domain.items},
        vectors=dict(zip(ids, vectors, strict=True)),
        plain=dict(zip(ids, encoded[::TEXTS_AN_ITEM], strict=True)),
        centre=vectors.mean(axis=0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A folder that keeps what was encoded, of any number of encoders."""

    folder: Path
    encoder: str  # name and version of the one that encodes: no other's rows are read

    def path(self, texts: Sequence[str]) -> Path:
        """Where the rows of these texts lie."""
        told = "\0".join([self.encoder, *texts]).encode("utf-8", "surrogatepass")
        return self.folder / f"{hashlib.sha256(told).hexdigest()[:32]}.npy"


class RememberedEncoder:
    """An encoder that keeps what it has encoded: in memory, and in a folder between runs."""

    def __init__(self, encode: Encode, cache: Cache | None = None) -> None:
        self._encode = encode
        self._cache = cache
        self._known: dict[str, Vector] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts (n,) to unit rows (n, D); each text is encoded once."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self._known))
        if fresh:
            self._known.update(zip(fresh, self._encoded(fresh), strict=True))
        if not texts:
            return self._encode([])
        return np.stack([self._known[text] for text in texts])

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same for callers that await their encoder."""
        return self(texts)

    def _encoded(self, texts: list[str]) -> NDArray[np.float32]:
        if self._cache is None or len(texts) <= _WORTH_A_FILE:
            return self._encode(texts)
        path = self._cache.path(texts)
        if path.exists():
            kept: NDArray[np.float32] = np.load(path, allow_pickle=False)
            return kept
        rows = self._encode(texts)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.stem}-{os.getpid()}.npy")
        np.save(partial, rows, allow_pickle=False)
        partial.replace(path)
        return rows
