"""The schema of collaborative memory: what each person brings to an item, and what comes of it."""

from __future__ import annotations

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from credence.memory.tables.belief import DIMENSION, metadata

contributions = Table(
    "contributions",  # of the events that the planner has consumed, summed up
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("person_key", BigInteger, nullable=False),  # a hash: the order in which samples go
    Column("latest", DateTime(timezone=True), nullable=False),
    Column("engaged", Double, nullable=False),
    Column("opinion", Double, nullable=False),
    Column("clarity", Double, nullable=False),
    Column("ratings", Double, nullable=False),
    Column("rated", Integer, nullable=False),
    Column("words", HALFVEC(DIMENSION), nullable=True),
    Column("praised", ARRAY(Text), nullable=False),
    Column("blamed", ARRAY(Text), nullable=False),
    PrimaryKeyConstraint("tenant_id", "user_id", "item_id"),
    ForeignKeyConstraint(
        ["tenant_id", "user_id"], ["users.tenant_id", "users.user_id"], ondelete="CASCADE"
    ),
    CheckConstraint("engaged BETWEEN 0 AND 1 AND clarity >= 0", name="engaged"),
    Index("ix_contributions_item", "tenant_id", "item_id", "person_key"),
)

touched_items = Table(
    "touched_items",  # whose memory is to be made anew; appended to, so that nobody waits
    metadata,
    Column("number", BigInteger, Identity(), nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    PrimaryKeyConstraint("tenant_id", "number"),
    Index("ix_touched_items_number", "number"),
)

# Not tied to the catalogue: people may speak of an item that is not in it yet, or not now.
item_memories = Table(
    "item_memories",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("contributions", Integer, nullable=False),
    Column("people", Integer, nullable=False),  # those who say the same count once
    Column("standing", Double, nullable=False),
    Column("voices", Double, nullable=False),
    Column("words", HALFVEC(DIMENSION), nullable=True),
    Column("liking", Double, nullable=False),
    Column("judged", Double, nullable=False),
    Column("clear", Double, nullable=False),
    Column("rating", Double, nullable=True),
    Column("rated", Double, nullable=False),
    Column("phrases", JSONB, nullable=False),
    Column("latest", DateTime(timezone=True), nullable=False),
    Column("audience", LargeBinary, nullable=False),
    Column("times", LargeBinary, nullable=True),  # of the people in the audience
    Column("share", Double, nullable=False),
    Column("mass", Double, nullable=False),
    Column("held", LargeBinary, nullable=True),  # which contributions were read, by two hashes
    PrimaryKeyConstraint("tenant_id", "item_id"),
)
