"""What collaborative memory costs: the lifecycle, ranking and storage, with it and without."""

from __future__ import annotations

import asyncio
import cProfile
import io
import pstats
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import psycopg

from credence.app.bootstrap import Application, assemble
from credence.app.settings import Settings
from credence.demo.content import demo_items
from credence.inference.encoder import SentenceEncoder
from credence.memory.record_events import NewEvent
from credence.planner.counter import Ask
from credence.planner.extraction.lexicon import bundled_lexicon
from scripts.bench.asking import in_turns
from scripts.bench.figure import Figure, percentile
from scripts.bench.recommend import body, instructions, recommended
from scripts.bench.serving import Client, served, timed
from scripts.bench.shelves import Alone
from scripts.bench.worlds import copied_database, events, fill, fresh_database

_TURN = 100  # calls that one side makes before the other's turn
_PEOPLE = 300
_SLOWER = ">= 0.8"
_LONGER = "<= 1.3"


def collaborative(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """The lifecycle with upkeep over the same without, ranking with others over alone, bytes."""
    return [
        *_lifecycle(server, encoder, quick=quick),
        *_ranking(server, encoder, quick=quick),
        *_storage(server, encoder, quick=quick),
    ]


def _lifecycle(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Both sides start from copies of one database, turn by turn; the first turn warms up."""
    figures = []
    people, turns = (100, 3) if quick else (400, 6)
    for each in (3, 15):
        asyncio.run(
            fill(
                fresh_database(server, "bench_untold"),
                encoder,
                events(people, each, seed=each),
                advance=False,
            )
        )
        rates: dict[bool, list[float]] = {False: [], True: []}
        kept = []
        for turn in range(turns):
            for others in (False, True) if turn % 2 else (True, False):
                database = copied_database(server, "bench_told", "bench_untold")
                planned, settled = asyncio.run(_upkeep(database, encoder, others=others))
                if turn:
                    rates[others].append(people * each / (planned + settled))
                    kept += [settled / (planned + settled)] if others else []
        figures.append(
            Figure(
                f"lifecycle with collaborative upkeep, {each} events a run, over without",
                statistics.median(rates[True]),
                statistics.median(rates[False]),
                "events/s",
                _SLOWER,
            )
        )
        share = statistics.median(kept)
        print(f"{each} events a run: the keeper takes {share:.0%} of the time", file=sys.stderr)
    database = copied_database(server, "bench_told", "bench_untold")
    print(asyncio.run(_profile(database, encoder)), file=sys.stderr)
    return figures


async def _upkeep(database: str, encoder: SentenceEncoder, *, others: bool) -> tuple[float, float]:
    """Seconds of the planner and of the keeper, until nothing is left to do."""
    app = await _warm(database, encoder, others=others)
    began = time.perf_counter()
    await app.worker.drain()
    planned = time.perf_counter()
    await app.keeper.settle()
    ended = time.perf_counter()
    await app.close()
    return planned - began, ended - planned


async def _profile(database: str, encoder: SentenceEncoder) -> str:
    app = await _warm(database, encoder, others=True)
    profiler = cProfile.Profile()
    profiler.enable()
    await app.worker.drain()
    await app.keeper.settle()
    profiler.disable()
    await app.close()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(15)
    return text.getvalue()


async def _warm(database: str, encoder: SentenceEncoder, *, others: bool) -> Application:
    """An application that has its models and topics at hand."""
    app = assemble(Settings(worker=False, collaborative=others), database, encoder)
    await app.encoder.embed_phrases([topic.name for topic in bundled_lexicon().topics])
    if app.worker.context.words is not None:
        app.worker.context.words(["The first text loads the table."])
    return app


def _ranking(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Ranking in a world with item memories and in the same one without, by turns."""
    turns = 2 if quick else 6
    told = events(_PEOPLE, 18, seed=1)
    sides = []
    for others in (True, False):
        database = fresh_database(server, f"bench_with{'' if others else 'out'}_others")
        asyncio.run(fill(database, encoder, told, advance=True, collaborative=others))
        sides.append(database)
    with served(sides[0], worker=False) as ours, served(sides[1], worker=False) as bare:
        figures = _over_http(ours, bare, turns=turns)
    return figures + asyncio.run(_in_process(sides[0], encoder, turns=turns))


def _over_http(ours: int, bare: int, *, turns: int) -> list[Figure]:
    dice = random.Random(2)
    words = instructions(dice)
    items = [item.item_id for item in demo_items()]
    figures = []
    for who, among in (("people who come back", 40), ("people of many", _PEOPLE)):
        seconds: list[list[float]] = [[], []]
        for turn in range(turns + 1):
            asked = [body(dice.randrange(among), next(words), items, dice) for _ in range(_TURN)]
            for side, port in enumerate((ours, bare)):
                client = Client(port)  # an idle connection would not outlast the other's turn
                client.call("GET", "/health/ready")
                took = timed([partial(recommended, client, one) for one in asked], callers=1)
                seconds[side] += took if turn else []  # the first turn warms both sides
        figures += [
            Figure(
                f"recommend among 10 over HTTP, {who}, with item memories, "
                f"p{share * 100:.0f}, over without",
                percentile(seconds[0], share),
                percentile(seconds[1], share),
                "ms",
                _LONGER,
            )
            for share in (0.5, 0.99)
        ]
    return figures


async def _in_process(database: str, encoder: SentenceEncoder, *, turns: int) -> list[Figure]:
    """Without a server, and against a shelf that never looks at what others say."""
    app = assemble(Settings(worker=False), database, encoder)
    alone = replace(app.counter, shelf=Alone(app.shelf))
    dice = random.Random(3)
    words = instructions(dice)
    items = [item.item_id for item in demo_items()]
    figures = []
    for what in ("10 candidates", "found candidates"):

        def an_ask(named: bool = what == "10 candidates") -> Ask:
            return Ask(
                tenant="default",
                user_id=f"person-{dice.randrange(40):06d}",
                instruction=next(words),
                candidates=tuple(dice.sample(items, 10)) if named else None,
            )

        seconds = await in_turns((app.counter, alone), an_ask, turns=turns, each=_TURN)
        figures.append(
            Figure(
                f"recommend in process, {what}, with other people, p50, over not looking at them",
                percentile(seconds[0], 0.5),
                percentile(seconds[1], 0.5),
                "ms",
                _LONGER,
            )
        )
    await app.close()
    return figures


def _storage(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Bytes a row with indexes, over those of an event or an item, which are kept anyway."""
    database = fresh_database(server, "bench_storage")
    told = events(200 if quick else 1_000, 18, seed=5)
    asyncio.run(_told_only(database, encoder, told))
    waiting = _bytes_a_row(database, "touched_items")
    asyncio.run(_settled(database, encoder))
    size = partial(_bytes_a_row, database)
    figures = [
        ("a contribution", size("contributions"), "an event", size("events")),
        ("an item memory", size("item_memories"), "an item", size("items")),
        ("an entry of the queue, while it waits", waiting, "an event", size("events")),
    ]
    return [
        Figure(f"storage: {what}, over {than}", ours, theirs, "bytes", "none set")
        for what, ours, than, theirs in figures
    ]


async def _told_only(database: str, encoder: SentenceEncoder, told: Sequence[NewEvent]) -> None:
    await fill(database, encoder, told, advance=False)
    app = assemble(Settings(worker=False), database, encoder)
    await app.worker.drain()
    await app.close()


async def _settled(database: str, encoder: SentenceEncoder) -> None:
    app = assemble(Settings(worker=False), database, encoder)
    await app.keeper.settle()
    await app.close()


def _bytes_a_row(database: str, table: str) -> float:
    with psycopg.connect(database, autocommit=True) as connection:
        row = connection.execute(
            f"SELECT pg_total_relation_size('{table}')::float8, count(*) FROM {table}".encode()
        ).fetchone()
    assert row is not None
    return float(row[0]) / max(1, int(row[1]))
