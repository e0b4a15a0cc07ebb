"""Claims and the keeper in front of a backlog, and which contributions a memory holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UNCHECKED = "LEAST(last_seq - checked_seq, 16::bigint)"
TURN = "GREATEST(last_event_at, retry_at, '-infinity'::timestamp with time zone)"


def upgrade() -> None:
    op.create_index(
        "ix_users_turn",
        "users",
        [sa.text(f"({UNCHECKED})"), sa.text(f"({TURN})"), "tenant_id", "user_id"],
        postgresql_where=sa.text("last_seq > checked_seq"),
    )
    op.create_index("ix_touched_items_number", "touched_items", ["number"])
    op.add_column("item_memories", sa.Column("held", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("item_memories", "held")
    op.drop_index("ix_touched_items_number", table_name="touched_items")
    op.drop_index("ix_users_turn", table_name="users")
