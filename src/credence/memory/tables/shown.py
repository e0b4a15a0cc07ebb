"""The schema of what was recommended."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from credence.memory.tables.belief import metadata

impressions = Table(
    "impressions",  # what was recommended, so that later events can cite it
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("impression_id", Text, nullable=False),
    Column("user_id", Text, nullable=True),
    Column("shown_at", DateTime(timezone=True), nullable=False),
    Column("revision", Integer, nullable=True),
    Column("ranker", Text, nullable=False),
    Column("instruction", Text, nullable=False),
    Column("session_items", ARRAY(Text), nullable=False),
    Column("flags", ARRAY(Text), nullable=False),
    Column("item_ids", ARRAY(Text), nullable=False),
    Column("scores", ARRAY(Double), nullable=False),
    Column("routing", JSONB(none_as_null=True), nullable=True),
    PrimaryKeyConstraint("tenant_id", "impression_id"),
    ForeignKeyConstraint(
        ["tenant_id", "user_id"], ["users.tenant_id", "users.user_id"], ondelete="CASCADE"
    ),
    Index(None, "tenant_id", "user_id", "shown_at"),
    Index("ix_impressions_shown", "tenant_id", "shown_at"),
)
