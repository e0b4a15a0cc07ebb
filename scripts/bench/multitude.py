"""A synthetic multitude: people without a face who speak of items by Zipf's law."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg

from credence.memory.collaborative.contribution import Contribution, contribution
from credence.memory.item_memory_rows import contribution_row
from credence.memory.model import Action
from credence.memory.tables.belief import DIMENSION
from scripts.bench.worlds import NOW

_PEOPLE = 50_000
_ITEMS = 10_000
_TEXTS = 2_000  # vectors that stand for what people write
_TOPICS = tuple(f"topic {number}" for number in range(40))
_BUSY_SHARE = 0.001  # of all events are those of one busy person
_SPACING = timedelta(seconds=1 / 300)
BUSY = "person-000000"


class Multitude:
    """Events of 50,000 people about 10,000 items, one after another."""

    def __init__(self, *, seed: int) -> None:
        self._dice = np.random.default_rng(seed)
        texts = self._dice.standard_normal((_TEXTS, DIMENSION)).astype(np.float32)
        self._texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)
        ranks = np.arange(1, _ITEMS + 1)
        self._chances = (1 / ranks) / (1 / ranks).sum()
        self._clock = datetime(2020, 1, 1, tzinfo=UTC)

    def popular(self, count: int) -> list[str]:
        """The items spoken of most."""
        return [_item(number) for number in range(count)]

    def next(self, count: int) -> list[Contribution]:
        """What so many further events bring."""
        dice = self._dice
        people = dice.integers(1, _PEOPLE, count)
        people[dice.random(count) < _BUSY_SHARE] = 0
        items = dice.choice(_ITEMS, count, p=self._chances)
        texts = dice.integers(0, _TEXTS, count)
        ratings = dice.integers(2, 11, count) / 2
        topics = dice.integers(0, len(_TOPICS), (count, 2))
        self._clock += count * _SPACING
        return [
            contribution(
                item_id=_item(items[index]),
                user_id=f"person-{people[index]:06d}",
                action=Action.REVIEW,
                attitude=float(ratings[index] / 2.5 - 1),
                rating=float(ratings[index]),
                at=self._clock,
                words=self._texts[texts[index]],
                praised=[_TOPICS[topics[index, 0]]],
                blamed=[_TOPICS[topics[index, 1]]],
            )
            for index in range(count)
        ]


def _item(number: int) -> str:
    return f"item-{number:05d}"


def put_people(database: str) -> None:
    """A row for everybody."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO users (tenant_id, user_id, created_at) "
            "SELECT 'default', 'person-' || lpad(n::text, 6, '0'), %s "
            f"FROM generate_series(0, {_PEOPLE - 1}) n".encode(),
            [NOW],
        )


def plain_insert(connection: psycopg.Connection, told: Sequence[Contribution]) -> float:
    """Seconds of one INSERT ... VALUES of all these rows into `plain`, committed."""
    rows = [contribution_row("default", part) for part in told]
    for row in rows:
        row["words"] = None if row["words"] is None else row["words"].to_text()
    began = time.perf_counter()
    names = list(rows[0])
    one = "(" + ",".join(["%s"] * len(names)) + ")"
    connection.execute(
        f"INSERT INTO plain ({', '.join(names)}) VALUES {','.join([one] * len(rows))} "
        "ON CONFLICT DO NOTHING".encode(),
        [row[name] for row in rows for name in names],
    )
    connection.commit()
    return time.perf_counter() - began
