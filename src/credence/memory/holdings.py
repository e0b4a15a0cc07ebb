"""What is stored about a person, counted: the same tables that export and erasure walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.model import Person
from credence.memory.planner_threads import PlannerThreads
from credence.memory.tables import MADE_ANONYMOUS, OF_A_PERSON, events


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Rows by table, under the names that an erasure's receipt has, and when events happened."""

    rows: Mapping[str, int]
    first_event_at: datetime | None
    last_event_at: datetime | None


class Holdings:
    """Reads of how much there is about somebody, none of what it says."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, person: Person) -> Stored:
        """Nothing anywhere for somebody unknown."""
        counts = [
            select(literal(table.name).label("name"), func.count().label("rows")).where(
                table.c.tenant_id == person.tenant, table.c.user_id == person.user_id
            )
            for table in (*reversed(OF_A_PERSON), *MADE_ANONYMOUS)
        ]
        rows = {row.name: row.rows for row in await self._connection.execute(union_all(*counts))}
        rows["planner_threads"] = await PlannerThreads(self._connection).count(person)
        span = (
            await self._connection.execute(
                select(func.min(events.c.occurred_at), func.max(events.c.occurred_at)).where(
                    events.c.tenant_id == person.tenant, events.c.user_id == person.user_id
                )
            )
        ).one()
        return Stored(rows=rows, first_event_at=span[0], last_event_at=span[1])
