"""The catalogue, people, events and beliefs."""

from __future__ import annotations

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

# As `checked_seq`, makes a person due however few events there are.
NEVER_CHECKED = -(2**31)

# Grows with the time since the last event, in microseconds; people without any come last. All that
# people are listed by ascends, so that one comparison of rows says where the next page begins.
# With the casts and parentheses by which schemas are compared.
SINCE_LAST_EVENT = (
    "coalesce((-1000000 * extract(epoch from timezone('UTC', last_event_at)))::bigint,"
    " 9223372036854775807)"
)

# Whoever has events that the planner has not checked has a turn, for each number of such events;
# more than so many are as many. Nobody's turn comes before they are to be left alone no more.
MOST_UNCHECKED = 16
EARLIEST = "'-infinity'::timestamp with time zone"
UNCHECKED = f"LEAST(last_seq - checked_seq, {MOST_UNCHECKED}::bigint)"
TURN = f"GREATEST(last_event_at, retry_at, {EARLIEST})"

DIMENSION = 384  # of the bundled encoder; another one needs a migration of the vector columns

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _tenant() -> Column[str]:
    return Column("tenant_id", Text, nullable=False)


def _user() -> Column[str]:
    return Column("user_id", Text, nullable=False)


def _moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _of_user(*, ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "user_id"], ["users.tenant_id", "users.user_id"], ondelete=ondelete
    )


encoders = Table(
    "encoders",  # which encoder made a tenant's vectors
    metadata,
    _tenant(),
    Column("name", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    PrimaryKeyConstraint("tenant_id"),
)

items = Table(
    "items",
    metadata,
    _tenant(),
    Column("item_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("categories", ARRAY(Text), nullable=False),
    Column("creators", ARRAY(Text), nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("embedding", HALFVEC(DIMENSION), nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    PrimaryKeyConstraint("tenant_id", "item_id"),
    Index(
        "ix_items_embedding",
        "embedding",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "halfvec_ip_ops"},
    ),
    Index("ix_items_categories", "categories", postgresql_using="gin"),
    Index(
        "ix_items_attributes",
        "attributes",
        postgresql_using="gin",
        postgresql_ops={"attributes": "jsonb_path_ops"},
    ),
)

users = Table(
    "users",  # and the head of each one's belief
    metadata,
    _tenant(),
    _user(),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    _moment("created_at"),
    _moment("last_event_at", nullable=True),
    Column("last_seq", BigInteger, nullable=False, server_default=text("0")),
    Column("watermark", BigInteger, nullable=False, server_default=text("0")),
    Column("checked_seq", BigInteger, nullable=False, server_default=text("0")),
    Column("shared_to", BigInteger, nullable=False, server_default=text("0")),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("profile_version", Integer, nullable=True),
    _moment("checked_at", nullable=True),  # the planner's last look, whatever it came to
    Column("lease_owner", Text, nullable=True),
    _moment("lease_until", nullable=True),
    Column("failures", Integer, nullable=False, server_default=text("0")),  # in a row
    _moment("retry_at", nullable=True),  # the planner does not try again before
    # The belief at a glance, as it stood when the head last moved: see `memory.glance`.
    Column("beliefs", Integer, nullable=False, server_default=text("0")),
    Column("certainty", Double, nullable=True),
    Column("contested", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("tenant_id", "user_id"),
    CheckConstraint("watermark <= last_seq", name="watermark"),
    Index(
        "ix_users_due",
        text("(last_seq - checked_seq)"),
        postgresql_where=text("last_seq > checked_seq"),
    ),
    Index(
        "ix_users_turn",
        text(f"({UNCHECKED})"),
        text(f"({TURN})"),
        "tenant_id",
        "user_id",
        postgresql_where=text("last_seq > checked_seq"),
    ),
    Index("ix_users_checked", "checked_at", postgresql_where=text("revision > 0")),
    Index("ix_users_active", "tenant_id", text(f"({SINCE_LAST_EVENT})"), "user_id"),
    Index("ix_users_changed", "tenant_id", text("(-revision)"), "user_id"),
    Index(
        "ix_users_uncertain",
        "tenant_id",
        "certainty",
        "user_id",
        postgresql_where=text("certainty IS NOT NULL"),
    ),
    Index(
        "ix_users_attention",
        "tenant_id",
        text("(-failures)"),
        text("(-contested)"),
        "user_id",
        postgresql_where=text("failures > 0 OR contested > 0"),
    ),
    Index(
        "ix_users_starting",
        "tenant_id",
        literal_column("lower(user_id)").label("lowered"),
        postgresql_ops={"lowered": "text_pattern_ops"},
    ),
)

events = Table(
    "events",  # append-only: a trigger refuses update, and delete outside erasure
    metadata,
    _tenant(),
    _user(),
    Column("seq", BigInteger, nullable=False),
    Column("item_id", Text, nullable=True),
    Column("action", Text, nullable=False),
    Column("rating", Double, nullable=True),
    Column("text", Text, nullable=False),
    Column("metadata", JSONB, nullable=False),
    _moment("occurred_at"),
    _moment("recorded_at"),
    Column("impression_id", Text, nullable=True),
    Column("idempotency_key", Text, nullable=True),
    Column("fingerprint", Text, nullable=True),
    PrimaryKeyConstraint("tenant_id", "user_id", "seq"),
    _of_user(),
    CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
    CheckConstraint(
        "action IN ('view','click','purchase','rating','review','like','dislike','skip')",
        name="action",
    ),
    Index(
        "uq_events_idempotency_key",
        "tenant_id",
        "idempotency_key",
        unique=True,
        postgresql_where=text("idempotency_key IS NOT NULL"),
    ),
    Index("ix_events_item", "tenant_id", "user_id", "item_id"),
    Index("ix_events_latest", "tenant_id", "user_id", "occurred_at", "seq"),
    Index("ix_events_recorded", "tenant_id", "recorded_at"),
)

unlinked = Table(
    "unlinked",  # events that the planner consumed before the catalogue had their item
    metadata,
    _tenant(),
    _user(),
    Column("seq", BigInteger, nullable=False),
    Column("item_id", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "user_id", "seq"),
    ForeignKeyConstraint(
        ["tenant_id", "user_id", "seq"],
        ["events.tenant_id", "events.user_id", "events.seq"],
        ondelete="CASCADE",
    ),
    Index("ix_unlinked_item", "tenant_id", "item_id"),
)

chunks = Table(
    "chunks",
    metadata,
    _tenant(),
    _user(),
    Column("chunk_id", Integer, nullable=False),
    Column("category", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("liking", Double, nullable=False),
    Column("disliking", Double, nullable=False),
    _moment("as_of"),
    Column("likes", Integer, nullable=False),
    Column("dislikes", Integer, nullable=False),
    _moment("first_evidence_at"),
    _moment("last_evidence_at"),
    Column("pinned", Boolean, nullable=False),
    Column("edited", Boolean, nullable=False),
    Column("aliases", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("merged_into", Integer, nullable=True),
    Column("embedding", HALFVEC(DIMENSION), nullable=False),
    Column("stated", Boolean, nullable=False, server_default=text("false")),
    _moment("last_like_at", nullable=True),
    _moment("last_dislike_at", nullable=True),
    PrimaryKeyConstraint("tenant_id", "user_id", "chunk_id"),
    _of_user(),
    ForeignKeyConstraint(
        ["tenant_id", "user_id", "merged_into"],
        ["chunks.tenant_id", "chunks.user_id", "chunks.chunk_id"],
        name="fk_chunks_merged_into",
        deferrable=True,
        initially="DEFERRED",
    ),
    CheckConstraint("liking >= 0 AND disliking >= 0", name="mass"),
    CheckConstraint("status IN ('active','merged','forgotten','rejected')", name="status"),
    CheckConstraint("(status = 'merged') = (merged_into IS NOT NULL)", name="merged"),
)

revisions = Table(
    "revisions",
    metadata,
    _tenant(),
    _user(),
    Column("revision", Integer, nullable=False),
    Column("run_id", Text, nullable=True),
    Column("actor", Text, nullable=False),
    _moment("at"),
    Column("reason", Text, nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("undoes", Integer, nullable=True),
    PrimaryKeyConstraint("tenant_id", "user_id", "revision"),
    _of_user(),
)

ledger = Table(
    "ledger",  # append-only like events
    metadata,
    _tenant(),
    _user(),
    Column("revision", Integer, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("operation", Text, nullable=False),
    Column("chunk_id", Integer, nullable=True),
    Column("reason", Text, nullable=False),
    Column("before", JSONB, nullable=True),
    Column("after", JSONB, nullable=True),
    Column("evidence", JSONB, nullable=False),
    PrimaryKeyConstraint("tenant_id", "user_id", "revision", "position"),
    ForeignKeyConstraint(
        ["tenant_id", "user_id", "revision"],
        ["revisions.tenant_id", "revisions.user_id", "revisions.revision"],
        ondelete="CASCADE",
    ),
    Index("ix_ledger_chunk", "tenant_id", "user_id", "chunk_id"),
)

evidence = Table(
    "evidence",
    metadata,
    _tenant(),
    _user(),
    Column("chunk_id", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("weight", Double, nullable=False),
    Column("words", Text, nullable=False),
    _moment("occurred_at"),
    Column("revision", Integer, nullable=False),
    Column("retracted_in", Integer, nullable=True),  # the revision that undid it
    PrimaryKeyConstraint("tenant_id", "user_id", "chunk_id", "seq"),
    ForeignKeyConstraint(
        ["tenant_id", "user_id", "chunk_id"],
        ["chunks.tenant_id", "chunks.user_id", "chunks.chunk_id"],
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(
        ["tenant_id", "user_id", "seq"],
        ["events.tenant_id", "events.user_id", "events.seq"],
        ondelete="CASCADE",
    ),
    CheckConstraint("weight BETWEEN -1 AND 1 AND weight <> 0", name="weight"),
    Index("ix_evidence_event", "tenant_id", "user_id", "seq"),
)

profiles = Table(
    "profiles",
    metadata,
    _tenant(),
    _user(),
    Column("version", Integer, nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("sentences", JSONB, nullable=False),
    Column("words", Integer, nullable=False),
    _moment("written_at"),
    PrimaryKeyConstraint("tenant_id", "user_id", "version"),
    ForeignKeyConstraint(
        ["tenant_id", "user_id", "version"],
        ["revisions.tenant_id", "revisions.user_id", "revisions.revision"],
        ondelete="CASCADE",
    ),
)

planner_runs = Table(
    "planner_runs",
    metadata,
    _tenant(),
    Column("run_id", Text, nullable=False),
    _user(),
    Column("number", BigInteger, Identity(), nullable=False),
    _moment("started_at"),
    Column("duration_ms", Double, nullable=False),
    Column("policy", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("operations", ARRAY(Text), nullable=False),
    Column("reason", Text, nullable=False),
    Column("signals", JSONB, nullable=False),
    Column("cost", JSONB, nullable=False),
    Column("events_consumed", Integer, nullable=False),
    Column("base_revision", Integer, nullable=False),
    Column("revision", Integer, nullable=True),
    Column("error", Text, nullable=True),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    PrimaryKeyConstraint("tenant_id", "run_id"),
    _of_user(),
    UniqueConstraint("number"),
    CheckConstraint("outcome IN ('committed','skipped','failed')", name="outcome"),
    Index("ix_planner_runs_user", "tenant_id", "user_id", "number"),
    Index("ix_planner_runs_number", "tenant_id", "number"),
    Index(
        "ix_planner_runs_failed",
        "tenant_id",
        "number",
        postgresql_where=text("outcome = 'failed'"),
    ),
)
