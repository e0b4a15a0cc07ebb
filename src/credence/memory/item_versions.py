"""Which version of an item the catalogue holds, for whoever keeps some at hand."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.catalogue import ITEM, item_of
from credence.memory.model import Embedded
from credence.memory.tables import items
from credence.memory.vectors import as_bytes, from_bytes


class ItemVersions:
    """Reads items with the transaction that wrote them, which names the version exactly.

    Every put gives its rows the number of its own transaction, and of what one transaction wrote
    to a row others see but the last; so one id with one number is one content, until the numbers
    come round after four billion transactions.
    """

    def __init__(self, connection: AsyncConnection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    async def now(self, ids: Sequence[str]) -> dict[str, str]:
        """Versions of those of these items that exist."""
        rows = await self._connection.execute(_NOW, {"tenant": self._tenant, "ids": list(ids)})
        return {row.item_id: row.version for row in rows}

    async def get(self, ids: Sequence[str]) -> dict[str, tuple[str, Embedded]]:
        """Those of these items that exist, each with its version."""
        rows = await self._connection.execute(_GET, {"tenant": self._tenant, "ids": list(ids)})
        return {
            row.item_id: (row.version, Embedded(item_of(row), from_bytes(row.vector)))
            for row in rows
        }


VERSION = literal_column("items.xmin::text", Text).label("version")
_SOME = (
    items.c.tenant_id == bindparam("tenant"),
    items.c.item_id == func.any(bindparam("ids", type_=ARRAY(Text))),
)
_NOW = select(items.c.item_id, VERSION).where(*_SOME)
_GET = select(*ITEM, VERSION, as_bytes(items.c.embedding).label("vector")).where(*_SOME)
