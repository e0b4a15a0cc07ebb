"""Postgres behind the planner's and the recommender's windows on memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.fresh import Fresh
from credence.memory.errors import UserNotFound
from credence.memory.ledger import Revision
from credence.memory.model import (
    Belief,
    Embedded,
    Filters,
    Impression,
    Person,
    Vector,
)
from credence.memory.planner_run import PlannerRun
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.recommend import POOL, Taste
from credence.planner.state import Snapshot

_PENDING = 60  # events that one planner run consumes at most
_POPULAR_SINCE = timedelta(days=90)


class PlannerStore:
    """`planner.context.Store` on Postgres."""

    def __init__(self, engine: AsyncEngine, *, owner: str) -> None:
        self._engine = engine
        self._owner = owner  # of the leases that end with a run

    async def observe(self, person: Person) -> Snapshot:
        async with autocommit(self._engine) as uow:
            held = await uow.beliefs.load(person)
            pending = await uow.events.after(person, held.belief.watermark, limit=_PENDING)
            named = sorted({event.item_id for event in pending if event.item_id is not None})
            items = await uow.catalogue(person.tenant).get(named) if named else {}
        return Snapshot(
            belief=held.belief,
            vectors=held.vectors,
            pending=tuple(
                Witnessed(
                    event=event,
                    item=items[event.item_id].item if event.item_id in items else None,
                    item_vector=items[event.item_id].vector if event.item_id in items else None,
                )
                for event in pending
            ),
            last_seq=pending[-1].seq if pending else held.belief.watermark,
        )

    async def commit(
        self,
        person: Person,
        revision: Revision,
        vectors: Mapping[int, Vector],
        run: PlannerRun | None,
    ) -> None:
        async with unit_of_work(self._engine) as uow:
            await uow.commits.commit(person, revision, vectors, owner=self._owner)
            if run is not None:
                await uow.runs.add(person, run)

    async def record(self, person: Person, run: PlannerRun, *, checked_to: int) -> None:
        async with unit_of_work(self._engine) as uow:
            await uow.commits.mark_checked(person, checked_to, owner=self._owner)
            await uow.runs.add(person, run)


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
