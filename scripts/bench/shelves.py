"""A shelf that knows of one person alone: what ranking cost before there were others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from credence.app.shelf import RecommendationShelf
from credence.memory.collaborative.audience import Audience
from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.collaborative.usual import Usual
from credence.memory.model import Embedded, Filters, Person
from credence.planner.counter import Taste

_NOTHING_USUAL = Usual(words=None, liking=0.0)


class Alone(RecommendationShelf):
    """The shelf of an application, but that nobody else ever said or chose anything.

    What `taste` reads of others is still read, once in a while as for everybody.
    """

    def __init__(self, shelf: RecommendationShelf) -> None:
        vars(self).update(vars(shelf))

    async def taste(self, person: Person) -> Taste:
        return replace(await super().taste(person), audiences={})

    async def memories(
        self, person: Person, ids: Sequence[str], *, phrases: bool
    ) -> dict[str, ItemMemory]:
        return {}

    async def audiences(self, person: Person, ids: Sequence[str]) -> dict[str, Audience]:
        return {}

    async def usual(self, tenant: str) -> Usual:
        return _NOTHING_USUAL

    async def companions(
        self, person: Person, ids: Sequence[str], filters: Filters, without: Sequence[str]
    ) -> dict[str, Embedded]:
        return {}
