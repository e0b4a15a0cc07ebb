"""Collaborative memory made anew from the event log, for when its rules or words change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta

from credence.app.bootstrap import Application
from credence.memory.collaborative.contribution import Contribution, joined
from credence.memory.errors import PersonBusy, UserNotFound
from credence.memory.model import Belief, Person
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.context import Words
from credence.planner.contributing import contributed
from credence.planner.extraction.witnessed import witnessed

_PEOPLE = 100  # that one look at the list of people brings
_EVENTS = 500  # of one person that are read at a time
_WAIT = timedelta(seconds=30)  # for somebody whom the planner is working on
_TRIES = 3  # at somebody of whom more is shared while they are read


async def rebuild(
    tenant: str,
    app: Application,
    *,
    words: Words,
    wait: timedelta = _WAIT,
    done: Callable[[int], None] = lambda people: None,
) -> int:
    """Read every consumed event of the tenant again, and make all memories anew; how many people.

    One person at a time and under a lease, so the planner may go on meanwhile. Whoever it is busy
    with for longer than `wait` is tried again at the end; raises PersonBusy if it still is, when
    everybody else is done. `done` is told how many people have been read.
    """
    people = 0
    busy: list[Person] = []
    still: PersonBusy | None = None
    async for person in _everybody(tenant, app, again=busy):
        try:
            read = await _read_again(person, app, words, wait)
        except PersonBusy as error:
            if person in busy:
                still = still or error
            else:
                busy.append(person)
            continue
        if read:
            people += 1
            done(people)
    await app.keeper.settle()
    if still:
        raise still
    return people


async def _everybody(
    tenant: str, app: Application, *, again: Sequence[Person]
) -> AsyncIterator[Person]:
    """In order of id; then those who by then are in `again`."""
    after = None
    while True:
        async with autocommit(app.engine) as uow:
            page = await uow.people.page(tenant, after=after, limit=_PEOPLE)
        for one in page:
            yield Person(tenant, one.user_id)
        if len(page) < _PEOPLE:
            break
        after = page[-1].user_id
    for person in again:
        yield person


async def _read_again(person: Person, app: Application, words: Words, wait: timedelta) -> bool:
    """False for somebody erased meanwhile. Raises PersonBusy, also where more is shared of the
    person again and again before what was read is written."""
    for _ in range(_TRIES):
        try:
            if await _replaced(person, app, words, wait):
                return True
        except UserNotFound:
            return False
    raise PersonBusy(person.user_id)


async def _replaced(person: Person, app: Application, words: Words, wait: timedelta) -> bool:
    """Whether the lease held until all was written. Raises UserNotFound, PersonBusy."""
    async with app.worker.leases.holding(person, wait=wait) as token:
        async with autocommit(app.engine) as uow:
            shared_to = (await uow.beliefs.load(person)).shared_to
        parts = await _brought(person, app, words, shared_to)
        async with unit_of_work(app.engine) as uow:
            if not await uow.people.lock_for(person, token=token, shared_to=shared_to):
                return False
            await uow.item_memories.replace(person, joined(parts))
    return True


async def _brought(
    person: Person, app: Application, words: Words, shared_to: int
) -> list[Contribution]:
    """What the person's events up to this one bring. Raises UserNotFound."""
    extractor = app.worker.context.reader
    parts: list[Contribution] = []
    last = 0
    while last < shared_to:
        async with autocommit(app.engine) as uow:
            events = await uow.events.after(person, last, limit=_EVENTS)
            named = sorted({event.item_id for event in events if event.item_id is not None})
            items = await uow.catalogue(person.tenant).get(named) if named else {}
        if not events:  # erased meanwhile
            raise UserNotFound(person.user_id)
        consumed = [witnessed(event, items) for event in events if event.seq <= shared_to]
        said = (await extractor(Belief(), consumed)).said
        parts += contributed(person, consumed, said, words)
        last = events[-1].seq
    return parts
