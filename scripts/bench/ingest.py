"""Taking events in over HTTP, against a plain insert."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence

import psycopg

from credence.inference.encoder import SentenceEncoder
from credence.memory.record_events import NewEvent
from scripts.bench.figure import Figure
from scripts.bench.serving import Client, served
from scripts.bench.worlds import NOW, as_json, events, fill, fresh_database


def ingest(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """10,000 events through POST /v1/events by 1,000, against one multi-row insert a thousand."""
    ours, plain = [], []
    for turn in range(2 if quick else 5):
        database = fresh_database(server, "bench_ingest")
        asyncio.run(fill(database, encoder, [], advance=False))
        told = events(500, 20, seed=turn)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("CREATE TABLE plain (LIKE events INCLUDING ALL)")
            connection.execute(
                b"INSERT INTO users (tenant_id, user_id, created_at) "
                b"SELECT 'default', 'person-' || lpad(n::text, 6, '0'), now() "
                b"FROM generate_series(0, 499) n"
            )
        with served(database, worker=False) as port:
            client = Client(port)
            client.call("POST", "/v1/events", {"events": []})
            bodies = [
                {"events": [as_json(event) for event in told[first : first + 1000]]}
                for first in range(0, len(told), 1000)
            ]
            began = time.perf_counter()
            for body in bodies:
                status, answer = client.call("POST", "/v1/events", body)
                if status != 200:
                    raise SystemExit(f"a batch was not recorded: {answer[:300]!r}")
            ours.append(len(told) / (time.perf_counter() - began))
        plain.append(_plain_insert(database, told))
    return [
        Figure(
            "ingest by batches of 1,000 over HTTP, over a plain psycopg multi-row insert",
            statistics.median(ours),
            statistics.median(plain),
            "events/s",
            ">= 0.33",
        )
    ]


def _plain_insert(database: str, told: Sequence[NewEvent]) -> float:
    """Rows a second by one INSERT ... VALUES of 1,000 rows each, committed each."""
    columns = (
        "tenant_id, user_id, seq, item_id, action, rating, text, metadata, occurred_at, recorded_at"
    )
    rows = [
        (
            "default",
            e.user_id,
            n,
            e.item_id,
            e.action.value,
            e.rating,
            e.text,
            "{}",
            e.occurred_at,
            NOW,
        )
        for n, e in enumerate(told)
    ]
    row = "(" + ",".join(["%s"] * 10) + ")"
    with psycopg.connect(database) as connection:
        began = time.perf_counter()
        for first in range(0, len(rows), 1000):
            some = rows[first : first + 1000]
            statement = f"INSERT INTO plain ({columns}) VALUES {','.join([row] * len(some))}"
            connection.execute(statement.encode(), [value for r in some for value in r])
            connection.commit()
        return len(rows) / (time.perf_counter() - began)
