"""Alembic's entry: runs the migrations on the connection that `credence.app.schema` hands it."""

from __future__ import annotations

from alembic import context

from credence.memory.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
