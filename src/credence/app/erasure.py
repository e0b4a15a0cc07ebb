"""Erasing a person: their rows, and their part in what people together say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.memory.model import Person
from credence.memory.unit_of_work import unit_of_work

_ITEMS = 10  # whose memories are made anew at a time: others have their turn in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure took: rows by table, and when."""

    person: Person
    at: datetime
    rows: Mapping[str, int]


async def erase_everywhere(app: Application, person: Person) -> Erased:
    """Erase a person from the database and from what this process keeps at hand.

    Neither waits for a planner run nor is stopped by one: the run then finds nobody to write
    about. Raises UserNotFound.
    """
    await app.shelf.impressions.settle()
    rows = await erase(person, engine=app.engine)
    app.shelf.erased(person)
    return Erased(person=person, at=utc_now(), rows=rows)


async def erase(person: Person, *, engine: AsyncEngine) -> dict[str, int]:
    """Delete every row about the person, and take the person out of those that the accounts keep;
    counts by table. Raises UserNotFound.

    In the same transaction every item they had a part in is remembered anew from what others
    brought, so that what is left is what would be there had they never come.
    """
    async with unit_of_work(engine) as uow:
        await uow.item_memories.lock(person.tenant)
        await uow.people.lock(person.tenant, [person.user_id])
        touched = iter(await uow.item_memories.touched_by(person))
        kept_of_a_run = await uow.threads.forget(person)
        rows = await uow.people.erase(person)
        rows["planner_threads"] = kept_of_a_run
        while some := list(islice(touched, _ITEMS)):
            await uow.item_memories.remember(person.tenant, some)
    return rows
