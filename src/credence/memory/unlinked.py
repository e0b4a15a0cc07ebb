"""Consumed events whose item the catalogue lacked: read once more when the item comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Text, delete, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.looked import Looked
from credence.memory.model import Person
from credence.memory.tables import NEVER_CHECKED, items, unlinked, users

_LOCK = 0x4C696E6B  # "Link": keeps these locks apart from others that hash a tenant
_ITEM = (items.c.tenant_id == unlinked.c.tenant_id) & (items.c.item_id == unlinked.c.item_id)


class Unlinked:
    """The only place that writes SQL about unlinked events.

    A run that notes an event, as it found no item, and a transaction that puts the item must not
    miss each other, though neither sees what the other has not committed. So each takes the
    tenant's lock, the run shared and the other alone, before it looks for what the other writes:
    `before_noting` and then `settle`; the items and then `items_came`. Whoever has the lock second
    looks after the first has committed. The lock comes before any lock on a person's row, so that
    the two cannot wait for each other.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def late(self, person: Person) -> tuple[int, ...]:
        """The person's unlinked events whose item exists now, in order of arrival."""
        rows = await self._connection.execute(
            select(unlinked.c.seq).join(items, _ITEM).where(_of(person)).order_by(unlinked.c.seq)
        )
        return tuple(row.seq for row in rows)

    async def before_noting(self, tenant: str) -> None:
        """To be called first in a transaction that will `settle` with events to note."""
        await self._connection.execute(select(func.pg_advisory_xact_lock_shared(_key(tenant))))

    async def settle(self, person: Person, looked: Looked) -> None:
        """Note what was consumed without its item, drop what was read, and have the planner look
        again if there are late events that this look did not know of, or did not come to.

        What it knew of and left alone waits: otherwise a policy that waits would be asked for ever.
        Needs the person's row locked, against `items_came` for what was noted by earlier runs.
        """
        if looked.read:
            await self._connection.execute(
                delete(unlinked).where(
                    _of(person), unlinked.c.seq == func.any(_numbers(looked.read))
                )
            )
        if looked.unlinked:
            await self._connection.execute(
                insert(unlinked),
                [
                    {
                        "tenant_id": person.tenant,
                        "user_id": person.user_id,
                        "seq": seq,
                        "item_id": item_id,
                    }
                    for seq, item_id in looked.unlinked
                ],
            )
        waiting = () if looked.read else looked.late
        due = (
            select(unlinked.c.seq)
            .join(items, _ITEM)
            .where(_of(person), unlinked.c.seq != func.all(_numbers(waiting)))
        )
        await self._connection.execute(
            update(users)
            .where(users.c.tenant_id == person.tenant, users.c.user_id == person.user_id)
            .where(exists(due))
            .values(checked_seq=NEVER_CHECKED)
        )

    async def items_came(self, tenant: str, ids: Sequence[str]) -> None:
        """These items are new, in this transaction: whoever has an event about one is due."""
        await self._connection.execute(select(func.pg_advisory_xact_lock(_key(tenant))))
        about = select(unlinked.c.user_id).where(
            unlinked.c.tenant_id == tenant,
            unlinked.c.item_id == func.any(literal(list(ids), ARRAY(Text))),
        )
        found = await self._connection.execute(
            select(users.c.user_id)
            .where(users.c.tenant_id == tenant, users.c.user_id.in_(about))
            .order_by(users.c.user_id)  # as everybody locks several people
            .with_for_update()
        )
        if people := [row.user_id for row in found]:
            await self._connection.execute(
                update(users)
                .where(users.c.tenant_id == tenant)
                .where(users.c.user_id == func.any(literal(people, ARRAY(Text))))
                .values(checked_seq=NEVER_CHECKED)
            )


def _of(person: Person) -> Any:
    return (unlinked.c.tenant_id == person.tenant) & (unlinked.c.user_id == person.user_id)


def _numbers(numbers: Sequence[int]) -> Any:
    return literal(list(numbers), ARRAY(BigInteger))


def _key(tenant: str) -> Any:
    return func.hashtextextended(tenant, _LOCK)
