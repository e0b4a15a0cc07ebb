"""Postgres behind the planner's window on memory."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.ledger import Revision
from credence.memory.model import Person, Vector
from credence.memory.planner_run import PlannerRun
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.state import Snapshot

_PENDING = 60  # events that one planner run consumes at most


class PlannerStore:
    """`planner.context.Store` on Postgres."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

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
            head_seq=held.last_seq,
        )

    async def commit(
        self,
        person: Person,
        revision: Revision,
        vectors: Mapping[int, Vector],
        run: PlannerRun | None,
        *,
        lease: str,
        checked_to: int,
    ) -> None:
        async with unit_of_work(self._engine) as uow:
            await uow.commits.commit(person, revision, vectors, lease=lease, checked_to=checked_to)
            if run is not None:
                await uow.runs.add(person, run)

    async def record(self, person: Person, run: PlannerRun, *, lease: str, checked_to: int) -> None:
        async with unit_of_work(self._engine) as uow:
            await uow.commits.mark_checked(person, checked_to, lease=lease)
            await uow.runs.add(person, run)
