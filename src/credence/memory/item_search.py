"""The catalogue as people look through it: by words, by category, in order of id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Text, bindparam, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.catalogue import ITEM, item_of
from credence.memory.model import Item
from credence.memory.people_order import may_be_stored
from credence.memory.tables import item_memories, items

MOST_WORDS = 8  # of a query; what comes after them narrows nothing any more


class ItemSearch:
    """Reads of many items at once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self,
        tenant: str,
        *,
        words: Sequence[str] = (),
        category: str = "",
        after: str | None = None,
        limit: int,
    ) -> tuple[Item, ...]:
        """Items in order of id, past `after`, that have every word and the category.

        A word may stand anywhere in the title, a creator's name or the id, in whatever case, be
        part of a longer one and hold anything. Without an index: a word that hardly any item has
        reads the tenant's whole catalogue, a frequent one fills the page at once.
        """
        if not all(map(may_be_stored, (*words, category))):  # nor is any item's title
            return ()
        query = (
            select(*ITEM)
            .where(items.c.tenant_id == tenant, *map(_has, words[:MOST_WORDS]))
            .order_by(items.c.item_id)
            .limit(limit)
        )
        if category:
            query = query.where(items.c.categories.contains([category]))
        if after is not None:
            query = query.where(items.c.item_id > after)
        return tuple(item_of(row) for row in await self._connection.execute(query))

    async def people(self, tenant: str, ids: Sequence[str]) -> Mapping[str, int]:
        """How many people the memory of each of these items is made of; none are left out."""
        rows = await self._connection.execute(
            select(item_memories.c.item_id, item_memories.c.contributions)
            .where(item_memories.c.tenant_id == tenant)
            .where(item_memories.c.item_id == func.any(literal(list(ids), ARRAY(Text))))
        )
        return {row.item_id: row.contributions for row in rows}


def _has(word: str) -> ColumnElement[bool]:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = bindparam(None, f"%{escaped}%", Text)
    creators = func.array_to_string(items.c.creators, " ")
    return or_(*(text.ilike(pattern) for text in (items.c.title, items.c.item_id, creators)))
