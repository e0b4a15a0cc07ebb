"""Postgres behind the recommender's window on memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.fresh import Fresh
from credence.memory.errors import UserNotFound
from credence.memory.model import Belief, Embedded, Filters, Impression, Person, Vector
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.recommend import POOL, Taste

_POPULAR_SINCE = timedelta(days=90)


class RecommendationShelf:
    """`planner.recommend.Shelf` on Postgres."""

    def __init__(
        self,
        engine: AsyncEngine,
        relaxed: AsyncEngine,
        *,
        event_memory: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._relaxed = relaxed
        self._event_memory = event_memory
        self._clock = clock
        self._centres: Fresh[str, Vector | None] = Fresh(self._read_centre, seconds=60)

    async def taste(self, person: Person) -> Taste:
        try:
            async with autocommit(self._engine) as uow:
                held = await uow.beliefs.load_for_ranking(person)
                recent = await uow.events.latest(person, limit=self._event_memory)
        except UserNotFound:
            return Taste(belief=Belief(), vectors={}, recent=(), known=False)
        return Taste(belief=held.belief, vectors=held.vectors, recent=recent)

    async def items(self, tenant: str, ids: Sequence[str]) -> dict[str, Embedded]:
        async with autocommit(self._engine) as uow:
            return await uow.catalogue(tenant).get(ids)

    async def nearest(
        self, person: Person, probes: NDArray[np.float32], filters: Filters, without: Sequence[str]
    ) -> dict[str, Embedded]:
        async with unit_of_work(self._engine) as uow:
            seen = await uow.events.items_of(person) | set(without)
            return await uow.catalogue(person.tenant).nearest(
                probes,
                each=max(1, POOL // len(probes)),
                filters=filters,
                without=sorted(seen),
            )

    async def popular(
        self, person: Person, filters: Filters, without: Sequence[str]
    ) -> tuple[tuple[Embedded, int], ...]:
        async with unit_of_work(self._engine) as uow:
            seen = await uow.events.items_of(person) | set(without)
            catalogue = uow.catalogue(person.tenant)
            since = self._clock() - _POPULAR_SINCE
            liked = await catalogue.popular(since=since, filters=filters, limit=POOL + len(seen))
            counts = {item_id: people for item_id, people in liked if item_id not in seen}
            if len(counts) < POOL:
                more = await catalogue.any_of(filters=filters, without=sorted(seen), limit=POOL)
                counts = {**dict.fromkeys(more, 0), **counts}
            found = await catalogue.get(list(counts))
        return tuple((found[item_id], counts[item_id]) for item_id in sorted(found))

    async def centre(self, tenant: str) -> Vector | None:
        return await self._centres.get(tenant)

    async def remember(self, tenant: str, shown: Sequence[Impression]) -> None:
        """Write without waiting for the disk: a crash may lose the last moments' impressions,
        which costs their citations and no belief."""
        async with autocommit(self._relaxed) as uow:
            await uow.impressions.add(tenant, shown)

    async def _read_centre(self, tenant: str) -> Vector | None:
        async with unit_of_work(self._engine) as uow:
            return await uow.catalogue(tenant).centre()
