"""An item and an event about it at the same time: neither misses the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from credence.app.bootstrap import Application
from credence.memory.model import Person
from credence.planner.state import Plan, Situation
from tests.integration.memory.late import (
    ADA,
    EARLY,
    evidence_of,
    put,
    said_early,
    unlinked_in,
)
from tests.integration.memory.world import (
    LENIENT,
    WAIT,
    record,
)


async def test_an_item_that_comes_while_a_run_is_thinking_is_looked_at_afterwards(
    application: Application,
) -> None:
    """The run began before the item came, about an event that an earlier run had consumed."""
    await said_early(application)
    context = application.worker.context

    class Slow:
        name = "slow"
        looks = 1

        async def __call__(self, situation: Situation) -> Plan:
            await put(application)
            return Plan(operations=(), reason="it took too long")

    application.worker.context = replace(context, policy=Slow())
    await application.worker.advance(ADA, wait=WAIT)
    application.worker.context = context

    assert await application.worker.drain() == 1
    assert "heist stories" in await evidence_of(application)


@dataclass(frozen=True)
class Held:
    """A person's row held by a third connection, so that whoever wants it waits."""

    database: str
    connection: psycopg.AsyncConnection[Any]

    async def until_waiting(self, transactions: int) -> None:
        """Until so many wait, for the row or for each other's advisory lock."""
        async with await psycopg.AsyncConnection.connect(self.database, autocommit=True) as look:
            for _ in range(2_000):
                found = await look.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if await found.fetchone() == (transactions,):
                    return
                await asyncio.sleep(0.005)
        raise AssertionError(f"never were {transactions} waiting")


@asynccontextmanager
async def row_held(database: str, user_id: str) -> AsyncIterator[Held]:
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute("SELECT 1 FROM users WHERE user_id = %s FOR UPDATE", [user_id])
        yield Held(database, connection)


def deciding(application: Application, then: Callable[[], Awaitable[None]]) -> None:
    """Has the planner do something between its look and its commit."""
    context = application.worker.context
    real = context.policy

    class Interrupted:
        name = "interrupted"
        looks = 1

        async def __call__(self, situation: Situation) -> Plan:
            application.worker.context = context
            await then()
            return await real(situation)

    application.worker.context = replace(context, policy=Interrupted())


async def consumed(application: Application) -> None:
    await application.worker.advance(ADA, wait=WAIT)


async def thinking(application: Application, tasks: asyncio.TaskGroup) -> asyncio.Event:
    """A run that has looked and goes on when it is told to."""
    looked, go_on = asyncio.Event(), asyncio.Event()

    async def pause() -> None:
        looked.set()
        await go_on.wait()

    deciding(application, pause)
    tasks.create_task(consumed(application))
    await looked.wait()
    return go_on


async def test_no_event_is_lost_when_the_item_comes_while_the_commit_notes_the_event(
    application: Application, database: str
) -> None:
    """The commit has the tenant's lock; the item, not yet committed, waits for it."""
    await record(application, [EARLY], intake=LENIENT)
    async with asyncio.TaskGroup() as tasks:
        go_on = await thinking(application, tasks)
        async with row_held(database, "ada") as held:
            go_on.set()
            await held.until_waiting(1)
            tasks.create_task(put(application))
            await held.until_waiting(2)

    assert await application.worker.drain() == 1
    assert "heist stories" in await evidence_of(application)
    assert unlinked_in(database) == []


async def test_no_event_is_lost_when_the_commit_notes_the_event_while_the_item_comes(
    application: Application, database: str
) -> None:
    """The item has the tenant's lock and is not yet committed; the commit waits for it."""
    await said_early(application, user_id="bob")
    await record(application, [EARLY], intake=LENIENT)
    async with asyncio.TaskGroup() as tasks:
        go_on = await thinking(application, tasks)
        async with row_held(database, "bob") as held:
            tasks.create_task(put(application))
            await held.until_waiting(1)
            go_on.set()
            await held.until_waiting(2)

    assert await application.worker.drain() == 2
    for person in (ADA, Person("default", "bob")):
        assert "heist stories" in await evidence_of(application, person)
    assert unlinked_in(database) == []
