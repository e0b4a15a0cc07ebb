"""The schema of the configured database: what version it has, and bringing it up to date."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from credence import migrations
from credence.app import threads
from credence.app.database import database_url
from credence.app.settings import Settings
from credence.memory.database import create_engine as create_async_engine
from credence.memory.database import postgres_url
from credence.memory.errors import EncoderMismatch, SchemaHidden, SchemaOutdated
from credence.memory.tables import encoders

_UPGRADE_LOCK = 0x43726564  # "Cred": servers that start together upgrade in turn


def upgrade(url: str, *, to: str = "head", beside_others: bool = False) -> None:
    """Bring the schema to the newest version, or `to` an earlier one above the present.

    Raises SchemaHidden where the first schema of the search path has no tables and a later one
    has, unless they are to be `beside_others`: new tables would hide what those hold.
    """
    with connected(url) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        if not beside_others:
            _refuse_to_hide(connection)
        command.upgrade(_config(connection), to)
    threads.prepare(url)


def downgrade(url: str, *, to: str = "base") -> None:
    """Take the schema back; what later versions hold is lost."""
    with connected(url) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        command.downgrade(_config(connection), to)


def version(url: str) -> str | None:
    """The schema's version, None for an empty database."""
    with connected(url) as connection:
        own = {"version_table_schema": connection.dialect.default_schema_name}
        return MigrationContext.configure(connection, opts=own).get_current_revision()


def newest() -> str:
    """The version that this code needs."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert head is not None
    return head


def present(url: str) -> str | None:
    """The schema's version as `version` has it, and whether the planner's threads lack beside it:
    it is `newest()` where nothing does."""
    found = version(url)
    if found != newest() or threads.prepared(url):
        return found
    return f"{found}, without the planner's threads"


@asynccontextmanager
async def current_database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The database at the version that this code needs, for what uses none of its vectors.

    The embedded one is brought there. Raises SchemaOutdated for a configured one.
    """
    url = await asyncio.to_thread(database_url, settings)
    if settings.database_url is None:
        await asyncio.to_thread(upgrade, url)
    elif (found := await asyncio.to_thread(version, url)) != newest():
        raise SchemaOutdated(found, newest())
    engine = create_async_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


def check(url: str, *, encoder: str, dimension: int) -> None:
    """Raises SchemaOutdated, or EncoderMismatch if the vectors are of another encoder."""
    found = present(url)
    if found != newest():
        raise SchemaOutdated(found, newest())
    with connected(url) as connection:
        column = connection.execute(
            text(
                "SELECT atttypmod FROM pg_attribute "
                "WHERE attrelid = 'items'::regclass AND attname = 'embedding'"
            )
        ).scalar_one()
        if column != dimension:
            raise EncoderMismatch(f"{column} dimensions", f"{encoder} ({dimension} dimensions)")
        for row in connection.execute(select(encoders).order_by(encoders.c.tenant_id)):
            if (row.name, row.dimension) != (encoder, dimension):
                raise EncoderMismatch(
                    f"{row.name} ({row.dimension} dimensions) for tenant {row.tenant_id!r}",
                    f"{encoder} ({dimension} dimensions)",
                )


def _refuse_to_hide(connection: Connection) -> None:
    own = connection.dialect.default_schema_name
    elsewhere = connection.execute(
        text(
            "SELECT relnamespace::regnamespace::text FROM pg_class "
            "WHERE oid = to_regclass('alembic_version') "
            "AND relnamespace <> CAST(:own AS regnamespace)"
        ),
        {"own": own},
    ).scalar()
    if elsewhere is not None:
        raise SchemaHidden(str(own), str(elsewhere))


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """One transaction on a short-lived engine."""
    engine = create_engine(postgres_url(url), connect_args={"connect_timeout": 5})
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config
