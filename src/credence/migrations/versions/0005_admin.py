"""What the admin pages need: beliefs at a glance, people and runs in order, who is signed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SINCE_LAST_EVENT = (
    "coalesce((-1000000 * extract(epoch from timezone('UTC', last_event_at)))::bigint,"
    " 9223372036854775807)"
)

# With the masses as they lie: what has faded since each chunk was last touched is not taken off,
# as the half-life is a setting. A commit makes a person's numbers exact.
BACKFILL = """
UPDATE users SET beliefs = seen.beliefs, certainty = seen.certainty, contested = seen.contested
FROM (
    SELECT tenant_id, user_id, count(*) AS beliefs,
        avg(1 - sqrt(l * d / ((l + d) ^ 2 * (l + d + 1))) / sqrt(0.125::float8)) AS certainty,
        count(*) FILTER (
            WHERE likes >= 2 AND dislikes >= 2 AND abs(l - d) / (l + d) < 0.25
        ) AS contested
    FROM (
        SELECT tenant_id, user_id, likes, dislikes, liking + 0.5 AS l, disliking + 0.5 AS d
        FROM chunks WHERE status = 'active'
    ) AS counted
    GROUP BY tenant_id, user_id
) AS seen
WHERE (users.tenant_id, users.user_id) = (seen.tenant_id, seen.user_id)
"""


def upgrade() -> None:
    op.add_column(
        "users", sa.Column("beliefs", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column("users", sa.Column("certainty", sa.Double(), nullable=True))
    op.add_column(
        "users", sa.Column("contested", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.execute(BACKFILL)
    op.create_index(
        "ix_users_active", "users", ["tenant_id", sa.text(f"({SINCE_LAST_EVENT})"), "user_id"]
    )
    op.create_index("ix_users_changed", "users", ["tenant_id", sa.text("(-revision)"), "user_id"])
    op.create_index(
        "ix_users_uncertain",
        "users",
        ["tenant_id", "certainty", "user_id"],
        postgresql_where=sa.text("certainty IS NOT NULL"),
    )
    op.create_index(
        "ix_users_attention",
        "users",
        ["tenant_id", sa.text("(-failures)"), sa.text("(-contested)"), "user_id"],
        postgresql_where=sa.text("failures > 0 OR contested > 0"),
    )
    op.create_index(
        "ix_users_starting",
        "users",
        ["tenant_id", sa.literal_column("lower(user_id)").label("lowered")],
        postgresql_ops={"lowered": "text_pattern_ops"},
    )
    op.create_index("ix_planner_runs_number", "planner_runs", ["tenant_id", "number"])
    op.create_index(
        "ix_planner_runs_failed",
        "planner_runs",
        ["tenant_id", "number"],
        postgresql_where=sa.text("outcome = 'failed'"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('link','session')", name=op.f("ck_sign_ins_kind")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_ins")),
    )


def downgrade() -> None:
    op.drop_table("sign_ins")
    op.drop_index("ix_planner_runs_failed", table_name="planner_runs")
    op.drop_index("ix_planner_runs_number", table_name="planner_runs")
    for name in ("starting", "attention", "uncertain", "changed", "active"):
        op.drop_index(f"ix_users_{name}", table_name="users")
    for name in ("contested", "certainty", "beliefs"):
        op.drop_column("users", name)
