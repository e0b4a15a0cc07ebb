"""A few items and people in a real database, and the planner run over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import psycopg

from credence.app.bootstrap import Application
from credence.app.stock import put_items
from credence.demo.content import DemoPerson, demo_items, demo_people
from credence.memory.model import Action, Item, Person
from credence.memory.record_events import Intake, NewEvent, Outcome, record_events
from credence.memory.tables import metadata

NOW = datetime.now(UTC)
OPEN = Intake(unknown_users="create")
LENIENT = Intake(unknown_users="create", unknown_items="accept")
WAIT = timedelta(seconds=5)  # for somebody else's run


def an_event(
    user_id: str = "ada", *, text: str = "", days_ago: float = 0, **rest: object
) -> NewEvent:
    given: dict[str, object] = {
        "user_id": user_id,
        "action": Action.REVIEW,
        "occurred_at": NOW - timedelta(days=days_ago),
        "text": text,
        "metadata": {},
    }
    return NewEvent(**(given | rest))  # type: ignore[arg-type]


async def record(
    app: Application, rows: Sequence[NewEvent], *, tenant: str = "default", intake: Intake = OPEN
) -> tuple[Outcome, ...]:
    return await record_events(rows, tenant=tenant, now=NOW, intake=intake, engine=app.engine)


async def stocked(app: Application, *, tenant: str = "default", most: int = 60) -> None:
    await put_items(tenant, demo_items()[:most], encoder=app.encoder, engine=app.engine, now=NOW)


async def shelved(app: Application, ids: Iterable[str], *, tenant: str = "default") -> None:
    """Put items into the catalogue that are known by their ids alone."""
    rows = [Item(item_id=item_id, title=item_id.title()) for item_id in ids]
    await put_items(tenant, rows, encoder=app.encoder, engine=app.engine, now=NOW)


def told_by(person: DemoPerson, *, user_id: str | None = None) -> list[NewEvent]:
    """A demo person's history as events."""
    return [
        an_event(
            user_id or person.user_id,
            text=event.text,
            days_ago=event.days_ago,
            item_id=event.item_id,
            action=event.action,
            rating=event.rating,
        )
        for event in person.events
    ]


async def with_an_unlinked_event(app: Application, person: Person) -> None:
    """Let the planner consume an event about an item that nobody knows."""
    event = an_event(person.user_id, text="Lyrical prose.", item_id="to-come")
    await record(app, [event], tenant=person.tenant, intake=LENIENT)
    await app.worker.advance(person, wait=WAIT)


async def a_person_with_a_belief(
    app: Application, *, tenant: str = "default", user_id: str = "ada", batch: int = 3
) -> Person:
    """Somebody whose history went through the planner in several runs."""
    await stocked(app, tenant=tenant, most=len(demo_items()))
    history = told_by(demo_people()[0], user_id=user_id)
    for start in range(0, len(history), batch):
        await record(app, history[start : start + batch], tenant=tenant)
        await app.worker.drain()
    return Person(tenant, user_id)


def dump(database: str, *, without: str | None = None) -> str:
    """Every row of every table as text, sorted, so that two states can be compared."""
    rows = []
    with psycopg.connect(database) as connection:
        for table in metadata.sorted_tables:
            for (row,) in connection.execute(f"SELECT t::text FROM {table.name} t".encode()):
                rows.append(f"{table.name}: {row}")
    return "\n".join(sorted(row for row in rows if without is None or without not in row))
