"""Reading a belief with many people in the database, against few."""

from __future__ import annotations

import asyncio
import random
from functools import partial

import psycopg

from credence.inference.encoder import SentenceEncoder
from scripts.bench.figure import Figure, percentile
from scripts.bench.serving import Client, served, timed
from scripts.bench.worlds import events, fill, fresh_database


def belief(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Reading a belief with many people in the database, against few."""
    medians = {}
    few, many = (200, 5_000) if quick else (1_000, 50_000)
    for people in (few, many):
        database = fresh_database(server, "bench_belief")
        asyncio.run(fill(database, encoder, events(1, 18, seed=3), advance=True))
        _multiply(database, people)
        dice = random.Random(4)
        with served(database, worker=False) as port:
            client = Client(port)
            paths = [f"/v1/users/copy-{dice.randrange(people):06d}/belief" for _ in range(400)]
            calls = [partial(client.call, "GET", path) for path in paths]
            timed(calls[:100], callers=1)
            medians[people] = percentile(timed(calls, callers=1), 0.5)
    return [
        Figure(
            f"belief read with {many:,} people in the database, over {few:,}",
            medians[many],
            medians[few],
            "ms",
            "<= 1.5",
        )
    ]


def _multiply(database: str, people: int) -> None:
    """Copies of the one person with a belief, made inside Postgres."""
    order = ["users", "events", "revisions", "chunks", "ledger", "evidence", "profiles"]
    with psycopg.connect(database, autocommit=True) as connection:
        for table in order:
            rows = connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
                "AND table_schema = 'public' ORDER BY ordinal_position",
                [table],
            ).fetchall()
            names = [name for (name,) in rows]
            values = ["'copy-' || lpad(n::text, 6, '0')" if c == "user_id" else c for c in names]
            connection.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
                f"FROM {table}, generate_series(0, {people - 1}) n "
                "WHERE user_id = 'person-000000'".encode()
            )
        connection.execute("ANALYZE")
