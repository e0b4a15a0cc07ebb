"""Engines and sessions; the only place that knows how to reach Postgres."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from credence.memory.statement_times import StatementTimes

_FULL = 2  # connections that an engine may have, in those that it keeps open


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """Connections that an engine has: those in use, those at rest, and how many it may have."""

    used: int
    idle: int
    most: int


def pool_state(engine: AsyncEngine) -> PoolState | None:
    """How an engine's connections stand at this moment; None where it keeps none."""
    pool = engine.pool
    if not isinstance(pool, QueuePool):
        return None
    return PoolState(
        used=pool.checkedout(),
        idle=pool.checkedin(),
        most=_FULL * pool.size(),
    )


def postgres_url(url: str) -> URL:
    """Any Postgres URL, for psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg")


def server_options(url: URL, *ours: str) -> str:
    """Those in the URL, which ours would otherwise take the place of, and ours: always UTC, so
    that no day or month depends on where the server or this process stands."""
    asked = url.query.get("options", ())
    return " ".join([*([asked] if isinstance(asked, str) else asked), *ours, "-c timezone=UTC"])


def create_engine(
    url: str,
    *,
    pool_size: int = 10,
    relaxed: bool = False,
    times: StatementTimes | None = None,
) -> AsyncEngine:
    """An engine whose connections are dropped and renewed when the server goes away.

    `relaxed`: commits do not wait for the disk; for rows that a crash may lose. `times` are told
    how long each statement took.
    Server options in the URL (`?options=-csearch_path%3D...`) hold besides.
    """
    given = postgres_url(url)
    ours = ("-c synchronous_commit=off",) if relaxed else ()
    engine = create_async_engine(
        given,
        pool_size=pool_size,
        max_overflow=(_FULL - 1) * pool_size,
        pool_timeout=5,
        hide_parameters=True,  # errors are logged, and parameters are what people wrote
        connect_args={"connect_timeout": 5, "options": server_options(given, *ours)},
    )
    if times is not None:
        times.watch(engine.sync_engine)
    return engine
