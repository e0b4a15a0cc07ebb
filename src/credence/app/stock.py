"""Putting items into the catalogue: embedded in batches before the transaction opens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.inference.encoder import BatchingEncoder
from credence.memory.model import Embedded, Item
from credence.memory.unit_of_work import unit_of_work
from credence.planner.ranking.item_text import item_texts, item_vectors


async def put_items(
    tenant: str,
    items: Sequence[Item],
    *,
    encoder: BatchingEncoder,
    engine: AsyncEngine,
    now: datetime,
) -> int:
    """Insert or replace items; the number that were new. Of two with one id the last counts."""
    last = list({item.item_id: item for item in items}.values())
    if not last:
        return 0
    vectors = item_vectors(await encoder.embed_bulk(item_texts(last)))
    rows = [Embedded(item, vector) for item, vector in zip(last, vectors, strict=True)]
    async with unit_of_work(engine) as uow:
        catalogue = uow.catalogue(tenant)
        await catalogue.claim_encoder(encoder.name, encoder.dimension)
        return await catalogue.put(rows, now=now)
