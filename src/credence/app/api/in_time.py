"""Sums over a tenant's past, which the database gives up where they take too long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg.errors import QueryCanceled
from sqlalchemy.exc import OperationalError

from credence.app.bootstrap import Application
from credence.memory.errors import Invalid
from credence.memory.limited_time import limited_time
from credence.memory.unit_of_work import UnitOfWork

_MILLISECONDS = 10_000  # for each statement


@asynccontextmanager
async def in_time(app: Application) -> AsyncIterator[UnitOfWork]:
    """One transaction that reads what came since a time. Raises Invalid where that takes too long:
    a connection of the pool is not held for it any longer."""
    try:
        async with limited_time(app.engine, milliseconds=_MILLISECONDS) as uow:
            yield uow
    except OperationalError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        raise Invalid(
            f"it takes the database more than {_MILLISECONDS / 1_000:g} s to sum up what came "
            "since then",
            field="since",
            fix="ask for a shorter time, by a later since",
        ) from error
