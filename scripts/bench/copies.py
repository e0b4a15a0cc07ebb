"""Many people out of a few: rows of people whom the planner really served, copied in Postgres."""

from __future__ import annotations

import psycopg

# In an order in which keys to other tables hold.
_TABLES = ("users", "events", "revisions", "chunks", "ledger", "evidence", "profiles")
_AT_A_TIME = 2_000  # people
_PATTERN = "person-%"  # whose rows are copied


def multiply(database: str, people: int, *, runs: bool = False) -> None:
    """So many copies, `copy-000000` and on, of everybody whose id begins with `person-`.

    With `runs` their planner runs too. Indexes that hold no constraint are made anew at the end,
    which is quicker than keeping them up; keys to other tables are true by themselves.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        whose = [
            row[0]
            for row in connection.execute(
                "SELECT user_id FROM users WHERE user_id LIKE %s ORDER BY user_id", [_PATTERN]
            )
        ]
        connection.execute("SET session_replication_role = replica")  # no look-ups of keys
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname "
            "NOT IN (SELECT conname FROM pg_constraint) AND tablename = ANY(%s)",
            [[*_TABLES, "planner_runs"]],
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"'.encode())
        for table in (*_TABLES, *(("planner_runs",) if runs else ())):
            for first in range(0, people, _AT_A_TIME):
                last = min(people, first + _AT_A_TIME) - 1
                _copy(connection, table, whose, first, last)
        for _, definition in indexes:
            connection.execute(definition.encode())
        connection.execute("VACUUM ANALYZE")


def _copy(
    connection: psycopg.Connection, table: str, whose: list[str], first: int, last: int
) -> None:
    """Copy number n is of the person at place n, counted round."""
    names = [
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
            "AND table_schema = 'public' AND is_identity = 'NO' ORDER BY ordinal_position",
            [table],
        )
    ]
    instead = {
        "user_id": "'copy-' || lpad(n::text, 6, '0')",
        "run_id": "md5(run_id || n)",
        "idempotency_key": "NULL",
    }
    if table == "users":  # so that orders have something to tell apart
        instead |= {
            "last_event_at": "last_event_at - n * interval '7 minutes'",
            "failures": "CASE WHEN mod(n, 500) = 7 THEN 2 ELSE 0 END",
        }
    values = ", ".join(instead.get(name, name) for name in names)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} "
        f"FROM generate_series(%s::int, %s::int) n JOIN {table} "
        "ON user_id = (%s::text[])[n %% %s + 1]".encode(),
        [first, last, whose, len(whose)],
    )
