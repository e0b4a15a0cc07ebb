"""Engines and sessions; the only place that knows how to reach Postgres."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def postgres_url(url: str) -> URL:
    """Any Postgres URL, for psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg")


def create_engine(url: str, *, pool_size: int = 10, relaxed: bool = False) -> AsyncEngine:
    """An engine whose connections are dropped and renewed when the server goes away.

    `relaxed`: commits do not wait for the disk; for rows that a crash may lose.
    Server options in the URL (`?options=-csearch_path%3D...`) hold besides.
    """
    given = postgres_url(url)
    asked = given.query.get("options", ())  # ours would take their place, so they go together
    options = [asked] if isinstance(asked, str) else [*asked]
    options += ["-c synchronous_commit=off"] if relaxed else []
    return create_async_engine(
        given,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        hide_parameters=True,  # errors are logged, and parameters are what people wrote
        connect_args={
            "connect_timeout": 5,
            **({"options": " ".join(options)} if options else {}),
        },
    )
