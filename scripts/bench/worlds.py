"""Databases to measure on: the demo catalogue, and people made of the demo's people."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from credence.app import schema
from credence.app.bootstrap import Application, assemble
from credence.app.settings import Settings
from credence.app.stock import put_items
from credence.demo.content import demo_items, demo_people
from credence.inference.encoder import SentenceEncoder
from credence.memory.model import Action
from credence.memory.record_events import Intake, NewEvent, record_events

NOW = datetime.now(UTC)


def events(people: int, each: int, *, seed: int) -> list[NewEvent]:
    """Reviews of the demo catalogue in words of the demo's people, newly combined."""
    dice = random.Random(seed)
    items = [item.item_id for item in demo_items()]
    texts = [event.text for person in demo_people() for event in person.events if event.text]
    return [
        NewEvent(
            user_id=f"person-{person:06d}",
            action=Action.REVIEW,
            item_id=dice.choice(items),
            rating=dice.choice([1.0, 2.0, 3.0, 4.0, 4.5, 5.0]),
            text=" ".join(dice.sample(texts, 2)),
            metadata={},
            occurred_at=NOW - timedelta(days=each - number),
        )
        for person in range(people)
        for number in range(each)
    ]


def as_json(event: NewEvent) -> dict[str, Any]:
    return {
        "user_id": event.user_id,
        "action": event.action.value,
        "item_id": event.item_id,
        "rating": event.rating,
        "text": event.text,
        "occurred_at": event.occurred_at.isoformat(),
    }


def fresh_database(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = server.replace("/postgres?", f"/{name}?")
    schema.upgrade(url)
    return url


def copied_database(server: str, name: str, source: str) -> str:
    """A copy of a database to which nobody is connected."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
    return server.replace("/postgres?", f"/{name}?")


async def fill(
    database: str,
    encoder: SentenceEncoder,
    told: Sequence[NewEvent],
    *,
    advance: bool,
    collaborative: bool = True,
) -> None:
    """The demo catalogue and these events, taken through the planner if wanted."""
    settings = Settings(worker=False, collaborative=collaborative)
    app = assemble(settings, database, encoder)
    await put_items("default", demo_items(), encoder=app.encoder, engine=app.engine, now=NOW)
    await ingest(app, told)
    if advance:
        await app.worker.drain()
        await app.keeper.settle()
    await app.close()


async def ingest(app: Application, told: Sequence[NewEvent]) -> None:
    intake = Intake(unknown_users="create")
    for first in range(0, len(told), 1000):
        await record_events(
            told[first : first + 1000], tenant="default", now=NOW, intake=intake, engine=app.engine
        )
