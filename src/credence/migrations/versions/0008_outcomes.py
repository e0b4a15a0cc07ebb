"""Lists of the last days, to say what came of them."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_impressions_shown", "impressions", ["tenant_id", "shown_at"])


def downgrade() -> None:
    op.drop_index("ix_impressions_shown", table_name="impressions")
