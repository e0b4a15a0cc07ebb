"""Alembic's entry: runs the migrations on the connection that `credence.app.schema` hands it."""

from __future__ import annotations

from alembic import context

from credence.memory.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    # The schema that tables are made in; another one in the search path has a version of its own.
    version_table_schema=connection.dialect.default_schema_name,
)
with context.begin_transaction():
    context.run_migrations()
