"""What if something else were believed: a list made from another taste, which is never kept.

Recommending reads what is believed through its shelf, so a shelf on which another taste lies is
all that it takes; how a list is made stays in `planner.recommend` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.collaborative.usual import Usual
from credence.memory.lifecycle.correction import reject, set_strength
from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.model import Belief, Embedded, Filters, Impression, Person, Vector
from credence.planner.counter import Bounds, Probe, Shelf, Taste, Visit

_WHY = "what if"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Chunks that are not believed, and strengths that are believed in place of the present ones.

    A strength counts as a correction by hand does, that is as the person's own word, which is
    heeded whatever a ranker makes of it (`planner.ranking.heeding`). Unless it is not `stated`:
    then it counts as if events had taught it.
    """

    off: frozenset[int] = frozenset()
    strengths: Mapping[int, float] = field(default_factory=dict)
    stated: bool = True

    @property
    def empty(self) -> bool:
        """Whether everything is believed as it is."""
        return not self.off and not self.strengths


def imagined(taste: Taste, what_if: WhatIf, *, now: datetime, rules: Rules) -> Taste:
    """The taste as the same corrections by hand would leave it.

    A chunk that is both switched off and given a strength is off. Raises ChunkNotFound for what
    is not believed, and Invalid for a strength that nobody could set.
    """
    if what_if.empty:
        return taste
    draft = Draft.of(taste.belief)
    for chunk_id, strength in sorted(what_if.strengths.items()):
        draft = set_strength(draft, chunk_id, strength=strength, now=now, rules=rules, why=_WHY)
    for chunk_id in sorted(what_if.off):
        draft = reject(draft, chunk_id, why=_WHY)
    belief = draft.belief if what_if.stated else _as_learnt(draft.belief, taste.belief)
    return replace(taste, belief=belief)


def _as_learnt(belief: Belief, before: Belief) -> Belief:
    """The belief, in which nothing counts as a person's word that did not before."""
    was = {chunk.chunk_id: chunk for chunk in before.chunks}
    chunks = tuple(
        replace(c, edited=was[c.chunk_id].edited, stated=was[c.chunk_id].stated)
        for c in belief.chunks
    )
    return replace(belief, chunks=chunks)


@dataclass(frozen=True, slots=True)
class ImaginedShelf:
    """A shelf on which `taste` lies in the place of the person's own, and which notes nothing.

    Everything else is as on the shelf behind it.
    """

    shelf: Shelf
    taste: Taste

    async def visit(self, person: Person, ids: Sequence[str], *, phrases: bool) -> Visit:
        """The items as they are, and the person as imagined."""
        return replace(await self.shelf.visit(person, ids, phrases=phrases), taste=self.taste)

    async def passing(self, tenant: str, ids: Sequence[str], filters: Filters) -> frozenset[str]:
        return await self.shelf.passing(tenant, ids, filters)

    async def nearest(self, within: Bounds, probes: Sequence[Probe]) -> tuple[tuple[str, ...], ...]:
        return await self.shelf.nearest(within, probes)

    async def popular(
        self, within: Bounds, *, most: int, narrowed: bool
    ) -> tuple[tuple[str, int], ...]:
        return await self.shelf.popular(within, most=most, narrowed=narrowed)

    async def anything(self, within: Bounds, *, most: int) -> tuple[str, ...]:
        return await self.shelf.anything(within, most=most)

    async def items(self, tenant: str, ids: Sequence[str]) -> Mapping[str, Embedded]:
        return await self.shelf.items(tenant, ids)

    async def centre(self, tenant: str) -> Vector | None:
        return await self.shelf.centre(tenant)

    async def memories(
        self, person: Person, ids: Sequence[str], *, phrases: bool
    ) -> Mapping[str, ItemMemory]:
        return await self.shelf.memories(person, ids, phrases=phrases)

    async def usual(self, tenant: str) -> Usual:
        return await self.shelf.usual(tenant)

    async def topics(self, tenant: str) -> Mapping[str, float]:
        return await self.shelf.topics(tenant)

    async def companions(
        self, within: Bounds, counted: Mapping[str, float], *, most: int
    ) -> tuple[str, ...]:
        return await self.shelf.companions(within, counted, most=most)

    async def remember(self, tenant: str, shown: Sequence[Impression]) -> None:
        """Nothing: what was imagined was not shown to anybody."""
