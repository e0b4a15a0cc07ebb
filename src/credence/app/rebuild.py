"""Collaborative memory made anew from the event log, for when its rules or words change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from credence.app.bootstrap import Application
from credence.memory.collaborative.contribution import Contribution, joined
from credence.memory.errors import UserNotFound
from credence.memory.model import Belief, Person
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.context import Words
from credence.planner.contributing import contributed
from credence.planner.extraction.witnessed import witnessed

_PEOPLE = 100  # that one look at the list of people brings
_EVENTS = 500  # of one person that are read at a time
_WAIT = timedelta(seconds=30)  # for somebody whom the planner is working on


async def rebuild(
    tenant: str,
    app: Application,
    *,
    words: Words,
    done: Callable[[int], None] = lambda people: None,
) -> int:
    """Read every consumed event of the tenant again, and make all memories anew; how many people.

    One person at a time and under a lease, so the planner may go on meanwhile. `done` is told how
    many people have been read.
    """
    people, after = 0, None
    while True:
        async with autocommit(app.engine) as uow:
            page = await uow.people.page(tenant, after=after, limit=_PEOPLE)
        if not page:
            break
        for one in page:
            try:
                await _read_again(Person(tenant, one.user_id), app, words)
            except UserNotFound:  # erased since the page was read
                continue
            people += 1
            done(people)
        after = page[-1].user_id
    await app.keeper.settle()
    return people


async def _read_again(person: Person, app: Application, words: Words) -> None:
    extractor = app.worker.context.reader
    async with app.worker.leases.holding(person, wait=_WAIT):
        async with autocommit(app.engine) as uow:
            shared_to = (await uow.beliefs.load(person)).shared_to
        parts: list[Contribution] = []
        last = 0
        while last < shared_to:
            async with autocommit(app.engine) as uow:
                events = await uow.events.after(person, last, limit=_EVENTS)
                named = sorted({event.item_id for event in events if event.item_id is not None})
                items = await uow.catalogue(person.tenant).get(named) if named else {}
            consumed = [witnessed(event, items) for event in events if event.seq <= shared_to]
            said = (await extractor(Belief(), consumed)).said
            parts += contributed(person, consumed, said, words)
            last = events[-1].seq
        async with unit_of_work(app.engine) as uow:
            if person.user_id not in await uow.people.lock(person.tenant, [person.user_id]):
                raise UserNotFound(person.user_id)
            await uow.item_memories.replace(person, joined(parts))
