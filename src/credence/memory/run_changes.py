"""What runs of the planner changed, and what many of them came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, ScalarSelect, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.lifecycle.draft import Change
from credence.memory.model import Operation, Person
from credence.memory.serial import evidence_from_json, state_from_json
from credence.memory.tables import ledger, planner_runs, revisions

LATEST_RUNS = 2_000  # that are counted at most
_RUNS = planner_runs.c
_LIFECYCLE = tuple(Operation)[:6]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one revision did, and when; `total` counts those that are not shown too."""

    at: datetime
    shown: tuple[Change, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """A tenant's latest runs since some moment, LATEST_RUNS at most."""

    runs: int
    committed: int
    skipped: int
    failed: int
    operations: Mapping[Operation, int]
    full: bool  # as many as are counted at most: there may be more
    since: datetime | None  # when the first of them began


class RunChanges:
    """Reads the ledger by revisions, and the latest runs as figures."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_revisions(
        self, person: Person, numbers: Collection[int], *, most: int
    ) -> Mapping[int, Changes]:
        """The first `most` changes of each of these revisions, in one query."""
        if not numbers:
            return {}
        rows = await self._connection.execute(
            select(ledger, revisions.c.at, _entries().label("total"))
            .join(
                revisions,
                (revisions.c.tenant_id == ledger.c.tenant_id)
                & (revisions.c.user_id == ledger.c.user_id)
                & (revisions.c.revision == ledger.c.revision),
            )
            .where(ledger.c.tenant_id == person.tenant, ledger.c.user_id == person.user_id)
            .where(
                ledger.c.revision == func.any(literal(sorted(set(numbers)), ARRAY(Integer))),
                ledger.c.position < most,
            )
            .order_by(ledger.c.revision, ledger.c.position)
        )
        found: dict[int, list[Change]] = defaultdict(list)
        heads: dict[int, tuple[datetime, int]] = {}
        for row in rows:
            heads[row.revision] = (row.at, row.total)
            found[row.revision].append(
                Change(
                    operation=Operation(row.operation),
                    reason=row.reason,
                    before=state_from_json(row.before),
                    after=state_from_json(row.after),
                    evidence=tuple(evidence_from_json(piece) for piece in row.evidence),
                )
            )
        return {
            number: Changes(at=at, shown=tuple(found[number]), total=total)
            for number, (at, total) in heads.items()
        }

    async def counts(self, tenant: str, *, since: datetime) -> RunCounts:
        """The latest runs by what came of them; an index gives the latest ones."""
        latest = (
            select(_RUNS.outcome, _RUNS.operations, _RUNS.started_at)
            .where(_RUNS.tenant_id == tenant)
            .order_by(_RUNS.number.desc())
            .limit(LATEST_RUNS)
            .subquery()
        )
        chose = {
            operation.value: func.count().filter(latest.c.operations.contains([operation.value]))
            for operation in _LIFECYCLE
        }
        row = (
            await self._connection.execute(
                select(
                    func.count().label("runs"),
                    *(
                        func.count().filter(latest.c.outcome == outcome).label(outcome)
                        for outcome in ("committed", "skipped", "failed")
                    ),
                    *(counted.label(name) for name, counted in chose.items()),
                    func.min(latest.c.started_at).label("since"),
                ).where(latest.c.started_at >= since)
            )
        ).one()
        return RunCounts(
            runs=row.runs,
            committed=row.committed,
            skipped=row.skipped,
            failed=row.failed,
            operations={one: row._mapping[one.value] for one in _LIFECYCLE},
            full=row.runs >= LATEST_RUNS,
            since=row.since,
        )


def _entries() -> ScalarSelect[int]:
    """How many changes the revision of a row has: positions count from 0."""
    same = ledger.alias()
    return (
        select(func.max(same.c.position) + 1)
        .where(same.c.tenant_id == ledger.c.tenant_id, same.c.user_id == ledger.c.user_id)
        .where(same.c.revision == ledger.c.revision)
        .correlate(ledger)
        .scalar_subquery()
    )
