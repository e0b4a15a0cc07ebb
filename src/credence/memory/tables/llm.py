"""The schema of what language models cost."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Identity,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from credence.memory.tables.belief import metadata

# A run is not tied to `planner_runs`: its calls are written before it is.
llm_calls = Table(
    "llm_calls",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("number", BigInteger, Identity(), nullable=False),
    Column("user_id", Text, nullable=True),
    Column("run_id", Text, nullable=True),
    Column("role", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("latency_ms", Double, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("tokens_cached", BigInteger, nullable=False),
    Column("price", Numeric(asdecimal=False), nullable=True),
    PrimaryKeyConstraint("tenant_id", "number"),
    ForeignKeyConstraint(
        ["tenant_id", "user_id"],
        ["users.tenant_id", "users.user_id"],
        ondelete="SET NULL (user_id)",
    ),
    CheckConstraint(
        "outcome IN ('answered','malformed','faulty','refused','rejected','limited','failed',"
        "'late','overlong')",
        name="outcome",
    ),
    CheckConstraint(
        "tokens_in >= 0 AND tokens_out >= 0 AND tokens_cached >= 0 AND price >= 0", name="cost"
    ),
    Index("ix_llm_calls_started", "tenant_id", "started_at"),
    Index("ix_llm_calls_run", "tenant_id", "user_id", "run_id"),
)
