"""Planner runs as they are remembered: signals, choice, reason, duration, cost, detail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.model import Person
from credence.memory.planner_run import PlannerRun
from credence.memory.tables import planner_runs

LOOK_BACK = 10_000  # runs that one search reads at most
_FAILED = "failed"
_LONGEST = timedelta(days=1)  # between the start of a run and its row, and far more than it takes
_RUNS = planner_runs.c
_COLUMNS = tuple(_RUNS[name] for name in PlannerRun.__slots__)
_ONCE = insert(planner_runs).on_conflict_do_nothing(index_elements=[_RUNS.tenant_id, _RUNS.run_id])


@dataclass(frozen=True, slots=True)
class RunOf:
    """A run and whom it was about."""

    user_id: str
    run: PlannerRun


@dataclass(frozen=True, slots=True)
class RunsFound:
    """Runs that a search came upon, newest first.

    `searched_to` is the number of the oldest run that it read, where it stopped before its page
    was full and older ones may match: a search `before` it goes on. None otherwise; a full page
    goes on before its own last run.
    """

    runs: tuple[RunOf, ...]
    searched_to: int | None


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
        await self._connection.execute(_ONCE, row)

    async def page(
        self, person: Person, *, before: int | None, limit: int
    ) -> tuple[PlannerRun, ...]:
        """Runs of one person, newest first, below number `before`."""
        query = (
            select(*_COLUMNS)
            .where(_RUNS.tenant_id == person.tenant)
            .where(_RUNS.user_id == person.user_id)
            .order_by(_RUNS.number.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(_RUNS.number < before)
        return tuple(_run(row) for row in await self._connection.execute(query))

    async def everywhere(
        self,
        tenant: str,
        *,
        outcome: str | None = None,
        operation: str | None = None,
        policy: str | None = None,
        since: datetime | None = None,
        before: int | None = None,
        limit: int,
    ) -> RunsFound:
        """Runs of all people of a tenant, newest first, below number `before`.

        Those without a filter, and the failed, are found in indexes. Any other filter is held
        against at most LOOK_BACK runs, so that one that rarely matches reads no more; the answer
        says how far back it looked. An index for every filter would cost every run's write.
        """
        window = _window(tenant, outcome=outcome, before=before)
        read = window.with_only_columns(_RUNS.user_id, *_COLUMNS).limit(LOOK_BACK).subquery()
        query = select(read).order_by(read.c.number.desc()).limit(limit)
        if outcome is not None:
            query = query.where(read.c.outcome == outcome)
        if operation is not None:
            query = query.where(read.c.operations.contains([operation]))
        if policy is not None:
            query = query.where(read.c.policy == policy)
        if since is not None:
            query = query.where(read.c.started_at >= since)
        found = tuple(_run_of(row) for row in await self._connection.execute(query))
        if len(found) == limit:
            return RunsFound(found, searched_to=None)
        return RunsFound(found, searched_to=await self._searched_to(window, since=since))

    async def _searched_to(self, window: Select[Any], *, since: datetime | None) -> int | None:
        """The last run that a search in this window read, if an older one may match."""
        last = (
            await self._connection.execute(
                window.with_only_columns(_RUNS.number, _RUNS.started_at)
                .offset(LOOK_BACK - 1)
                .limit(1)
            )
        ).one_or_none()
        if last is None or (since is not None and last.started_at < since - _LONGEST):
            return None
        number: int = last.number
        return number

    async def one(self, tenant: str, run_id: str) -> RunOf | None:
        """The run of this id, whoever it was about."""
        found = await self._connection.execute(
            select(_RUNS.user_id, *_COLUMNS).where(
                _RUNS.tenant_id == tenant, _RUNS.run_id == run_id
            )
        )
        row = found.one_or_none()
        return None if row is None else _run_of(row)


def _window(tenant: str, *, outcome: str | None, before: int | None) -> Select[Any]:
    """The runs that a search reads, newest first."""
    query = select(planner_runs).where(_RUNS.tenant_id == tenant).order_by(_RUNS.number.desc())
    if outcome == _FAILED:  # not bound, as the index says it
        query = query.where(_RUNS.outcome == literal_column(f"'{_FAILED}'"))
    return query if before is None else query.where(_RUNS.number < before)


def _run(row: Row[Any]) -> PlannerRun:
    stored = {name: row._mapping[name] for name in PlannerRun.__slots__}
    return PlannerRun(**{**stored, "operations": tuple(row.operations)})


def _run_of(row: Row[Any]) -> RunOf:
    return RunOf(row.user_id, _run(row))
