"""The queue of touched items, read again by whoever has waited for its turn."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.tables import touched_items


class TouchedItems:
    """Reads entries of the queue by their numbers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def still(self, tenant: str, numbers: Sequence[int]) -> frozenset[int]:
        """Those of these entries that nobody has taken off the queue."""
        rows = await self._connection.execute(
            select(touched_items.c.number).where(
                touched_items.c.tenant_id == tenant,
                touched_items.c.number == func.any(literal(list(numbers), ARRAY(BigInteger))),
            )
        )
        return frozenset(row.number for row in rows)
