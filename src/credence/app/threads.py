"""Runs that outlive their process: LangGraph's checkpointer on Postgres, a thread for each run."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection, AsyncCursor, Connection, Cursor
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege, InvalidSchemaName
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests
from sqlalchemy.exc import DatabaseError, OperationalError

from credence.app.database_refusal import DatabaseRefused
from credence.memory.database import postgres_url, server_options
from credence.memory.model import Finding, Operation, Person, Sentence
from credence.memory.planner_run import Asked, PlannerRun
from credence.memory.planner_threads import SCHEMA
from credence.planner.run import BEGINS
from credence.planner.state import Mark, Plan
from credence.planner.told import Told

log = logging.getLogger(__name__)
_KEPT = (Person, Operation, Finding, Sentence, Mark, Plan, Told, PlannerRun, Asked)
_PAID, _OVER = "told", "run"  # channels: filled by whatever asked a model; by the end of a run
_CONNECTIONS = 4
_POLL_SECONDS = 0.05
_SECONDS = 5  # that a connection may take
_NO_CONNECTION = (PoolTimeout, PoolClosed, TooManyRequests)  # a second try would wait as long
_T = TypeVar("_T")
_LOCK = 0x54687265  # "Thre": servers that start together make the tables in turn


def prepare(url: str) -> None:
    """Create the checkpointer's tables, or bring them up to date; harmless when repeated.

    Raises DatabaseRefused where the database's user may not, and what SQLAlchemy would say.
    """
    with _connected(url) as connection:
        # Waiting inside a statement would stop the index that whoever has the lock is building.
        while not _says_yes(connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])):
            time.sleep(_POLL_SECONDS)
        try:
            # Somebody may have made it for a user who may not, and whom IF NOT EXISTS would refuse.
            if not _says_yes(connection.execute(_HAS_SCHEMA, [SCHEMA])):
                connection.execute(f"CREATE SCHEMA {SCHEMA}".encode())
            PostgresSaver(connection).setup()
        except (InsufficientPrivilege, InvalidSchemaName) as error:  # the latter without USAGE
            raise DatabaseRefused(
                f"the user in CREDENCE_DATABASE_URL may not make the schema {SCHEMA} and its "
                "tables, which the planner needs",
                fix=f"as an owner of the database, CREATE SCHEMA {SCHEMA} AUTHORIZATION that "
                f"user, or, where it is there, ALTER SCHEMA {SCHEMA} OWNER TO that user; then run "
                "`credence db upgrade`",
            ) from error


_HAS_SCHEMA = "SELECT to_regnamespace(%s) IS NOT NULL"


def _says_yes(answer: Cursor[DictRow]) -> bool:
    row = answer.fetchone()
    return row is not None and any(row.values())


def prepared(url: str) -> bool:
    """Whether the checkpointer's tables are there. Raises what SQLAlchemy would say."""
    with _connected(url) as connection:
        return _says_yes(connection.execute("SELECT to_regclass('checkpoint_writes') IS NOT NULL"))


@contextmanager
def _connected(url: str) -> Iterator[Connection[DictRow]]:
    """A short-lived connection that sees the checkpointer's schema."""
    with (
        _as_sqlalchemy_says(),
        psycopg.connect(
            _conninfo(url), autocommit=True, row_factory=dict_row, connect_timeout=_SECONDS
        ) as connection,
    ):
        yield connection


# A thread that another run has begun anew meanwhile stays; without a run it goes whosever it is.
_REMOVE = """
    WITH gone AS (
             SELECT %(thread)s::text AS thread_id WHERE NOT EXISTS (
                 SELECT FROM checkpoints WHERE thread_id = %(thread)s
                 AND checkpoint -> 'channel_values' ->> 'run_id' <> %(run)s::text)),
         writes AS (DELETE FROM checkpoint_writes USING gone
                    WHERE checkpoint_writes.thread_id = gone.thread_id),
         blobs AS (DELETE FROM checkpoint_blobs USING gone
                   WHERE checkpoint_blobs.thread_id = gone.thread_id)
    DELETE FROM checkpoints USING gone WHERE checkpoints.thread_id = gone.thread_id
"""


def serializer() -> JsonPlusSerializer:
    """Writes and reads what checkpoints hold, in types that are listed one by one."""
    names = [(kept.__module__, kept.__qualname__) for kept in _KEPT]
    return JsonPlusSerializer(allowed_msgpack_modules=names)


class PaidSaver(AsyncPostgresSaver):
    """Writes a checkpoint after each step that asked a model, and none in between; the last step
    of a run removes its thread.

    What lies between is pure and runs again. A step is one task, whose checkpoint follows it at
    once, so its pending writes need not be kept by themselves.
    """

    def __init__(
        self,
        connections: AsyncConnectionPool[AsyncConnection[DictRow]],
        serde: SerializerProtocol,
    ) -> None:
        super().__init__(connections, serde=serde)
        self._connections = connections
        self._unwritten: dict[str, ChannelVersions] = {}  # by thread: what the next one writes too

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        thread = config["configurable"]["thread_id"]
        named = {"thread_id": thread, "checkpoint_ns": "", "checkpoint_id": checkpoint["id"]}
        if _OVER in new_versions:
            self.let_go(thread)
            run_id = checkpoint["channel_values"].get("run_id")
            await self._if_possible(partial(self._remove, thread, run_id))
            return {"configurable": named}
        versions = {**self._unwritten.pop(thread, {}), **new_versions}
        if _PAID not in new_versions:
            self._unwritten[thread] = versions
            return {"configurable": named}
        held = checkpoint["channel_versions"]
        current = {name: v for name, v in versions.items() if held.get(name) == v}
        write = partial(super().aput, config, checkpoint, metadata, current)
        if not await self._if_possible(write):
            self._unwritten[thread] = versions
        return {"configurable": named}

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        if BEGINS in config["configurable"]:
            return None
        return await self._surely(partial(super().aget_tuple, config))

    async def adelete_thread(self, thread_id: str) -> None:
        self.let_go(thread_id)
        await self._surely(partial(self._remove, thread_id, None))

    def let_go(self, thread_id: str) -> None:
        """Forget what this process holds of a thread: its run goes on no further here."""
        self._unwritten.pop(thread_id, None)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Nothing: see the class."""

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        """On a connection of its own: one person's checkpoint does not wait for another's."""
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._connections.connection())
            if pipeline:
                await stack.enter_async_context(connection.pipeline())
            yield await stack.enter_async_context(connection.cursor(binary=True))

    async def _remove(self, thread: str, run_id: str | None) -> None:
        async with self._cursor() as cursor:
            await cursor.execute(_REMOVE, {"thread": thread, "run": run_id})

    async def _if_possible(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Whether it was done. A run goes on without: it has what it paid for in hand, and its next
        checkpoint holds that too."""
        try:
            await self._surely(work)
        except OperationalError as error:
            log.warning("what is kept of a run was not written: %s", type(error.orig).__name__)
            return False
        return True

    async def _surely(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """What comes of it; where its connection had died, of a second try on one that lives.

        Whatever is done here may be done twice. To look beforehand whether a connection is alive
        would be a round trip for each.
        """
        with _as_sqlalchemy_says():
            try:
                return await work()
            except _NO_CONNECTION:
                raise
            except (psycopg.OperationalError, psycopg.InterfaceError):
                await self._connections.check()
                return await work()


class Threads:
    """A checkpointer and its connections, which are taken only while it reads or writes."""

    def __init__(self, url: str) -> None:
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            _conninfo(url),
            min_size=0,
            max_size=_CONNECTIONS,
            open=False,
            timeout=_SECONDS,
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "connect_timeout": _SECONDS,
            },
        )
        self.saver = PaidSaver(self._pool, serializer())

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


@contextmanager
def _as_sqlalchemy_says() -> Iterator[None]:
    """The driver's errors are told of as everywhere else, so that everybody knows them."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
        raise OperationalError(None, None, error) from error
    except psycopg.Error as error:
        raise DatabaseError(None, None, error) from error


def _conninfo(url: str) -> str:
    """As psycopg reads it, with the checkpointer's schema as the one that it sees."""
    given = postgres_url(url)
    plain = given.set(drivername="postgresql").render_as_string(hide_password=False)
    return make_conninfo(plain, options=server_options(given, f"-csearch_path={SCHEMA}"))
