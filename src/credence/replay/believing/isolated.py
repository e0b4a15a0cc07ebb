"""A schema of its own for one memory: made, filled, closed to writers, and dropped."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    cast,
    column,
    false,
    func,
    inspect,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import CreateSchema, CreateTable, DropSchema

from credence.app.schema import connected, upgrade
from credence.memory.tables import metadata, users
from credence.replay.errors import ReplayError

_READ_ONLY = "25006"  # SQLSTATE read_only_sql_transaction
_BUILT = Table("replay_built", MetaData(), Column("what", Text, primary_key=True))
_COPIED = Table("replay_copied", MetaData(), Column("what", Text, primary_key=True))
_NO_ROW = users.update().where(false()).values(user_id=users.c.user_id)  # a write all the same
_TAKEN = "the memory took a write while the exam was sat; the run is worth nothing"


class MemoryOpen(ReplayError):
    """Postgres took a write where an exam is sat."""


def within(url: str, name: str, *, read_only: bool = False) -> str:
    """The same database with everything in schema `name`; Postgres refuses writes if asked to."""
    given = make_url(url)
    asked = given.query.get("options", ())
    options = [asked] if isinstance(asked, str) else [*asked]
    options.append(f"-csearch_path={name},public")
    options += ["-cdefault_transaction_read_only=on"] if read_only else []
    return given.update_query_dict({"options": " ".join(options)}).render_as_string(
        hide_password=False
    )


def make(url: str, name: str) -> None:
    """The schema with all tables of Credence, or as it is where it is there already."""
    with connected(url) as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public"))
        connection.execute(CreateSchema(name, if_not_exists=True))
    upgrade(within(url, name), beside_others=True)


def drop(url: str, name: str) -> None:
    """The schema with all that is in it, if it is there."""
    with connected(url) as connection:
        connection.execute(DropSchema(name, cascade=True, if_exists=True))


def copy(url: str, name: str, *, into: str) -> None:
    """Fill the new schema `into` with all rows of Credence's tables in schema `name`, in one
    transaction; done before, it is left as it is."""
    with connected(url) as connection:
        if _noted(connection, _COPIED, into):
            return
        for one in metadata.sorted_tables:
            source, target = (one.to_metadata(MetaData(), schema=s) for s in (name, into))
            held = [c.name for c in one.columns if c.computed is None]
            rows = select(*(source.c[c] for c in held))
            connection.execute(target.insert().from_select(held, rows))
            for column in (c for c in target.columns if c.identity is not None):
                number = func.pg_get_serial_sequence(f'"{into}"."{one.name}"', column.name)
                after = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
                connection.execute(select(func.setval(number, after, False)))
        connection.execute(CreateTable(_COPIED.to_metadata(MetaData(), schema=into)))


def close_building(url: str, name: str) -> None:
    """Note that the memory is complete."""
    with connected(within(url, name)) as connection:
        _BUILT.create(connection, checkfirst=True)


def is_built(url: str, name: str) -> bool:
    """Whether the memory is there and complete."""
    with connected(url) as connection:
        return _noted(connection, _BUILT, name)


def _noted(connection: Connection, note: Table, name: str) -> bool:
    return inspect(connection).has_table(note.name, schema=name)


def rows(url: str, name: str) -> dict[str, int]:
    """Rows of every table of the schema, by its name."""
    with connected(within(url, name)) as connection:
        return {
            found: connection.execute(select(func.count()).select_from(table(found))).scalar_one()
            for found in sorted(inspect(connection).get_table_names(schema=name))
        }


def identity(url: str, name: str) -> str:
    """What tells a schema from every other one, be it one of the same name made anew."""
    found = text("SELECT oid || '/' || xmin FROM pg_namespace WHERE nspname = :name")
    with connected(url) as connection:
        return str(connection.execute(found, {"name": name}).scalar_one())


def row_versions(url: str, name: str) -> dict[str, str]:
    """A number for each table of the schema that every insert, update and delete changes.

    It is made of where each version of a row lies and of the transaction that wrote it.
    """
    which = func.concat(cast(column("ctid"), Text), "/", cast(column("xmin"), Text))
    together = func.coalesce(func.sum(func.hashtextextended(which, 0)), 0)
    with connected(within(url, name)) as connection:
        return {
            found: str(connection.execute(select(together).select_from(table(found))).scalar_one())
            for found in sorted(inspect(connection).get_table_names(schema=name))
        }


def refused_write(url: str) -> str:
    """What Postgres answers to a write through this URL: that it is read-only.

    Raises MemoryOpen if it takes it, having taken it back.
    """
    try:
        with connected(url) as connection:
            connection.execute(_BUILT.insert().values(what="a write while the exam is sat"))
            connection.rollback()
    except DBAPIError as error:
        return _refusal(error)
    raise MemoryOpen(_TAKEN)


async def refuses(engine: AsyncEngine) -> None:
    """Raises MemoryOpen if this very engine can write; it is asked to write to no row."""
    try:
        async with engine.connect() as connection:
            await connection.execute(_NO_ROW)
    except DBAPIError as error:
        _refusal(error)
    else:
        raise MemoryOpen(_TAKEN)


def _refusal(error: DBAPIError) -> str:
    """That the transaction is read-only, in words. Raises any other error."""
    if getattr(error.orig, "sqlstate", None) != _READ_ONLY:
        raise error
    return f"{_READ_ONLY}: {str(error.orig).strip()}"
