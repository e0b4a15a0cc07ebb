"""Items and stories of a tenant's database, so that systems are compared on its own people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.model import Event, Item
from credence.memory.unit_of_work import autocommit
from credence.replay.people import Interaction

_PEOPLE = 200  # whose events one look at the log brings
_ITEMS = 1_000


async def tenant_stories(
    engine: AsyncEngine,
    tenant: str,
    items: Sequence[Item],
    *,
    done: Callable[[int], None] = lambda people: None,
) -> AsyncIterator[tuple[str, tuple[Interaction, ...]]]:
    """What people did with these items, person by person, oldest first; of the people whom one
    look brings no more is held at a time.

    The instruction of an interaction is that of the recommendation which its event cites. Events
    about nothing, or about other items, are left out, and people without any that is left. `done`
    is told how many people have been read; a server may go on meanwhile.
    """
    known = {item.item_id for item in items}
    read, after = 0, None
    while True:
        async with autocommit(engine) as uow:
            page = await uow.people.page(tenant, after=after, limit=_PEOPLE)
            rows = await uow.events.of_people(tenant, [one.user_id for one in page])
        if not page:
            return
        of_known = (row for row in rows if row[1].item_id in known)
        for user_id, own in groupby(of_known, key=lambda row: row[0]):
            yield user_id, tuple(_interaction(event, asked) for _, event, asked in own)
        read, after = read + len(page), page[-1].user_id
        done(read)


async def tenant_items(engine: AsyncEngine, tenant: str) -> tuple[Item, ...]:
    """The catalogue, by id."""
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
