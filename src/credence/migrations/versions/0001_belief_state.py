"""The belief state: catalogue, people, events, chunks, evidence, profiles, ledger, runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = ("events", "revisions", "ledger")
REFUSE = """
CREATE FUNCTION credence_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('credence.erasing', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused outside the erasure of a person',
        TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "encoders",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_encoders")),
    )
    op.create_table(
        "items",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("creators", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("embedding", HALFVEC(dim=384), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", name=op.f("pk_items")),
    )
    op.create_index(
        "ix_items_attributes",
        "items",
        ["attributes"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"attributes": "jsonb_path_ops"},
    )
    op.create_index(
        "ix_items_categories", "items", ["categories"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_items_embedding",
        "items",
        ["embedding"],
        unique=False,
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "halfvec_ip_ops"},
    )
    op.create_table(
        "users",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("watermark", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("checked_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("watermark <= last_seq", name=op.f("ck_users_watermark")),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f("pk_users")),
    )
    op.create_index(
        "ix_users_due",
        "users",
        [sa.literal_column("(last_seq - checked_seq)")],
        unique=False,
        postgresql_where=sa.text("last_seq > checked_seq"),
    )
    op.create_index(
        "ix_users_checked",
        "users",
        ["checked_at"],
        unique=False,
        postgresql_where=sa.text("revision > 0"),
    )
    op.create_table(
        "chunks",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("chunk_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("liking", sa.Double(), nullable=False),
        sa.Column("disliking", sa.Double(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("dislikes", sa.Integer(), nullable=False),
        sa.Column("first_evidence_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_evidence_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("embedding", HALFVEC(dim=384), nullable=False),
        sa.CheckConstraint(
            "(status = 'merged') = (merged_into IS NOT NULL)", name=op.f("ck_chunks_merged")
        ),
        sa.CheckConstraint(
            "status IN ('active','merged','forgotten','rejected')", name=op.f("ck_chunks_status")
        ),
        sa.CheckConstraint("liking >= 0 AND disliking >= 0", name=op.f("ck_chunks_mass")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id", "merged_into"],
            ["chunks.tenant_id", "chunks.user_id", "chunks.chunk_id"],
            name="fk_chunks_merged_into",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.user_id"],
            name=op.f("fk_chunks_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "chunk_id", name=op.f("pk_chunks")),
    )
    op.create_table(
        "events",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("rating", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("metadata", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("impression_id", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "action IN ('view','click','purchase','rating','review','like','dislike','skip')",
            name=op.f("ck_events_action"),
        ),
        sa.CheckConstraint("rating BETWEEN 0 AND 5", name=op.f("ck_events_rating")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.user_id"],
            name=op.f("fk_events_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "seq", name=op.f("pk_events")),
    )
    op.create_index("ix_events_item", "events", ["tenant_id", "user_id", "item_id"], unique=False)
    op.create_index(
        "ix_events_latest", "events", ["tenant_id", "user_id", "occurred_at", "seq"], unique=False
    )
    op.create_index("ix_events_recorded", "events", ["tenant_id", "recorded_at"], unique=False)
    op.create_index(
        "uq_events_idempotency_key",
        "events",
        ["tenant_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_table(
        "unlinked",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id", "seq"],
            ["events.tenant_id", "events.user_id", "events.seq"],
            name=op.f("fk_unlinked_events"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "seq", name=op.f("pk_unlinked")),
    )
    op.create_index("ix_unlinked_item", "unlinked", ["tenant_id", "item_id"], unique=False)
    op.create_table(
        "impressions",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("impression_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("ranker", sa.Text(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("session_items", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("item_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scores", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.user_id"],
            name=op.f("fk_impressions_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "impression_id", name=op.f("pk_impressions")),
    )
    op.create_index(
        op.f("ix_impressions_tenant_id_user_id_shown_at"),
        "impressions",
        ["tenant_id", "user_id", "shown_at"],
        unique=False,
    )
    op.create_table(
        "planner_runs",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.Double(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("operations", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cost", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("events_consumed", sa.Integer(), nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('committed','skipped','failed')", name=op.f("ck_planner_runs_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.user_id"],
            name=op.f("fk_planner_runs_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", name=op.f("pk_planner_runs")),
        sa.UniqueConstraint("number", name=op.f("uq_planner_runs_number")),
    )
    op.create_index(
        "ix_planner_runs_user", "planner_runs", ["tenant_id", "user_id", "number"], unique=False
    )
    op.create_table(
        "revisions",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.user_id"],
            name=op.f("fk_revisions_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "revision", name=op.f("pk_revisions")),
    )
    op.create_table(
        "evidence",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("chunk_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("retracted_in", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "weight BETWEEN -1 AND 1 AND weight <> 0", name=op.f("ck_evidence_weight")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id", "chunk_id"],
            ["chunks.tenant_id", "chunks.user_id", "chunks.chunk_id"],
            name=op.f("fk_evidence_chunks"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id", "seq"],
            ["events.tenant_id", "events.user_id", "events.seq"],
            name=op.f("fk_evidence_events"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "user_id", "chunk_id", "seq", name=op.f("pk_evidence")
        ),
    )
    op.create_index("ix_evidence_event", "evidence", ["tenant_id", "user_id", "seq"], unique=False)
    op.create_table(
        "ledger",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("chunk_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id", "revision"],
            ["revisions.tenant_id", "revisions.user_id", "revisions.revision"],
            name=op.f("fk_ledger_revisions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "user_id", "revision", "position", name=op.f("pk_ledger")
        ),
    )
    op.create_index("ix_ledger_chunk", "ledger", ["tenant_id", "user_id", "chunk_id"], unique=False)
    op.create_table(
        "profiles",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("sentences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id", "version"],
            ["revisions.tenant_id", "revisions.user_id", "revisions.revision"],
            name=op.f("fk_profiles_revisions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "version", name=op.f("pk_profiles")),
    )
    op.execute(REFUSE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION credence_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION credence_append_only()"
        )


def downgrade() -> None:
    op.drop_table("profiles")
    op.drop_index("ix_ledger_chunk", table_name="ledger")
    op.drop_table("ledger")
    op.drop_index("ix_evidence_event", table_name="evidence")
    op.drop_table("evidence")
    op.drop_table("revisions")
    op.drop_index("ix_planner_runs_user", table_name="planner_runs")
    op.drop_table("planner_runs")
    op.drop_index(op.f("ix_impressions_tenant_id_user_id_shown_at"), table_name="impressions")
    op.drop_table("impressions")
    op.drop_index("ix_unlinked_item", table_name="unlinked")
    op.drop_table("unlinked")
    op.drop_index(
        "uq_events_idempotency_key",
        table_name="events",
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.drop_index("ix_events_recorded", table_name="events")
    op.drop_index("ix_events_latest", table_name="events")
    op.drop_index("ix_events_item", table_name="events")
    op.drop_table("events")
    op.drop_table("chunks")
    op.drop_index("ix_users_checked", table_name="users", postgresql_where=sa.text("revision > 0"))
    op.drop_index(
        "ix_users_due", table_name="users", postgresql_where=sa.text("last_seq > checked_seq")
    )
    op.drop_table("users")
    op.drop_index(
        "ix_items_embedding",
        table_name="items",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "halfvec_ip_ops"},
    )
    op.drop_index("ix_items_categories", table_name="items", postgresql_using="gin")
    op.drop_index(
        "ix_items_attributes",
        table_name="items",
        postgresql_using="gin",
        postgresql_ops={"attributes": "jsonb_path_ops"},
    )
    op.drop_table("items")
    op.drop_table("encoders")
    op.execute("DROP FUNCTION credence_append_only()")
