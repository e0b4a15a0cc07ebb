"""Looking through a catalogue as big as the biggest of InstructRec's: by words and by meaning."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from sqlalchemy import create_engine as sync_engine
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.inference.encoder import SentenceEncoder
from credence.memory.catalogue import Catalogue
from credence.memory.database import create_engine, postgres_url
from credence.memory.model import Embedded, Filters, Item
from credence.memory.tables import item_words, items
from credence.memory.tables.belief import DIMENSION
from credence.memory.unit_of_work import unit_of_work
from scripts.bench.figure import Figure, percentile
from scripts.bench.worlds import NOW, fresh_database

_FULL = {"default": 190_756, "other": 50_000}  # items of each tenant
_LESS = {"default": 8_000, "other": 2_000}
_VOCABULARY, _NAMES, _CATEGORIES = 30_000, 3_000, 300
_SYLLABLES = "ka lo mi ren dra gon tes ur vel sho pin bra qui sto fen wal os ith mar bel"
_ID = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_ROWS = 51  # of a page, and one that says whether there is another
_NEAREST = 30
_QUERIES = 6  # of each kind
_UPSERTED, _AT_A_TIME = 5_000, 500  # items, at least a turn and in one transaction
_QUICK, _SLOWER = "<= 0.1", ">= 0.9"
# Without an index on words too, a frequent one fills a page, and a category has an index.
_LIKEWISE = {
    "a word of one item in a hundred": "<= 1",
    "a frequent word": "<= 2",
    "a frequent word in a category": "<= 2",
    "a frequent word in a category that no item has": "<= 5",
}

# The same search without an index on words, as it was before there was one.
_BY_ILIKE = (
    "SELECT item_id, title, description, categories, creators, attributes FROM items "
    "WHERE tenant_id = :tenant {} ORDER BY item_id LIMIT :limit"
)
_HAS = (
    "AND (title ILIKE :word{0} OR item_id ILIKE :word{0} "
    "OR array_to_string(creators, ' ') ILIKE :word{0})"
)
_EXACT = (
    "SELECT item_id FROM items WHERE tenant_id = :tenant "
    "ORDER BY embedding <#> CAST(:probe AS halfvec) LIMIT :limit"
)

Asked = tuple[Sequence[str], str]  # words, and a category or none


def catalogue(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Pages found by words over ILIKE, by meaning over an exact scan, and what writing costs."""
    del encoder  # vectors are random
    shelf = _Shelf(seed=7)
    database = _filled(server, shelf, _LESS if quick else _FULL)
    return asyncio.run(_measured(database, shelf, turns=2 if quick else 5))


class _Shelf:
    """Items that nobody made: words by Zipf's law, ids as a shop's, vectors of no meaning."""

    def __init__(self, *, seed: int) -> None:
        self._dice = np.random.default_rng(seed)
        made: dict[str, None] = {}
        syllables = _SYLLABLES.split()
        while len(made) < _VOCABULARY:
            chosen = self._dice.choice(syllables, self._dice.integers(2, 5))
            made["".join(chosen)] = None
        self.words = tuple(made)
        self._names = [name.title() for name in self.words[-_NAMES:]]
        ranks = 1 / np.arange(1, _VOCABULARY + 1)
        self._upto = np.cumsum(ranks / ranks.sum())

    def next(self, count: int) -> Iterator[Item]:
        """So many further items."""
        dice = self._dice
        for _ in range(count):
            yield Item(
                item_id="B" + "".join(_ID[place] for place in dice.integers(0, len(_ID), 9)),
                title=self._said(int(dice.integers(3, 9))).title(),
                description=self._said(45),
                categories=(f"category {dice.integers(_CATEGORIES)}",),
                creators=tuple(
                    " ".join(self._names[place] for place in dice.integers(0, _NAMES, 2))
                    for _ in range(dice.integers(1, 3))
                ),
            )

    def vectors(self, count: int) -> NDArray[np.float32]:
        """Unit vectors (count, D)."""
        made = self._dice.standard_normal((count, DIMENSION), dtype=np.float32)
        unit: NDArray[np.float32] = made / np.linalg.norm(made, axis=1, keepdims=True)
        return unit

    def _said(self, count: int) -> str:
        places = np.searchsorted(self._upto, self._dice.random(count))
        return " ".join(self.words[min(place, _VOCABULARY - 1)] for place in places)


def _filled(server: str, shelf: _Shelf, counts: dict[str, int]) -> str:
    """A database of these items; indexes are made at the end, which is quicker."""
    began = time.perf_counter()
    database = fresh_database(server, "bench_catalogue")
    engine = sync_engine(postgres_url(database))
    indexes = [*items.indexes, *item_words.indexes]
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    with psycopg.connect(database) as raw:
        _copied(raw, shelf, counts)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO item_words SELECT tenant_id, item_id, "
                "credence_item_words(tenant_id, item_id, title, creators, categories) FROM items"
            )
        )
        connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        for index in indexes:
            index.create(connection)
    engine.dispose()
    with psycopg.connect(database, autocommit=True) as raw:
        raw.execute("VACUUM ANALYZE")
    told = ", ".join(f"{count:,} of {tenant}" for tenant, count in counts.items())
    print(f"items: {told}, after {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return database


def _copied(raw: psycopg.Connection, shelf: _Shelf, counts: dict[str, int]) -> None:
    register_vector(raw)
    into = (
        "COPY items (tenant_id, item_id, title, description, categories, creators, attributes, "
        "embedding, created_at, updated_at) FROM STDIN (FORMAT BINARY)"
    )
    kinds = ["text"] * 4 + ["text[]"] * 2 + ["jsonb", "halfvec"] + ["timestamptz"] * 2
    with raw.cursor() as cursor, cursor.copy(into) as copy:
        copy.set_types(kinds)
        for tenant, count in counts.items():
            for first in range(0, count, 10_000):
                some = list(shelf.next(min(10_000, count - first)))
                for item, vector in zip(some, shelf.vectors(len(some)), strict=True):
                    copy.write_row(
                        (
                            tenant,
                            item.item_id,
                            item.title,
                            item.description,
                            list(item.categories),
                            list(item.creators),
                            "{}",
                            HalfVector(vector),
                            NOW,
                            NOW,
                        )
                    )


async def _measured(database: str, shelf: _Shelf, *, turns: int) -> list[Figure]:
    engine = create_engine(database)
    figures = []
    for what, asked in _searches(shelf.words).items():
        found, ours, theirs = await _by_turns(
            [partial(_page, engine, one) for one in asked],
            [partial(_by_ilike, engine, one) for one in asked],
            turns=turns,
        )
        figures.append(
            Figure(
                f"page of the catalogue by {what} ({found} rows), p50, over ILIKE without an index",
                ours,
                theirs,
                "ms",
                _LIKEWISE.get(what, _QUICK),
            )
        )
    probes = shelf.vectors(_QUERIES)
    _, ours, theirs = await _by_turns(
        [partial(_nearest, engine, probe) for probe in probes],
        [partial(_scanned, engine, probe) for probe in probes],
        turns=turns,
    )
    what = f"the {_NEAREST} nearest in meaning, p50, over an exact scan"
    figures.append(Figure(what, ours, theirs, "ms", _QUICK))
    figures.append(await _upserted(engine, shelf, turns=2 if turns > 2 else 1))
    await engine.dispose()
    return figures


def _searches(words: Sequence[str]) -> dict[str, list[Asked]]:
    """What is typed. Words stand in order of how often they are said."""
    each = range(_QUERIES)
    return {
        "a rare word": [((words[20_000 + n],), "") for n in each],
        "a word of one item in a hundred": [((words[50 + n],), "") for n in each],
        "a frequent word": [((words[n],), "") for n in each],
        "two words": [((words[n], words[100 + n]), "") for n in each],
        "a word that nobody has": [((f"xyzzy{n}",), "") for n in each],
        "a frequent word in a category": [((words[n],), f"category {n}") for n in each],
        "a frequent word in a category that no item has": [((words[n],), "none") for n in each],
    }


async def _by_turns(
    ours: Sequence[Callable[[], Awaitable[int]]],
    theirs: Sequence[Callable[[], Awaitable[int]]],
    *,
    turns: int,
) -> tuple[str, float, float]:
    """How many rows there were, and the medians in ms; the first turn warms both sides."""
    rows: list[int] = []
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 1):
        for calls, took in zip((ours, theirs), seconds, strict=True):
            for call in calls:
                began = time.perf_counter()
                count = await call()
                if turn:
                    took.append(time.perf_counter() - began)
                elif calls is ours:
                    rows.append(count)
    found = f"{min(rows)} to {max(rows)}" if min(rows) < max(rows) else f"{rows[0]}"
    return found, percentile(seconds[0], 0.5), percentile(seconds[1], 0.5)


async def _page(engine: AsyncEngine, asked: Asked) -> int:
    words, category = asked
    async with unit_of_work(engine) as uow:
        return len(
            await uow.item_search.page("default", words=words, category=category, limit=_ROWS)
        )


async def _by_ilike(engine: AsyncEngine, asked: Asked) -> int:
    words, category = asked
    conditions = [_HAS.format(number) for number in range(len(words))]
    given: dict[str, object] = {f"word{n}": f"%{word}%" for n, word in enumerate(words)}
    if category:
        conditions.append("AND categories @> CAST(:categories AS text[])")
        given["categories"] = [category]
    query = text(_BY_ILIKE.format(" ".join(conditions)))
    async with unit_of_work(engine) as uow:
        rows = await uow.connection.execute(query, {"tenant": "default", "limit": _ROWS, **given})
        return len(rows.all())


async def _nearest(engine: AsyncEngine, probe: NDArray[np.float32]) -> int:
    async with unit_of_work(engine) as uow:
        shelf = uow.catalogue("default")
        (ids,) = await shelf.nearest(probe[None, :], each=_NEAREST, filters=Filters())
        return len(ids)


async def _scanned(engine: AsyncEngine, probe: NDArray[np.float32]) -> int:
    given = {"tenant": "default", "probe": HalfVector(probe).to_text(), "limit": _NEAREST}
    async with unit_of_work(engine) as uow:
        await uow.connection.execute(text("SET LOCAL enable_indexscan = off"))
        return len((await uow.connection.execute(text(_EXACT), given)).all())


class _WithoutWords(Catalogue):
    """The catalogue as it was before there was an index on words."""

    async def _put_words(self, ids: Sequence[str]) -> None:
        pass


async def _upserted(engine: AsyncEngine, shelf: _Shelf, *, turns: int) -> Figure:
    """New items a second, vectors at hand, with words in the index over without any of them."""
    rates: dict[type[Catalogue], list[float]] = {Catalogue: [], _WithoutWords: []}
    for turn in range(turns):
        for side in list(rates) if turn % 2 else reversed(list(rates)):
            vectors = shelf.vectors(_UPSERTED)
            new = [Embedded(*pair) for pair in zip(shelf.next(_UPSERTED), vectors, strict=True)]
            began = time.perf_counter()
            for first in range(0, _UPSERTED, _AT_A_TIME):
                async with unit_of_work(engine) as uow:
                    await side(uow.connection, "default").put(
                        new[first : first + _AT_A_TIME], now=NOW
                    )
            rates[side].append(_UPSERTED / (time.perf_counter() - began))
    return Figure(
        f"upsert of {_UPSERTED:,} items, embedded before, over the same without words to look for",
        statistics.median(rates[Catalogue]),
        statistics.median(rates[_WithoutWords]),
        "items/s",
        _SLOWER,
    )
