"""Interrupted runs as LangGraph's checkpointer keeps them: whose they are, and removing them.

The tables are the checkpointer's own, in a schema of their own; what they hold of a person is what
models answered in a run that is not done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    Select,
    Text,
    cast,
    column,
    delete,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.errors import UserNotFound
from credence.memory.model import Person
from credence.memory.tables import planner_runs, users

SCHEMA = "planner_threads"
_CHECKPOINTS = table(
    "checkpoints",
    column("thread_id", Text),
    column("checkpoint_id", Text),
    column("checkpoint", JSONB),
    schema=SCHEMA,
)
_WRITES, _BLOBS = (
    table(
        name,
        column("thread_id", Text),
        column("channel", Text),
        column("type", Text),
        column("blob", LargeBinary),
        schema=SCHEMA,
    )
    for name in ("checkpoint_writes", "checkpoint_blobs")
)
_TABLES = (_WRITES, _BLOBS, _CHECKPOINTS)  # what says whose run it was goes last

# Whose run it is; by the time at which they were created, as an erased person may have a namesake.
_WHOSE = func.concat(
    func.char_length(users.c.tenant_id),
    ":",
    users.c.tenant_id,
    ":",
    cast(extract("epoch", users.c.created_at) * 1_000_000, BigInteger),
    ":",
    users.c.user_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What one channel of a run held, as the checkpointer writes it."""

    channel: str
    kind: str
    blob: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Every row that is kept of a person's run."""

    checkpoints: tuple[Mapping[str, Any], ...] = ()
    values: tuple[Value, ...] = ()


class PlannerThreads:
    """The only place that writes SQL about threads; nothing is there before the first use."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, person: Person) -> str:
        """The thread of the person's run; a lease sees to it that there is one at a time. Raises
        UserNotFound."""
        row = (await self._connection.execute(_thread_of(person))).one_or_none()
        if row is None:
            raise UserNotFound(person.user_id)
        thread: str = row.thread
        return thread

    async def count(self, person: Person) -> int:
        """How many rows are kept of the person's run."""
        if not await self._exist():
            return 0
        kept = 0
        for one in _TABLES:
            named = one.c.thread_id.in_(_thread_of(person))
            query = select(func.count()).select_from(one).where(named)
            kept += (await self._connection.execute(query)).scalar_one()
        return kept

    async def read(self, person: Person) -> Thread:
        """What is kept of the person's run."""
        if not await self._exist():
            return Thread()
        thread = _thread_of(person)
        checkpoints = await self._connection.execute(
            select(_CHECKPOINTS.c.checkpoint)
            .where(_CHECKPOINTS.c.thread_id.in_(thread))
            .order_by(_CHECKPOINTS.c.checkpoint_id)
        )
        values: list[Value] = []
        for one in (_BLOBS, _WRITES):
            rows = await self._connection.execute(
                select(one.c.channel, one.c.type, one.c.blob)
                .where(one.c.thread_id.in_(thread))
                .order_by(one.c.channel, one.c.type, one.c.blob)
            )
            values += [Value(channel=r.channel, kind=r.type, blob=r.blob) for r in rows]
        return Thread(
            checkpoints=tuple(row.checkpoint for row in checkpoints), values=tuple(values)
        )

    async def forget(self, person: Person) -> int:
        """Remove what is kept of the person's run, while the person is there; the number of
        rows."""
        return await self._delete(_thread_of(person)) if await self._exist() else 0

    async def forget_run(self, person: Person, thread: str, *, lease: str) -> None:
        """Remove what is kept of a run under this lease. Where the person is still there and the
        lease is another's, or nobody's any more, it stays: whoever has the person goes on with it.
        """
        there = await self._connection.execute(
            _thread_of(person).add_columns(users.c.lease_owner).with_for_update()
        )
        now = there.one_or_none()
        if now is None or now.thread != thread or now.lease_owner == lease:
            await self._delete(select(literal(thread)))

    async def _delete(self, threads: Select[Any]) -> int:
        gone = 0
        for one in _TABLES:
            named = one.c.thread_id.in_(threads)
            gone += (await self._connection.execute(delete(one).where(named))).rowcount
        return gone

    async def sweep(self) -> int:
        """Remove what a killed process left: threads of people who are no longer there, and of
        runs that are done; the number of rows."""
        if not await self._exist():
            return 0
        there = select(_WHOSE)
        thread = _CHECKPOINTS.c.thread_id
        length = cast(func.split_part(thread, ":", 1), Integer)
        whose = func.substr(thread, func.strpos(thread, ":") + 1, length)
        run_id = _CHECKPOINTS.c.checkpoint["channel_values"]["run_id"].astext
        ended = select(thread).where(
            exists().where(planner_runs.c.tenant_id == whose, planner_runs.c.run_id == run_id)
        )
        swept = [  # in one statement, or a run that ends in between would leave its blobs
            delete(one)
            .where(or_(one.c.thread_id.not_in(there), one.c.thread_id.in_(ended)))
            .returning(one.c.thread_id)
            .cte(f"swept_{one.name}")
            for one in _TABLES
        ]
        counts = [select(func.count()).select_from(one).scalar_subquery() for one in swept]
        removed = await self._connection.execute(select(sum(counts[1:], counts[0])))
        return int(removed.scalar_one())

    async def _exist(self) -> bool:
        found = await self._connection.execute(
            select(func.to_regclass(f"{SCHEMA}.checkpoints").is_not(None))
        )
        return bool(found.scalar_one())


def _thread_of(person: Person) -> Select[Any]:
    """The thread of whoever has this id now; none if nobody has."""
    return select(_WHOSE.label("thread")).where(
        users.c.tenant_id == person.tenant, users.c.user_id == person.user_id
    )
