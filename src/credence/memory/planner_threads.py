"""Interrupted runs as LangGraph's checkpointer keeps them: whose they are, and removing them.

The tables are the checkpointer's own, in a schema of their own; what they hold of a person is what
models answered in a run that is not done.
"""

from __future__ import annotations

from sqlalchemy import TableClause, Text, column, delete, func, or_, select, table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.model import Person
from credence.memory.tables import users

SCHEMA = "planner_threads"
_CHECKPOINTS = table(
    "checkpoints", column("thread_id", Text), column("checkpoint", JSONB), schema=SCHEMA
)
_TABLES: tuple[TableClause, ...] = (  # what says that a run is done goes last
    table("checkpoint_writes", column("thread_id", Text), schema=SCHEMA),
    table("checkpoint_blobs", column("thread_id", Text), schema=SCHEMA),
    _CHECKPOINTS,
)


def thread_of(person: Person) -> str:
    """The thread of a person's run; a lease sees to it that there is one at a time."""
    return f"{len(person.tenant)}:{person.tenant}:{person.user_id}"


class PlannerThreads:
    """The only place that writes SQL about threads; nothing is there before the first use."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count(self, person: Person) -> int:
        """How many rows are kept of the person's run."""
        if not await self._exist():
            return 0
        kept = 0
        for one in _TABLES:
            named = one.c.thread_id == thread_of(person)
            query = select(func.count()).select_from(one).where(named)
            kept += (await self._connection.execute(query)).scalar_one()
        return kept

    async def forget(self, person: Person) -> int:
        """Remove what is kept of the person's run; the number of rows."""
        if not await self._exist():
            return 0
        gone = 0
        for one in _TABLES:
            named = one.c.thread_id == thread_of(person)
            gone += (await self._connection.execute(delete(one).where(named))).rowcount
        return gone

    async def sweep(self) -> int:
        """Remove what a killed process left: threads of people who are no longer there, and of
        runs that are done; the number of rows."""
        if not await self._exist():
            return 0
        tenant, user_id = users.c.tenant_id, users.c.user_id
        there = select(func.concat(func.char_length(tenant), ":", tenant, ":", user_id))
        ended = select(_CHECKPOINTS.c.thread_id).where(
            _CHECKPOINTS.c.checkpoint["channel_versions"].has_key("run")
        )
        gone = 0
        for one in _TABLES:
            stray = or_(one.c.thread_id.not_in(there), one.c.thread_id.in_(ended))
            gone += (await self._connection.execute(delete(one).where(stray))).rowcount
        return gone

    async def _exist(self) -> bool:
        found = await self._connection.execute(
            select(func.to_regclass(f"{SCHEMA}.checkpoints").is_not(None))
        )
        return bool(found.scalar_one())
