"""A shelf on which fakes have spoken: the application's own, but for what others say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.shelf import RecommendationShelf
from credence.memory.collaborative import item_memory
from credence.memory.collaborative.contribution import Contribution
from credence.memory.collaborative.item_memory import ItemMemory, remembered
from credence.memory.collaborative.usual import Usual, usual
from credence.memory.item_memory_rows import CONTRIBUTION, contribution_of
from credence.memory.model import Impression, Person
from credence.memory.tables import contributions
from credence.memory.vectors import as_bytes
from credence.planner.counter import Taste, Visit

Parts = Mapping[str, tuple[Contribution, ...]]  # by item


async def honest_parts(engine: AsyncEngine) -> Parts:
    """What everybody has brought so far."""
    found: dict[str, list[Contribution]] = defaultdict(list)
    query = select(*CONTRIBUTION, as_bytes(contributions.c.words).label("vector"))
    async with engine.connect() as connection:
        for row in await connection.execute(query):
            found[row.item_id].append(contribution_of(row))
    return {item_id: tuple(parts) for item_id, parts in found.items()}


class Crowd:
    """Item memories, made as they are wanted; fakes change those of their items alone."""

    def __init__(self, parts: Parts, *, least: int, before: Crowd | None = None) -> None:
        self._parts = parts
        self.least = least
        self._before = before
        self._made: dict[tuple[str, str], ItemMemory | None] = {}

    def joined_by(self, fakes: Iterable[Sequence[Contribution]]) -> Crowd:
        added: dict[str, list[Contribution]] = defaultdict(list)
        for brought in fakes:
            for part in brought:
                added[part.item_id].append(part)
        parts = {i: (*self._parts.get(i, ()), *more) for i, more in added.items()}
        return Crowd(parts, least=self.least, before=self)

    def memory(self, item_id: str, *, without: str = "") -> ItemMemory | None:
        if item_id not in self._parts:
            return self._before.memory(item_id, without=without) if self._before else None
        if all(part.user_id != without for part in self._parts[item_id]):
            without = ""
        key = (item_id, without)
        if key not in self._made:
            others = [part for part in self._parts[item_id] if part.user_id != without]
            self._made[key] = remembered("default", others)
        return self._made[key]

    def told(self, item_id: str, *, without: str = "") -> ItemMemory | None:
        """The memory, where enough people stand behind it."""
        memory = self.memory(item_id, without=without)
        return memory if memory is not None and memory.people >= self.least else None

    def items(self) -> frozenset[str]:
        return frozenset(self._parts) | (self._before.items() if self._before else frozenset())

    def usual(self) -> Usual:
        known = [self.memory(item_id) for item_id in sorted(self.items())]
        return usual([memory for memory in known if memory is not None], least=self.least)


class Besieged(RecommendationShelf):
    """What others say comes from a crowd, everything else from the application's shelf."""

    def __init__(self, shelf: RecommendationShelf, crowd: Crowd) -> None:
        vars(self).update(vars(shelf))
        self._crowd = crowd
        self._usually = crowd.usual()

    async def visit(self, person: Person, ids: Sequence[str], *, phrases: bool) -> Visit:
        return Visit(
            taste=await self.taste(person),
            items=await self.items(person.tenant, ids),
            memories=await self.memories(person, ids, phrases=phrases),
        )

    async def taste(self, person: Person) -> Taste:
        taste = await super().taste(person)
        items = [seen.event.item_id for seen in taste.recent if seen.event.item_id]
        return replace(taste, heard=await self.memories(person, items, phrases=False))

    async def memories(
        self, person: Person, ids: Sequence[str], *, phrases: bool
    ) -> dict[str, ItemMemory]:
        found = {i: self._crowd.told(i, without=person.user_id) for i in ids}
        return {i: memory for i, memory in found.items() if memory is not None}

    async def usual(self, tenant: str) -> Usual:
        return self._usually

    async def remember(self, tenant: str, shown: Sequence[Impression]) -> None:
        """Nobody looks at these lists."""


@contextmanager
def undefended() -> Iterator[None]:
    """As if texts that say the same were as many voices."""
    twins = item_memory.twins
    item_memory.twins = _all_different
    try:
        yield
    finally:
        item_memory.twins = twins


def _all_different(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ones(len(directions))
