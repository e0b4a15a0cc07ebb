"""Events through the whole built-in lifecycle, collaborative upkeep too, and where time goes."""

from __future__ import annotations

import asyncio
import cProfile
import io
import pstats
import sys
import time
from collections.abc import Sequence

from credence.app.bootstrap import assemble
from credence.app.settings import Settings
from credence.app.stock import put_items
from credence.demo.content import demo_items
from credence.inference.encoder import SentenceEncoder
from credence.memory.record_events import NewEvent
from credence.planner.extraction.lexicon import bundled_lexicon
from scripts.bench.figure import Figure
from scripts.bench.worlds import NOW, events, fresh_database, ingest


def lifecycle(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Events a second through the whole built-in lifecycle, and where the time goes."""
    figures = []
    people = 150 if quick else 600
    for each in (3, 15):
        database = fresh_database(server, "bench_lifecycle")
        rate, profile = asyncio.run(_drain(database, encoder, events(people, each, seed=each)))
        what = f"lifecycle, {each} events a run, over the target of 300 events/s"
        figures.append(Figure(what, rate, 300.0, "events/s", ">= 1"))
        print(profile, file=sys.stderr)
    return figures


async def _drain(
    database: str, encoder: SentenceEncoder, told: Sequence[NewEvent]
) -> tuple[float, str]:
    app = assemble(Settings(worker=False), database, encoder)
    await put_items("default", demo_items(), encoder=app.encoder, engine=app.engine, now=NOW)
    await app.encoder.embed_phrases([topic.name for topic in bundled_lexicon().topics])
    await ingest(app, told)
    if app.worker.context.words is not None:
        app.worker.context.words(["The first text loads the table."])
    began = time.perf_counter()
    await app.worker.drain()
    await app.keeper.settle()
    rate = len(told) / (time.perf_counter() - began)
    again = events(60, 3, seed=99)
    await ingest(app, again)
    profiler = cProfile.Profile()
    profiler.enable()
    await app.worker.drain()
    profiler.disable()
    await app.close()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(12)
    return rate, text.getvalue()
