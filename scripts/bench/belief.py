"""Reading a belief with many people in the database, against few."""

from __future__ import annotations

import asyncio
import random
from functools import partial

from credence.inference.encoder import SentenceEncoder
from scripts.bench.copies import multiply
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
        multiply(database, people)
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
