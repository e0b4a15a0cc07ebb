"""Interactions and items of a tenant's database, so that systems are compared on its own people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.model import Event, Item
from credence.memory.unit_of_work import autocommit
from credence.replay.build.raw import Raw
from credence.replay.people import Interaction

_PEOPLE = 200  # whose events one look at the log brings
_ITEMS = 1_000


async def read_tenant(
    engine: AsyncEngine, tenant: str, *, done: Callable[[int], None] = lambda people: None
) -> Raw:
    """Everything recorded about items that are in the catalogue.

    The instruction of an interaction is that of the recommendation which its event cites. Events
    about nothing, or about items that were deleted, are left out. `done` is told how many people
    have been read; a server may go on meanwhile.
    """
    items = await _items(engine, tenant)
    known = {item.item_id for item in items}
    told: dict[str, list[Interaction]] = defaultdict(list)
    read, after = 0, None
    while True:
        async with autocommit(engine) as uow:
            page = await uow.people.page(tenant, after=after, limit=_PEOPLE)
            rows = await uow.events.of_people(tenant, [one.user_id for one in page])
        if not page:
            return Raw(whence=f"tenant {tenant!r}", items=items, told=told)
        for user_id, event, asked in rows:
            if event.item_id in known:
                told[user_id].append(_interaction(event, asked))
        read, after = read + len(page), page[-1].user_id
        done(read)


async def _items(engine: AsyncEngine, tenant: str) -> tuple[Item, ...]:
    items: list[Item] = []
    while True:
        async with autocommit(engine) as uow:
            after = items[-1].item_id if items else None
            page = await uow.catalogue(tenant).page(after=after, limit=_ITEMS)
        if not page:
            return tuple(items)
        items += page


def _interaction(event: Event, asked: str) -> Interaction:
    return Interaction(
        item_id=event.item_id or "",
        rating=event.rating,
        review=event.text,
        timestamp=event.occurred_at,
        action=event.action,
        instruction=" ".join(asked.split()) or None,
    )
