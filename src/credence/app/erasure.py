"""Erasing a person: their rows, and their part in what people together say."""

from __future__ import annotations

from itertools import islice

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.model import Person
from credence.memory.unit_of_work import unit_of_work

_ITEMS = 10  # whose memories are made anew at a time: others have their turn in between


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
        rows = await uow.people.erase(person)
        rows["planner_threads"] = await uow.threads.forget(person)
        while some := list(islice(touched, _ITEMS)):
            await uow.item_memories.remember(person.tenant, some)
    return rows
