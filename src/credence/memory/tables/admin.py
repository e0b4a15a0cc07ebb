"""The schema of who is signed in to the admin pages."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from credence.memory.tables.belief import metadata

# Without a tenant, alone of all tables: an admin sees every tenant. It names nobody whom
# something is believed of, so neither erasure nor export has a part in it.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", LargeBinary, nullable=False),  # SHA-256; the token is stored nowhere
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("token_hash"),
    CheckConstraint("kind IN ('link','session')", name="kind"),
)
