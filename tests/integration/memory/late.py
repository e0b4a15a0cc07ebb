"""A book that comes after what was said of it, for tests."""

from __future__ import annotations

from typing import Any

import psycopg

from credence.app.bootstrap import Application
from credence.app.stock import put_items
from credence.memory.model import Belief, Evidence, Item, Person
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import (
    LENIENT,
    NOW,
    WAIT,
    an_event,
    record,
)

ADA = Person("default", "ada")
BOOK = Item(item_id="to-come", title="The Job", categories=("heists",))
REVIEW = "I love vampire stories."
EARLY = an_event(text=REVIEW, item_id="to-come", rating=5.0)


async def said_early(app: Application, *, user_id: str = "ada", **rest: Any) -> Person:
    """Somebody who reviewed the book before it was known; the planner has consumed it."""
    given: dict[str, Any] = {"text": REVIEW, "item_id": "to-come", "rating": 5.0} | rest
    await record(app, [an_event(user_id, **given)], intake=LENIENT)
    person = Person("default", user_id)
    await app.worker.advance(person, wait=WAIT)
    return person


async def put(app: Application, *items: Item, tenant: str = "default") -> None:
    await put_items(tenant, items or (BOOK,), encoder=app.encoder, engine=app.engine, now=NOW)


async def belief_of(app: Application, person: Person = ADA) -> Belief:
    async with autocommit(app.engine) as uow:
        return (await uow.beliefs.load(person)).belief


async def evidence_of(app: Application, person: Person = ADA) -> dict[str, list[Evidence]]:
    """By the words of the chunk."""
    belief = await belief_of(app, person)
    async with autocommit(app.engine) as uow:
        return {
            chunk.text: list(await uow.beliefs.evidence_of(person, [chunk.chunk_id], limit=99))
            for chunk in belief.active
        }


def rows_in(database: str, query: str) -> list[Any]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode()).fetchall()


def unlinked_in(database: str) -> list[Any]:
    return rows_in(database, "SELECT tenant_id, user_id, seq, item_id FROM unlinked ORDER BY 1,2,3")
