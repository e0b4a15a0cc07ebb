"""When the people of an item's audience chose it; memories are made anew to hold it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item_memories", sa.Column("times", sa.LargeBinary(), nullable=True))
    # The keeper makes them anew a few at a time; until then rankers do without.
    op.execute(
        "INSERT INTO touched_items (tenant_id, item_id) "
        "SELECT tenant_id, item_id FROM item_memories ORDER BY tenant_id, item_id"
    )


def downgrade() -> None:
    op.drop_column("item_memories", "times")
