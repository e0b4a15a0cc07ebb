"""Reading while the service is in trouble: what takes too long is given up by the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.unit_of_work import UnitOfWork, unit_of_work


@asynccontextmanager
async def limited_time(engine: AsyncEngine, *, milliseconds: int) -> AsyncIterator[UnitOfWork]:
    """One transaction whose statements are cancelled after so long each."""
    async with unit_of_work(engine) as uow:
        await uow.connection.execute(
            text("SELECT set_config('statement_timeout', :limit, true)"),
            {"limit": str(milliseconds)},
        )
        yield uow
