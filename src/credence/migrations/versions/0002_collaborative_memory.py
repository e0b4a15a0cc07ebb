"""Collaborative memory: what each person brings to an item, what comes of it, and own weights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("shared_to", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    # What was consumed before is brought by `credence rebuild`, which reads up to here.
    op.execute("UPDATE users SET shared_to = watermark")
    op.create_table(
        "contributions",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("person_key", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("engaged", sa.Double(), nullable=False),
        sa.Column("opinion", sa.Double(), nullable=False),
        sa.Column("clarity", sa.Double(), nullable=False),
        sa.Column("ratings", sa.Double(), nullable=False),
        sa.Column("rated", sa.Integer(), nullable=False),
        sa.Column("words", HALFVEC(384), nullable=True),
        sa.Column("praised", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("blamed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "engaged BETWEEN 0 AND 1 AND clarity >= 0", name=op.f("ck_contributions_engaged")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.user_id"],
            name=op.f("fk_contributions_users_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "item_id", name=op.f("pk_contributions")),
    )
    op.create_index(
        "ix_contributions_item", "contributions", ["tenant_id", "item_id", "person_key"]
    )
    op.create_table(
        "touched_items",
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_touched_items")),
    )
    op.create_table(
        "item_memories",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("contributions", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Double(), nullable=False),
        sa.Column("voices", sa.Double(), nullable=False),
        sa.Column("words", HALFVEC(384), nullable=True),
        sa.Column("liking", sa.Double(), nullable=False),
        sa.Column("judged", sa.Double(), nullable=False),
        sa.Column("clear", sa.Double(), nullable=False),
        sa.Column("rating", sa.Double(), nullable=True),
        sa.Column("rated", sa.Double(), nullable=False),
        sa.Column("phrases", postgresql.JSONB(), nullable=False),
        sa.Column("latest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audience", sa.LargeBinary(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("mass", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", name=op.f("pk_item_memories")),
    )
    op.create_table(
        "ranker_weights",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_ranker_weights")),
    )


def downgrade() -> None:
    op.drop_table("ranker_weights")
    op.drop_table("item_memories")
    op.drop_table("touched_items")
    op.drop_index("ix_contributions_item", table_name="contributions")
    op.drop_table("contributions")
    op.drop_column("users", "shared_to")
