"""Putting items into the catalogue: embedded in batches before the transaction opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.inference.encoder import BatchingEncoder
from credence.memory.catalogue import Catalogue
from credence.memory.errors import Conflict, ItemNotFound
from credence.memory.model import Embedded, Item
from credence.memory.unit_of_work import unit_of_work
from credence.planner.ranking.item_text import item_texts, item_vectors

_TRIES = 2  # a patch that met another writer is made once more, on what that one wrote


async def put_items(
    tenant: str,
    items: Sequence[Item],
    *,
    encoder: BatchingEncoder,
    engine: AsyncEngine,
    now: datetime,
) -> int:
    """Insert or replace items; the number that were new. Of two with one id the last counts.

    People who had to do with a new one before it came are due for the planner.
    """
    last = list({item.item_id: item for item in items}.values())
    if not last:
        return 0
    rows = await _embedded(last, encoder)
    async with unit_of_work(engine) as uow:
        new = await _put(uow.catalogue(tenant), rows, encoder=encoder, now=now)
        if new:
            await uow.unlinked.items_came(tenant, sorted(new))
    return len(new)


async def patch_item(
    tenant: str,
    item_id: str,
    change: Callable[[Item], Item],
    *,
    encoder: BatchingEncoder,
    engine: AsyncEngine,
    now: datetime,
) -> Item:
    """Replace an item by what `change` makes of it, as it is; the new one.

    Embeds first, then looks again under a lock: what others wrote meanwhile is not overwritten,
    and what they deleted stays deleted. Raises ItemNotFound, Conflict.
    """
    for _ in range(_TRIES):
        async with unit_of_work(engine) as uow:
            found = await uow.catalogue(tenant).get([item_id])
        if item_id not in found:
            raise ItemNotFound(item_id)
        before = found[item_id].item
        changed = change(before)
        rows = await _embedded([changed], encoder)
        async with unit_of_work(engine) as uow:
            catalogue = uow.catalogue(tenant)
            now_there = await catalogue.locked(item_id)
            if now_there is None:
                raise ItemNotFound(item_id)
            if now_there == before:
                await _put(catalogue, rows, encoder=encoder, now=now)
                return changed
    raise Conflict(
        f"item {item_id!r} was changed by others at the same time: nothing was written",
        field="item_id",
        fix="read the item again and repeat the request",
    )


async def _embedded(items: Sequence[Item], encoder: BatchingEncoder) -> list[Embedded]:
    vectors = item_vectors(await encoder.embed_bulk(item_texts(items)))
    return [Embedded(item, vector) for item, vector in zip(items, vectors, strict=True)]


async def _put(
    catalogue: Catalogue, rows: Sequence[Embedded], *, encoder: BatchingEncoder, now: datetime
) -> frozenset[str]:
    await catalogue.claim_encoder(encoder.name, encoder.dimension)
    return await catalogue.put(rows, now=now)
