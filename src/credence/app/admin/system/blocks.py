"""Parts of a page that are read each by itself: one that fails takes no other with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Generic, TypeVar

from psycopg.errors import InsufficientPrivilege, QueryCanceled
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from credence.app.fault import where

log = logging.getLogger(__name__)
SECONDS = 5.0  # after which a block is given up
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Block(Generic[T_co]):
    """What was read, or why it is not known."""

    value: T_co | None
    reason: str = ""
    late: bool = False  # it is not known because it took too long


async def block(reading: Awaitable[T], *, seconds: float = SECONDS) -> Block[T]:
    """What comes of reading it, whatever goes wrong."""
    try:
        async with asyncio.timeout(seconds):
            return Block(await reading)
    except TimeoutError:
        return Block(None, f"no answer within {seconds:g} s", late=True)
    except SQLAlchemyError as error:
        return Block(None, _of_database(error), late=_was_late(error))
    except Exception as error:  # noqa: BLE001  the page must show the rest
        log.warning("a part of the system page was not read: %s", where(error))
        return Block(None, f"an unforeseen error ({type(error).__name__}); the log says where")


def _was_late(error: SQLAlchemyError) -> bool:
    return isinstance(error, DBAPIError) and isinstance(error.orig, QueryCanceled)


def _of_database(error: SQLAlchemyError) -> str:
    """In words of ours: the database's may hold values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, InsufficientPrivilege):
        return "the database does not permit it to this service's user"
    if isinstance(cause, QueryCanceled):
        return "the database took too long to tell"
    return f"the database did not answer ({type(cause).__name__})"
