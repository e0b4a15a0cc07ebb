"""How a routed ranker came to a list, beside what was shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("impressions", sa.Column("routing", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("impressions", "routing")
