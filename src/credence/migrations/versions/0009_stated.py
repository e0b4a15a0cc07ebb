"""Strengths that a person stated, and when each side of a chunk was last heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "chunks", sa.Column("stated", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    for side in ("last_like_at", "last_dislike_at"):
        op.add_column("chunks", sa.Column(side, sa.DateTime(timezone=True), nullable=True))
    # A side that weighs more than its events ever could was set by hand. The ledger's chunks are
    # read by the same rule (`memory.serial`), or what was done before could not be undone.
    op.execute(
        "UPDATE chunks SET stated = true WHERE edited AND (liking > likes OR disliking > dislikes)"
    )


def downgrade() -> None:
    for name in ("last_dislike_at", "last_like_at", "stated"):
        op.drop_column("chunks", name)
