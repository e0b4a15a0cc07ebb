"""All that ranking named candidates needs to ask, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.beliefs import Head
from credence.memory.item_versions import VERSION
from credence.memory.model import Person
from credence.memory.raw_memories import (
    COLUMNS,
    IS_UNKNOWN,
    OWN,
    STORED,
    WANTED,
    RawMemory,
    asked_for,
    raw_of,
)
from credence.memory.tables import contributions, item_memories, items, users


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one moment: where the person stands, which items exist, and what is said of them."""

    head: Head | None  # None: there is nobody of that id
    versions: Mapping[str, str]
    memories: Mapping[str, RawMemory]  # those asked for, and those the person has a part in


class Visits:
    """Reads of people, items and memories together: what costs most is asking at all."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def see(self, person: Person, ids: Sequence[str], *, unknown: Sequence[str]) -> Seen:
        """As `Beliefs.head`, `ItemVersions.now` and `RawMemories.read`. At least one item."""
        result = await self._connection.execute(_SEE, asked_for(person, ids, unknown))
        rows = result.all()
        first = rows[0]
        asked = frozenset(unknown)
        return Seen(
            head=None
            if first.created_at is None
            else Head(first.created_at, first.revision, first.last_seq),
            versions={row.item_id: row.version for row in rows if row.version is not None},
            memories={
                row.item_id: raw_of(row, person.user_id)
                for row in rows
                if row.own_latest is not None or row.item_id in asked
            },
        )


_USER = and_(users.c.tenant_id == bindparam("tenant"), users.c.user_id == bindparam("user"))
_ITEM = and_(items.c.tenant_id == bindparam("tenant"), items.c.item_id == WANTED.c.id)
_NEEDED = and_(STORED, or_(contributions.c.user_id.is_not(None), IS_UNKNOWN))
_SEE = select(
    users.c.created_at, users.c.revision, users.c.last_seq, VERSION, *COLUMNS
).select_from(
    WANTED.outerjoin(users, _USER)
    .outerjoin(items, _ITEM)
    .outerjoin(contributions, OWN)
    .outerjoin(item_memories, _NEEDED)
)
