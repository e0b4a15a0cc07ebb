"""Collaborative upkeep alone as events become many: adding, keeping, reading and erasing."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.erasure import erase
from credence.app.keeper import Keeper
from credence.inference.encoder import SentenceEncoder
from credence.memory.collaborative.contribution import Contribution, joined
from credence.memory.database import create_engine
from credence.memory.model import Person
from credence.memory.unit_of_work import autocommit, unit_of_work
from scripts.bench.figure import Figure
from scripts.bench.multitude import BUSY, Multitude, plain_insert, put_people
from scripts.bench.worlds import fresh_database

_SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
_A_SECOND = 300  # events that arrive, as many as the lifecycle is to take
_BATCH = 150  # events between two looks of the keeper, which looks twice a second
_PATIENCE = 30 * _A_SECOND  # events that arrive while an item may wait
_LEAST = 3
_COLUMNS = (
    "events | add, events/s | plain insert, events/s | keeper, events/s | items made anew a second"
    " | longest turn, s | contributions, MB | item memories, MB | queue, MB"
)


@dataclass(slots=True, kw_only=True)
class _Stage:
    """What was measured between two sizes."""

    events: int = 0
    added: float = 0.0  # seconds
    plain: float = 0.0
    kept: float = 0.0
    items: int = 0
    longest: float = 0.0  # seconds of a turn


def growth(
    server: str, encoder: SentenceEncoder, *, quick: bool, most: int | None = None
) -> list[Figure]:
    """Up to a million events at 300 a second, as the keeper would meet them; a table on stderr."""
    database = fresh_database(server, "bench_growth")
    most = most or (10_000 if quick else 1_000_000)
    sizes = [size for size in _SIZES if size < most] + [most]
    return asyncio.run(_grown(database, sizes))


async def _grown(database: str, sizes: Sequence[int]) -> list[Figure]:
    put_people(database)
    engine = create_engine(database)
    keeper = Keeper(engine=engine)
    arriving = Multitude(seed=7)
    lately: deque[float] = deque(maxlen=_PATIENCE // _BATCH)  # when batches were added
    figures = []
    _tell(_COLUMNS)
    _tell(" | ".join(["---"] * (_COLUMNS.count("|") + 1)))
    done = 0
    with psycopg.connect(database) as beside:
        beside.execute("CREATE TABLE plain (LIKE contributions INCLUDING ALL)")
        for size in sizes:
            stage = _Stage(events=size - done)
            while done < size:
                told = arriving.next(min(_BATCH, size - done))
                done += len(told)
                await _add(engine, told, stage)
                stage.plain += plain_insert(beside, joined(told))
                lately.append(time.perf_counter())
                full = len(lately) == lately.maxlen
                waited = time.perf_counter() - lately[0] if full else 3600.0
                await _keep(keeper, timedelta(seconds=waited), stage)
            await _report(engine, size, stage)
            figures.append(
                Figure(
                    f"growth: adding contributions, up to {size:,} events, "
                    "over a plain multi-row insert",
                    stage.events / stage.added,
                    stage.events / stage.plain,
                    "events/s",
                    "none set",
                )
            )
            figures.append(
                Figure(
                    f"growth: keeping item memories, up to {size:,} events, over their arrival",
                    stage.events / stage.kept,
                    _A_SECOND,
                    "events/s",
                    ">= 1",
                )
            )
    await _at_the_end(engine, keeper, arriving)
    await engine.dispose()
    return figures


async def _add(engine: AsyncEngine, told: Sequence[Contribution], stage: _Stage) -> None:
    began = time.perf_counter()
    async with unit_of_work(engine) as uow:
        await uow.item_memories.add("default", joined(told))
    stage.added += time.perf_counter() - began


async def _keep(keeper: Keeper, patience: timedelta, stage: _Stage) -> None:
    """Turns until nothing is due, as the keeper takes them."""
    made = 1
    while made:
        began = time.perf_counter()
        made = await keeper.turn(patience=patience)
        took = time.perf_counter() - began
        stage.items += made
        stage.kept += took
        stage.longest = max(stage.longest, took)


async def _report(engine: AsyncEngine, size: int, stage: _Stage) -> None:
    tables = ("contributions", "item_memories", "touched_items")
    async with autocommit(engine) as uow:
        megabytes = [
            (
                await uow.connection.exec_driver_sql(f"SELECT pg_total_relation_size('{table}')")
            ).scalar_one()
            / 1e6
            for table in tables
        ]
    values = [
        f"{size:,}",
        f"{stage.events / stage.added:,.0f}",
        f"{stage.events / stage.plain:,.0f}",
        f"{stage.events / stage.kept:,.0f}",
        f"{stage.items / stage.kept:,.0f}",
        f"{stage.longest:.2f}",
        *(f"{each:,.0f}" for each in megabytes),
    ]
    _tell(" | ".join(values))


async def _at_the_end(engine: AsyncEngine, keeper: Keeper, arriving: Multitude) -> None:
    """Settling, reading about popular items, and erasing somebody busy."""
    nobody, busy = Person("default", ""), Person("default", BUSY)
    popular = arriving.popular(10)
    owner = Person("default", await _with_a_part_in_most(engine, popular))

    async def companions(person: Person, ids: Sequence[str]) -> None:
        async with autocommit(engine) as uow:
            await uow.companions.of(person, dict.fromkeys(ids, 1.0), least=_LEAST, limit=100)

    async def memories(person: Person) -> None:
        async with autocommit(engine) as uow:
            await uow.item_memories.of(person, popular, least=_LEAST)

    async def audiences(person: Person) -> None:
        async with autocommit(engine) as uow:
            await uow.item_memories.audiences(person, popular, least=_LEAST)

    async def queue() -> None:
        async with autocommit(engine) as uow:
            await uow.item_memories.touched(limit=100, patience=timedelta(hours=1), growth=1e9)

    async with autocommit(engine) as uow:
        items = len(await uow.item_memories.touched_by(busy))
        waiting = (
            await uow.connection.exec_driver_sql("SELECT count(*) FROM touched_items")
        ).scalar_one()
    _tell("\nat the end | seconds | longest stall of the event loop, s\n--- | --- | ---")
    await _timed(f"a look at the queue of {waiting:,} entries", queue)
    await _timed("settling", keeper.settle)
    for what, ids in (("the most popular item", popular[:1]), ("four popular items", popular[:4])):
        await _timed(f"companions of {what}", partial(companions, nobody, ids))
    await _timed("memories of ten popular items, for a stranger", partial(memories, nobody))
    await _timed(
        "memories of ten popular items, for somebody who spoke of most of them",
        partial(memories, owner),
    )
    await _timed("audiences of ten popular items, for the same", partial(audiences, owner))
    await _timed(f"erasing somebody with {items:,} items", partial(erase, busy, engine=engine))


async def _with_a_part_in_most(engine: AsyncEngine, items: Sequence[str]) -> str:
    async with autocommit(engine) as uow:
        row = await uow.connection.exec_driver_sql(
            "SELECT user_id FROM contributions WHERE item_id = ANY(%s) AND user_id <> %s "
            "GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT 1",
            (list(items), BUSY),
        )
        return str(row.scalar_one())


async def _timed(what: str, work: Callable[[], Awaitable[object]]) -> None:
    """Seconds that it takes, and the longest that the rest of the process waits meanwhile."""
    stalls = [0.0]

    async def pulse() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.002)
            stalls.append(time.perf_counter() - before - 0.002)

    beating = asyncio.create_task(pulse())
    await asyncio.sleep(0.01)
    began = time.perf_counter()
    await work()
    took = time.perf_counter() - began
    await asyncio.sleep(0)
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating
    _tell(f"{what} | {took:.3f} | {max(stalls):.3f}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
