"""Checkpoints that cannot be written: the run goes on with what it has paid for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from psycopg_pool import AsyncConnectionPool

from credence.app.bootstrap import Application
from credence.demo.content import demo_items, demo_people
from tests.integration.llm.threads.interrupting import ADA, Interrupting, interrupted, kept
from tests.integration.memory.world import WAIT, record, stocked, told_by


@dataclass
class Taken:
    """Every connection for checkpoints, so that whoever wants one soon gives up."""

    pool: AsyncConnectionPool[Any]
    connections: list[psycopg.AsyncConnection[Any]] = field(default_factory=list)

    async def take(self) -> None:
        for _ in range(self.pool.max_size):
            self.connections.append(await self.pool.getconn())
        self.pool.timeout = 0.05

    async def give_back(self) -> None:
        while self.connections:
            await self.pool.putconn(self.connections.pop())
        self.pool.timeout = 30


@pytest_asyncio.fixture
async def taken(application: Application) -> AsyncIterator[Taken]:
    assert application.threads is not None
    assert isinstance(application.threads.saver.conn, AsyncConnectionPool)
    made = Taken(application.threads.saver.conn)
    yield made
    await made.give_back()


async def test_a_run_without_one_checkpoint_comes_to_its_end(
    application: Application,
    database: str,
    mind: Interrupting,
    taken: Taken,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:4])
    mind.before["planner"] = taken.take

    run = await application.worker.advance(ADA, wait=WAIT)

    assert (run.outcome, run.events_consumed) == ("committed", 4)
    assert mind.asked["extractor"] == 1
    assert kept(database) == 0
    assert "what is kept of a run was not written: PoolTimeout" in caplog.text


async def test_the_next_checkpoint_holds_what_the_one_before_should_have(
    application: Application, database: str, mind: Interrupting, taken: Taken
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:4])
    mind.before["planner"] = taken.take
    mind.before["extractor"] = taken.give_back
    await interrupted(application, mind)
    assert kept(database) > 0

    asked = mind.asked.copy()
    await application.worker.look(ADA, wait=WAIT)

    assert (mind.asked - asked)["extractor"] == 0
    assert mind.asked["extractor"] == 1
    assert kept(database) == 0
