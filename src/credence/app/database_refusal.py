"""A database that is there and lets nobody in, told from one that is away: waiting mends only the
latter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError

from credence.memory.errors import Refused

# SQLSTATE and English words: of a connection that failed, the driver knows the words alone.
_NO_SUCH_DATABASE = ("3D000", re.compile(r'database "[^"]*" does not exist'))
_NO_WAY_IN = (
    "28",
    re.compile(
        r"authentication failed for user|no password supplied|no pg_hba\.conf entry"
        r'|role "[^"]*" (?:does not exist|is not permitted to log in)'
    ),
)


class DatabaseRefused(Refused):
    """The server answers, and will answer the same until somebody mends the URL or the server."""

    def __init__(self, detail: str, *, fix: str) -> None:
        super().__init__(detail, field="database_url", fix=fix)


@contextmanager
def told_apart() -> Iterator[None]:
    """Raises DatabaseRefused in place of an OperationalError that no waiting would mend."""
    try:
        yield
    except OperationalError as error:
        if _is(_NO_SUCH_DATABASE, error):
            raise DatabaseRefused(
                "the server has no database of the name in CREDENCE_DATABASE_URL",
                fix="create it, or correct the name",
            ) from error
        if _is(_NO_WAY_IN, error):
            raise DatabaseRefused(
                "the server refuses the user or the password in CREDENCE_DATABASE_URL",
                fix="correct them, or let that user in at the server",
            ) from error
        raise


def reason_of(error: Exception) -> str:
    """What the driver says, in one line; it names no password."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return (str(said).strip().splitlines() or ["no reason given"])[0]


def _is(kind: tuple[str, re.Pattern[str]], error: OperationalError) -> bool:
    state, words = kind
    found = getattr(error.orig, "sqlstate", None)
    if found is not None:
        return bool(found.startswith(state))
    return words.search(str(error.orig)) is not None
