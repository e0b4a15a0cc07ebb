"""A shelf that knows of one person alone: what ranking cost before there were others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from credence.app.shelf import RecommendationShelf
from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.collaborative.usual import Usual
from credence.memory.model import Person
from credence.planner.counter import Bounds, Taste, Visit

_NOTHING_USUAL = Usual(words=None, liking=0.0)


class Alone(RecommendationShelf):
    """The shelf of an application, but that nobody else ever said or chose anything.

    What `taste` reads of others is still read, once in a while as for everybody.
    """

    def __init__(self, shelf: RecommendationShelf) -> None:
        vars(self).update(vars(shelf))

    async def visit(self, person: Person, ids: Sequence[str], *, phrases: bool) -> Visit:
        taste, items = await asyncio.gather(self.taste(person), self.items(person.tenant, ids))
        return Visit(taste=taste, items=items, memories={})

    async def taste(self, person: Person) -> Taste:
        return replace(await super().taste(person), heard={})

    async def memories(
        self, person: Person, ids: Sequence[str], *, phrases: bool
    ) -> dict[str, ItemMemory]:
        return {}

    async def usual(self, tenant: str) -> Usual:
        return _NOTHING_USUAL

    async def companions(
        self, within: Bounds, counted: Mapping[str, float], *, most: int
    ) -> tuple[str, ...]:
        return ()
