"""Planner runs as they are remembered: signals, choice, reason, duration, cost, detail."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.model import Person
from credence.memory.planner_run import PlannerRun
from credence.memory.tables import planner_runs


class PlannerRuns:
    """The only place that writes SQL about planner runs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, person: Person, run: PlannerRun) -> None:
        """Remember a run; one that was killed after this and goes on is remembered already."""
        row = {name: getattr(run, name) for name in PlannerRun.__slots__ if name != "number"}
        row |= {"operations": list(run.operations), "signals": dict(run.signals)}
        row |= {"cost": dict(run.cost), "detail": dict(run.detail)}
        row |= {"tenant_id": person.tenant, "user_id": person.user_id}
        once = (
            insert(planner_runs)
            .values(row)
            .on_conflict_do_nothing(
                index_elements=[planner_runs.c.tenant_id, planner_runs.c.run_id]
            )
        )
        await self._connection.execute(once)

    async def page(
        self, person: Person, *, before: int | None, limit: int
    ) -> tuple[PlannerRun, ...]:
        """Runs of one person, newest first, below number `before`."""
        names = PlannerRun.__slots__
        query = (
            select(*(planner_runs.c[name] for name in names))
            .where(planner_runs.c.tenant_id == person.tenant)
            .where(planner_runs.c.user_id == person.user_id)
            .order_by(planner_runs.c.number.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(planner_runs.c.number < before)
        rows = await self._connection.execute(query)
        return tuple(
            PlannerRun(**{**row._mapping, "operations": tuple(row.operations)}) for row in rows
        )
