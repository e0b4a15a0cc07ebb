"""How large the database is, what server it runs on, and who is connected."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SERVER = text(
    "SELECT current_setting('server_version_num')::int / 10000 AS major,"
    " current_setting('server_version') AS version,"
    " (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available,"
    " (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS installed"
)
_SIZE = text("SELECT pg_database_size(current_database())")
_CONNECTIONS = text(
    "SELECT (SELECT count(*) FROM pg_stat_activity) AS open,"
    " current_setting('max_connections')::int AS most"
)
# Sizes of few tables are looked up: those of the schemas in which our names are found.
_TABLES = text(
    "SELECT name, estimated AS rows, whole, indexes FROM ("
    "  SELECT relname AS name, reltuples::bigint AS estimated,"
    "  pg_total_relation_size(oid) AS whole, pg_indexes_size(oid) AS indexes"
    "  FROM pg_class WHERE relkind IN ('r', 'm') AND pg_table_is_visible(oid)"
    "  AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
    ") AS sizes ORDER BY whole DESC, name LIMIT :most"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The database's server; no installed pgvector: not turned on, no available one: not there."""

    major: int
    version: str
    available: str | None
    installed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Connections of everybody to the server, and how many it takes."""

    open: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """One table in bytes: `whole` with its indexes and what lies beside it."""

    name: str
    rows: int | None  # as estimated when statistics were last gathered; None: never
    whole: int
    indexes: int


class DatabaseFigures:
    """The only place that asks Postgres about itself."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def server(self) -> Server:
        """Version of the server and of pgvector."""
        return Server(**(await self._connection.execute(_SERVER)).one()._mapping)

    async def size(self) -> int:
        """Of the whole database, in bytes."""
        size: int = (await self._connection.execute(_SIZE)).scalar_one()
        return size

    async def connections(self) -> Connections:
        """How many there are and may be."""
        return Connections(**(await self._connection.execute(_CONNECTIONS)).one()._mapping)

    async def biggest(self, most: int) -> tuple[TableSize, ...]:
        """The largest tables, with an estimate of their rows."""
        found = await self._connection.execute(_TABLES, {"most": most})
        return tuple(
            TableSize(
                name=row.name,
                rows=None if row.rows < 0 else row.rows,
                whole=row.whole,
                indexes=row.indexes,
            )
            for row in found
        )
