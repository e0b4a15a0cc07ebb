"""Item memories as they are stored, with everybody in them, for whoever keeps some at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.collaborative.contribution import Contribution
from credence.memory.collaborative.item_memory import ItemMemory, without
from credence.memory.item_memory_rows import CONTRIBUTION, memory_of, own_of
from credence.memory.model import Person
from credence.memory.tables import contributions, item_memories
from credence.memory.vectors import as_bytes


@dataclass(frozen=True, slots=True)
class RawMemory:
    """What is stored of an item, and what one person brings to it; None where there is nothing."""

    everybody: ItemMemory | None
    own: Contribution | None

    def others(self, tenant: str) -> ItemMemory | None:
        """The memory as if the person had never come."""
        if self.everybody is None or self.own is None:
            return self.everybody
        return without(self.everybody, self.own, tenant=tenant)


class RawMemories:
    """Reads memories that hold everybody. They are for keeping: nobody may be ranked with one
    that they have a part in."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def read(
        self, person: Person, ids: Sequence[str], *, unknown: Sequence[str]
    ) -> dict[str, RawMemory]:
        """Of these items those in `unknown`, and those that the person brings something to.

        In one statement, so of one moment: an item of `ids` that is not in the result is one that
        the person brings nothing to as of now. Without phrases. An empty user id is nobody.
        """
        rows = await self._connection.execute(_READ, asked_for(person, ids, unknown))
        return {row.item_id: raw_of(row, person.user_id) for row in rows}


def asked_for(person: Person, ids: Sequence[str], unknown: Sequence[str]) -> dict[str, Any]:
    """What the statements over `WANTED` are bound to."""
    return {
        "tenant": person.tenant,
        "user": person.user_id,
        "ids": list(ids),
        "unknown": list(unknown),
    }


def raw_of(row: Any, user_id: str) -> RawMemory:
    """A row of `COLUMNS`."""
    return RawMemory(
        everybody=None if row.people is None else memory_of(row),
        own=None if row.own_latest is None else own_of(row, user_id),
    )


WANTED = (
    func.unnest(bindparam("ids", type_=ARRAY(Text)))
    .table_valued("id", name="wanted")
    .render_derived()
)
OWN = and_(
    contributions.c.tenant_id == bindparam("tenant"),
    contributions.c.user_id == bindparam("user"),
    contributions.c.item_id == WANTED.c.id,
)
STORED = and_(
    item_memories.c.tenant_id == bindparam("tenant"), item_memories.c.item_id == WANTED.c.id
)
IS_UNKNOWN = WANTED.c.id == func.any(bindparam("unknown", type_=ARRAY(Text)))
_NOT_HERE = {"tenant_id", "item_id", "words", "phrases"}
COLUMNS: tuple[ColumnElement[Any], ...] = (
    WANTED.c.id.label("item_id"),
    *(c for c in item_memories.c if c.name not in _NOT_HERE),
    literal_column("'[]'::jsonb", JSONB).label("phrases"),
    as_bytes(item_memories.c.words).label("vector"),
    as_bytes(contributions.c.words).label("own_vector"),
    *(c.label(f"own_{c.name}") for c in CONTRIBUTION),
)
_READ = (
    select(*COLUMNS)
    .select_from(WANTED.outerjoin(contributions, OWN).outerjoin(item_memories, STORED))
    .where(or_(contributions.c.user_id.is_not(None), IS_UNKNOWN))
)
