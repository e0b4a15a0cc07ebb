"""What calls to language models cost, and what a planner run has to tell beside its signals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "planner_runs",
        sa.Column(
            "detail", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")
        ),
    )
    op.create_table(
        "llm_calls",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latency_ms", sa.Double(), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("tokens_cached", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('answered','malformed','faulty','refused','rejected','limited','failed',"
            "'late','overlong')",
            name=op.f("ck_llm_calls_outcome"),
        ),
        sa.CheckConstraint(
            "tokens_in >= 0 AND tokens_out >= 0 AND tokens_cached >= 0 AND price >= 0",
            name=op.f("ck_llm_calls_cost"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.user_id"],
            name=op.f("fk_llm_calls_users"),
            ondelete="SET NULL (user_id)",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_llm_calls")),
    )
    op.create_index("ix_llm_calls_started", "llm_calls", ["tenant_id", "started_at"])
    op.create_index("ix_llm_calls_run", "llm_calls", ["tenant_id", "user_id", "run_id"])


def downgrade() -> None:
    op.drop_index("ix_llm_calls_run", table_name="llm_calls")
    op.drop_index("ix_llm_calls_started", table_name="llm_calls")
    op.drop_table("llm_calls")
    op.drop_column("planner_runs", "detail")
