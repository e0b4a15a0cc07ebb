"""What a database URL must be, said without showing any of it: every part may hold a password."""

from __future__ import annotations

_HOW = "write it as postgresql://user:password@host:5432/name"
_LAST_PORT = 65_535


def fault_in(url: str) -> str | None:
    """Why this cannot be the URL of a Postgres database, and what to write; None if it can be."""
    # Imported here: settings are read by commands that need no database, and quickly.
    from psycopg.pq import Conninfo  # noqa: PLC0415
    from sqlalchemy.engine import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        return f"is not a URL, or its port is no number; {_HOW}"
    if "@" in f"{parsed.host}{parsed.database}":
        return "holds more than one @; write @ in the password as %40"
    if parsed.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        return f"is not that of a Postgres database; {_HOW}"
    if parsed.port is not None and not 1 <= parsed.port <= _LAST_PORT:
        return f"has a port that there is not; ports go from 1 to {_LAST_PORT}"
    if parsed.query.keys() - {option.keyword.decode() for option in Conninfo.get_defaults()}:
        return (
            "has an option after its ? that Postgres does not know; check the spelling, and write "
            "? in the password as %3F"
        )
    return None
