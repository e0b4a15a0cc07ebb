"""Postgres behind the planner's window on memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.glance import Glance
from credence.memory.ledger import Revision
from credence.memory.looked import Looked
from credence.memory.model import Belief, Event, Evidence, Person, Vector
from credence.memory.planner_run import PlannerRun
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.extraction.witnessed import witnessed
from credence.planner.state import Snapshot

_PENDING = 60  # events that one planner run consumes at most
_LATE = 60  # events that it reads once more at most


class PlannerStore:
    """`planner.context.Store` on Postgres."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def observe(self, person: Person) -> Snapshot:
        async with autocommit(self._engine) as uow:
            held = await uow.beliefs.load(person)
            pending = await uow.events.after(person, held.belief.watermark, limit=_PENDING)
            late_seqs = await uow.unlinked.late(person)
            late: tuple[Event, ...] = ()
            counted: frozenset[tuple[int, int]] = frozenset()
            if late_seqs:
                late = await uow.events.with_numbers(person, late_seqs[:_LATE])
                counted = await uow.beliefs.counted(person, late_seqs[:_LATE])
            named = sorted({e.item_id for e in (*pending, *late) if e.item_id is not None})
            items = await uow.catalogue(person.tenant).get(named) if named else {}
        return Snapshot(
            belief=held.belief,
            vectors=held.vectors,
            pending=tuple(witnessed(event, items) for event in pending),
            last_seq=pending[-1].seq if pending else held.belief.watermark,
            head_seq=held.last_seq,
            shared_to=held.shared_to,
            # One whose item was deleted since the look above goes on waiting for it.
            late=tuple(witnessed(event, items) for event in late if event.item_id in items),
            late_seqs=late_seqs,
            counted=counted,
        )

    async def belief_of(self, person: Person) -> Belief:
        async with autocommit(self._engine) as uow:
            return (await uow.beliefs.load(person)).belief

    async def shared_evidence(
        self, person: Person, *, also: Collection[int] = ()
    ) -> tuple[Evidence, ...]:
        async with autocommit(self._engine) as uow:
            return await uow.beliefs.shared_evidence(person, also=also)

    async def is_over(self, person: Person, run_id: str) -> bool:
        async with autocommit(self._engine) as uow:
            found = await uow.runs.one(person.tenant, run_id)
        return found is not None and found.user_id == person.user_id

    async def commit(
        self,
        person: Person,
        revision: Revision,
        vectors: Mapping[int, Vector],
        run: PlannerRun | None,
        *,
        lease: str,
        looked: Looked | None,
        glance: Glance,
    ) -> None:
        async with unit_of_work(self._engine) as uow:
            if looked is not None and looked.unlinked:
                await uow.unlinked.before_noting(person.tenant)
            await uow.commits.commit(
                person, revision, vectors, lease=lease, looked=looked, glance=glance
            )
            if looked is not None:
                await uow.unlinked.settle(person, looked)
                await uow.item_memories.add(person.tenant, looked.contributions)
            if run is not None:
                await uow.runs.add(person, run)

    async def record(self, person: Person, run: PlannerRun, *, lease: str, looked: Looked) -> None:
        async with unit_of_work(self._engine) as uow:
            await uow.commits.mark_checked(person, looked, lease=lease)
            await uow.unlinked.settle(person, looked)
            await uow.item_memories.add(person.tenant, looked.contributions)
            await uow.runs.add(person, run)
