"""The schema of what a tenant's ranker has learnt."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from credence.memory.tables.belief import metadata

# Of nobody in particular: a few numbers that the choices of hundreds of people led to.
ranker_weights = Table(
    "ranker_weights",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("fitted_at", DateTime(timezone=True), nullable=False),
    Column("questions", Integer, nullable=False),
    PrimaryKeyConstraint("tenant_id"),
)
