"""The schema of what items are found by when people type words."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR

from credence.memory.tables.belief import metadata

# Beside `items`, whose rows are wide: a walk through all of this one is still quick. Written with
# the items by `memory.catalogue`; what is in it is for functions of the database to say.
item_words = Table(
    "item_words",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("words", TSVECTOR, nullable=False),
    PrimaryKeyConstraint("tenant_id", "item_id"),
    ForeignKeyConstraint(
        ["tenant_id", "item_id"], ["items.tenant_id", "items.item_id"], ondelete="CASCADE"
    ),
    Index(
        "ix_item_words_words",
        "words",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},  # or searches read what waits to be entered
    ),
)
