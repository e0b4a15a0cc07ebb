"""Calls to language models for tests, and waiting for one that waits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.llm_call import StoredCall
from credence.memory.unit_of_work import autocommit

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def a_call(**rest: object) -> StoredCall:
    given: dict[str, object] = {
        "role": "planner",
        "model": "large",
        "prompt": "planner-1",
        "outcome": "answered",
        "started_at": NOON,
        "latency_ms": 812.5,
        "tokens_in": 100,
        "tokens_out": 10,
        "tokens_cached": 40,
        "price": 0.5,
    }
    return StoredCall(**(given | rest))  # type: ignore[arg-type]


async def waits_for_a_lock(engine: AsyncEngine) -> None:
    """Until some session of this database does."""
    waiting = (
        select(func.count())
        .select_from(text("pg_stat_activity"))
        .where(text("datname = current_database() AND wait_event_type = 'Lock'"))
    )
    async with asyncio.timeout(60):
        while True:
            async with autocommit(engine) as uow:
                if (await uow.connection.execute(waiting)).scalar_one():
                    return
            await asyncio.sleep(0.01)
