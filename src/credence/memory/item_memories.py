"""Collaborative memory in Postgres: what each person brings, and what comes of it for each item."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    delete,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.collaborative.audience import Audience, key_of, unpacked
from credence.memory.collaborative.contribution import Contribution
from credence.memory.collaborative.item_memory import (
    MOST_READ,
    ItemMemory,
    weight_of,
    without,
)
from credence.memory.collaborative.usual import Usual
from credence.memory.item_memory_rows import (
    contribution_columns,
    memories_of,
    memory_columns,
    memory_of,
    own_of,
)
from credence.memory.item_memory_statements import ADD, AUDIENCES, OF, PARTS, PUT, TOUCH
from credence.memory.model import Person
from credence.memory.tables import contributions, item_memories, touched_items
from credence.memory.vectors import as_bytes, from_bytes

PUT_OFF = timedelta(minutes=1)  # before what cannot be made anew is tried again
_OLDEST = 5_000  # entries of the queue that are read at once
_USUAL = 20_000  # memories that the mean is taken over
_LOCK = 0x4974656D  # "Item": keeps these locks apart from others that hash a tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """An item whose contributions changed, and the entries of the queue that say so."""

    tenant: str
    item_id: str
    numbers: tuple[int, ...]
    contributions: int  # when it was last remembered


class ItemMemories:
    """The only place that writes SQL about contributions and item memories.

    A memory is written by whoever has the tenant's lock, from the contributions as they are then,
    and only the entries of the queue that were seen before are taken off it: what is committed
    later has entries of its own.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: str, parts: Sequence[Contribution]) -> None:
        """Add to what is there, and note which items were touched. Each person and item once."""
        if not parts:
            return
        await self._connection.execute(ADD, contribution_columns(tenant, parts))

    async def replace(self, person: Person, parts: Sequence[Contribution]) -> None:
        """Let this be all that the person brings. Needs the person's row locked."""
        before = await self.touched_by(person)
        await self._connection.execute(
            delete(contributions).where(
                contributions.c.tenant_id == person.tenant,
                contributions.c.user_id == person.user_id,
            )
        )
        await self.add(person.tenant, parts)
        if gone := sorted(set(before) - {part.item_id for part in parts}):
            await self._connection.execute(TOUCH, {"tenant": person.tenant, "ids": gone})

    async def touched(
        self, *, limit: int, patience: timedelta, growth: float
    ) -> tuple[Touched, ...]:
        """Items to be remembered anew: those of which `growth` of the contributions changed, and
        those that have waited for `patience`, the longest waiting first and what was put off last.

        Of the queue the oldest `_OLDEST` entries are read, however long it is. What is behind them
        is seen once those are done with, and none of them stays for longer than `patience`. What
        was put off is not due before its time; `patience` below 0 goes before that.
        """
        oldest = select(touched_items).order_by(touched_items.c.number).limit(_OLDEST).subquery()
        entries = (
            select(
                oldest.c.tenant_id,
                oldest.c.item_id,
                func.array_agg(oldest.c.number).label("numbers"),
                func.min(oldest.c.number).label("first"),
                func.count().label("changes"),
                (func.now() - func.min(oldest.c.at)).label("waited"),
            )
            .group_by(oldest.c.tenant_id, oldest.c.item_id)
            .subquery()
        )
        known = func.coalesce(item_memories.c.contributions, 0)
        grown = and_(entries.c.changes >= known * growth, entries.c.waited >= timedelta(0))
        rows = await self._connection.execute(
            select(entries.c.tenant_id, entries.c.item_id, entries.c.numbers, known.label("known"))
            .outerjoin(
                item_memories,
                and_(
                    item_memories.c.tenant_id == entries.c.tenant_id,
                    item_memories.c.item_id == entries.c.item_id,
                ),
            )
            .where(grown | (entries.c.waited >= patience))
            .order_by(entries.c.waited < timedelta(0), entries.c.first)
            .limit(limit)
        )
        return tuple(
            Touched(
                tenant=row.tenant_id,
                item_id=row.item_id,
                numbers=tuple(row.numbers),
                contributions=row.known,
            )
            for row in rows
        )

    async def put_off(self, tenant: str, numbers: Sequence[int]) -> None:
        """Let the items of these entries of the queue wait behind all others, and for `PUT_OFF`."""
        gone = (
            delete(touched_items)
            .where(*_entries(tenant, numbers))
            .returning(touched_items.c.tenant_id, touched_items.c.item_id)
            .cte("gone")
        )
        later = select(gone.c.tenant_id, gone.c.item_id, func.now() + PUT_OFF).distinct()
        await self._connection.execute(
            insert(touched_items).from_select(["tenant_id", "item_id", "at"], later)
        )

    async def lock(self, tenant: str) -> None:
        """Be the only one to write memories of this tenant, until the transaction ends."""
        await self._connection.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(tenant, _LOCK)))
        )

    async def remember(self, tenant: str, ids: Iterable[str], *, done: Sequence[int] = ()) -> None:
        """Make these items' memories anew; `done` are entries of the queue. Needs the lock."""
        wanted = sorted(set(ids))
        made = await self._made(tenant, wanted)
        gone = [item_id for item_id in wanted if item_id not in made]
        if gone:
            await self._connection.execute(
                delete(item_memories).where(
                    item_memories.c.tenant_id == tenant, item_memories.c.item_id.in_(gone)
                )
            )
        if made:
            await self._connection.execute(PUT, memory_columns(tenant, made))
        if done:
            await self._connection.execute(delete(touched_items).where(*_entries(tenant, done)))

    async def touched_by(self, person: Person) -> tuple[str, ...]:
        """Ids of the items that the person brings something to, in order."""
        rows = await self._connection.execute(
            select(contributions.c.item_id)
            .where(contributions.c.tenant_id == person.tenant)
            .where(contributions.c.user_id == person.user_id)
            .order_by(contributions.c.item_id)
        )
        return tuple(row.item_id for row in rows)

    async def of(
        self, person: Person, ids: Sequence[str], *, least: int, phrases: bool = True
    ) -> dict[str, ItemMemory]:
        """What at least `least` others say and choose about these items.

        Where the person has a part in it, they are taken out. Without `phrases` there are none. An
        empty user id is nobody.
        """
        rows = await self._connection.execute(
            OF, {**_whose(person), "ids": list(ids), "told": phrases}
        )
        found = {}
        for row in rows:
            memory = memory_of(row)
            if row.own_latest is not None:
                memory = without(memory, own_of(row, person.user_id), tenant=person.tenant)
            if memory.standing >= least:
                found[row.item_id] = memory
        return found

    async def audiences(
        self, person: Person, ids: Sequence[str], *, least: int
    ) -> dict[str, Audience]:
        """Who else chose these items, where at least `least` others stand behind them.

        The person is taken out by what they weigh in the whole, which is exact but for two
        things: others keep what they weighed beside words equal to the person's, and ages count
        from the item's latest event, even if it was theirs. Whether they stand behind the memory
        as it was made is not asked: they are not counted.
        """
        rows = await self._connection.execute(AUDIENCES, {**_whose(person), "ids": list(ids)})
        found: dict[str, Audience] = {}
        key = key_of(person.tenant, person.user_id)
        for row in rows:
            audience = unpacked(row.audience, None, share=row.share, mass=row.mass)
            mine = row.own_latest is not None
            if mine:
                liking = row.own_opinion / row.own_clarity if row.own_clarity else 0.0
                age = max(timedelta(0), row.latest - row.own_latest)
                audience = audience.without(key, weight_of(liking, row.own_engaged, age))
            if row.standing - mine >= least:
                found[row.item_id] = audience
        return found

    async def brought(self, tenant: str) -> dict[str, int]:
        """How many people bring something to each item, in order of item."""
        rows = await self._connection.execute(
            select(contributions.c.item_id, func.count().label("people"))
            .where(contributions.c.tenant_id == tenant)
            .group_by(contributions.c.item_id)
            .order_by(contributions.c.item_id)
        )
        return {row.item_id: row.people for row in rows}

    async def usual(self, tenant: str, *, least: int) -> Usual:
        """The mean over memories that `least` people stand behind."""
        some = (
            select(item_memories.c.words, item_memories.c.liking)
            .where(item_memories.c.tenant_id == tenant, item_memories.c.standing >= least)
            .order_by(item_memories.c.item_id)
            .limit(_USUAL)
            .subquery()
        )
        row = (
            await self._connection.execute(
                select(
                    as_bytes(func.avg(some.c.words)).label("words"),
                    func.avg(some.c.liking).label("liking"),
                )
            )
        ).one()
        return Usual(
            words=None if row.words is None else from_bytes(row.words),
            liking=float(row.liking or 0.0),
        )

    async def topics(self, tenant: str, *, least: int, most: int = 5_000) -> dict[str, float]:
        """How many of an item's voices usually speak of each topic, from some of the memories."""
        some = (
            select(item_memories.c.phrases, item_memories.c.voices)
            .where(item_memories.c.tenant_id == tenant, item_memories.c.standing >= least)
            .order_by(item_memories.c.item_id)
            .limit(most)
        )
        voices, people = 0.0, Counter[str]()
        for row in await self._connection.execute(some):
            voices += row.voices
            for phrase in row.phrases:
                people[phrase["topic"]] += phrase["people"]
        return {topic: count / max(1.0, voices) for topic, count in people.items()}

    async def _made(self, tenant: str, ids: Sequence[str]) -> dict[str, tuple[ItemMemory, int]]:
        """Memories of these items from the contributions as they are, and how many those are.

        Made in a thread: comparing the words of thousands would keep everybody else waiting.
        """
        rows = (
            await self._connection.execute(
                PARTS, {"tenant": tenant, "ids": list(ids), "most": MOST_READ + 1}
            )
        ).all()
        return await asyncio.to_thread(memories_of, tenant, rows) if rows else {}


def _entries(tenant: str, numbers: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        touched_items.c.tenant_id == tenant,
        touched_items.c.number == func.any(literal(list(numbers), ARRAY(BigInteger))),
    )


def _whose(person: Person) -> dict[str, str]:
    return {"tenant": person.tenant, "user": person.user_id}
