"""Runs that outlive their process: LangGraph's checkpointer on Postgres, a thread for each run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from credence.memory.database import postgres_url
from credence.memory.model import Finding, Operation, Person, Sentence
from credence.memory.planner_run import PlannerRun
from credence.memory.planner_threads import SCHEMA
from credence.planner.state import Mark, Plan
from credence.planner.told import Told

_KEPT = (Person, Operation, Finding, Sentence, Mark, Plan, Told, PlannerRun)  # in checkpoints
_CONNECTIONS = 4


def prepare(url: str) -> None:
    """Create the checkpointer's tables, or bring them up to date; harmless when repeated."""
    with psycopg.connect(_conninfo(url), autocommit=True, row_factory=dict_row) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}".encode())
        PostgresSaver(connection).setup()


class Threads:
    """A checkpointer and its connections, which are taken only while it reads or writes."""

    def __init__(self, url: str) -> None:
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            _conninfo(url),
            min_size=0,
            max_size=_CONNECTIONS,
            open=False,
            kwargs={"autocommit": True, "row_factory": dict_row},
        )
        names = [(kept.__module__, kept.__qualname__) for kept in _KEPT]
        self.saver = AsyncPostgresSaver(
            self._pool, serde=JsonPlusSerializer(allowed_msgpack_modules=names)
        )

    @property
    def taken(self) -> int:
        """Connections in use at this moment."""
        figures = self._pool.get_stats()
        return figures.get("pool_size", 0) - figures.get("pool_available", 0)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Connections can be had inside."""
        await self._pool.open()
        try:
            yield
        finally:
            await self._pool.close()


def _conninfo(url: str) -> str:
    """As psycopg reads it, with the checkpointer's schema as the one that it sees."""
    given = postgres_url(url)
    asked = given.query.get("options", ())
    options = [asked] if isinstance(asked, str) else [*asked]
    options.append(f"-csearch_path={SCHEMA}")
    plain = given.set(drivername="postgresql").update_query_dict({"options": " ".join(options)})
    return plain.render_as_string(hide_password=False)
