"""A shelf of plain objects, and a counter on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.collaborative.usual import Usual
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import (
    Belief,
    Embedded,
    Filters,
    Impression,
    Item,
    Person,
    Vector,
)
from credence.planner.counter import Bounds, Counter, Probe, Taste, Visit
from credence.planner.ranking.semantic import SemanticRanker
from tests.fakes import NOW, OneForAll, embed, vector_of


def words(texts: Sequence[str]) -> NDArray[np.float32]:
    """Reads what people write as the toy encoder reads everything."""
    return np.stack([vector_of(text) for text in texts])


def near(text: str, share: float, noise: str) -> Vector:
    """A vector that leans towards another text's."""
    mixed = share * vector_of(text) + (1 - share) * vector_of(noise)
    unit: Vector = (mixed / np.linalg.norm(mixed)).astype(np.float32)
    return unit


@dataclass
class Shop:
    """`planner.recommend.Shelf` over plain objects."""

    stock: Mapping[str, Vector]
    person: Taste = field(default_factory=lambda: Taste(belief=Belief(), vectors={}, recent=()))
    sold: Mapping[str, int] = field(default_factory=dict)
    shown: list[Impression] = field(default_factory=list)
    told: Mapping[str, ItemMemory] = field(default_factory=dict)

    async def visit(self, person: Person, ids: Sequence[str], *, phrases: bool) -> Visit:
        return Visit(
            taste=self.person,
            items={i: self._embedded(i) for i in ids if i in self.stock},
            memories=await self.memories(person, ids, phrases=phrases),
        )

    async def passing(self, tenant: str, ids: Sequence[str], filters: Filters) -> frozenset[str]:
        return frozenset(i for i in ids if i in self.stock and i in filters.categories)

    async def nearest(self, within: Bounds, probes: Sequence[Probe]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(i for i in self.stock if i not in within.without) for _ in probes)

    async def popular(
        self, within: Bounds, *, most: int, narrowed: bool
    ) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(self.sold.items(), key=lambda sold: (-sold[1], sold[0]))[:most])

    async def anything(self, within: Bounds, *, most: int) -> tuple[str, ...]:
        return tuple(sorted(set(self.stock) - set(within.without))[:most])

    async def items(self, tenant: str, ids: Sequence[str]) -> Mapping[str, Embedded]:
        return {i: self._embedded(i) for i in ids if i in self.stock}

    async def centre(self, tenant: str) -> Vector | None:
        return None

    async def memories(
        self, person: Person, ids: Sequence[str], *, phrases: bool
    ) -> Mapping[str, ItemMemory]:
        return {i: self.told[i] for i in ids if i in self.told}

    async def usual(self, tenant: str) -> Usual:
        return Usual(words=None, liking=0.0)

    async def topics(self, tenant: str) -> Mapping[str, float]:
        return {}

    async def companions(
        self, within: Bounds, counted: Mapping[str, float], *, most: int
    ) -> tuple[str, ...]:
        return ()

    async def remember(self, tenant: str, shown: Sequence[Impression]) -> None:
        self.shown += shown

    def _embedded(self, item_id: str) -> Embedded:
        return Embedded(Item(item_id=item_id, title=item_id.title()), self.stock[item_id])


STOCK = {
    "a-heist": near("heists", 0.7, "a"),
    "b-romance": near("romance", 0.7, "b"),
    "c-cooking": near("cooking", 0.7, "c"),
    "d-heist": near("heists", 0.6, "d"),
}


def a_counter(shop: Shop) -> Counter:
    return Counter(
        shelf=shop,
        rankers=OneForAll(SemanticRanker()),
        embed=embed,
        words=words,
        rules=Rules(),
        clock=lambda: NOW,
        new_id=lambda: "impression-1",
        least_people=3,
        event_memory=15,
    )
