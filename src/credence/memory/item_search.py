"""The catalogue as people look through it: by words, by category, in order of id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.catalogue import ITEM, item_of
from credence.memory.model import Item
from credence.memory.people_order import may_be_stored
from credence.memory.tables import item_memories, item_words, items

# A plan for the values at hand: by the index for a word that few items have, along the primary
# key for one that many have. One for any values would not know which of them it is.
_PLANNED = select(func.set_config("plan_cache_mode", "force_custom_plan", True))


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

        Each word must begin a word of the title, of a creator's name or of the id, whatever its
        case and accents. Words end at blanks and punctuation: "o'brien" is two, both of which
        must begin one, and a word of nothing but punctuation counts where no other was typed. Each
        character of Chinese or Japanese is a word. Of more than eight words the longest eight
        count. The category is matched whole. Needs a transaction, which its settings last for.
        """
        if not all(map(may_be_stored, (*words, category))):  # nor is any item's title
            return ()
        query = select(*ITEM).order_by(items.c.item_id)
        table = items
        if words or category:
            table = item_words
            await self._connection.execute(_PLANNED)
        found = select(table.c.item_id).where(table.c.tenant_id == tenant)
        if words or category:
            sought = func.credence_sought(tenant, " ".join(words), category)
            found = found.where(table.c.words.bool_op("@@")(sought))
        if after is not None:
            found = found.where(table.c.item_id > after)
        ids = found.order_by(table.c.item_id).limit(limit).subquery()
        query = query.join(ids, ids.c.item_id == items.c.item_id).where(items.c.tenant_id == tenant)
        return tuple(item_of(row) for row in await self._connection.execute(query))

    async def people(self, tenant: str, ids: Sequence[str]) -> Mapping[str, int]:
        """How many people the memory of each of these items is made of; none are left out."""
        rows = await self._connection.execute(
            select(item_memories.c.item_id, item_memories.c.contributions)
            .where(item_memories.c.tenant_id == tenant)
            .where(item_memories.c.item_id == func.any(literal(list(ids), ARRAY(Text))))
        )
        return {row.item_id: row.contributions for row in rows}
