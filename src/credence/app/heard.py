"""What people say of items, kept at hand for a few seconds, and never one's own part of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.model import Person
from credence.memory.raw_memories import RawMemories, RawMemory
from credence.memory.unit_of_work import autocommit

_SECONDS = 5.0  # age that a memory may have; the keeper lets it lag by half a minute anyway
_MOST = 5_000  # items; one takes 3 to 6 KB


@dataclass(frozen=True, slots=True)
class _Held:
    memory: ItemMemory | None  # None: there is none
    until: float


@dataclass(frozen=True, slots=True)
class Picked:
    """What was kept of some items before the database was asked."""

    tenant: str
    held: Mapping[str, ItemMemory | None]
    unknown: tuple[str, ...]  # the other items
    at: float
    changes: int


class Heard:
    """Item memories from Postgres, or from a reading of a few seconds ago, without phrases.

    What is kept holds everybody. It is used only where the person brings nothing to the item, and
    that is asked of the database each time, after the kept memories were picked: a part that one
    of them holds was committed before that memory was read, so before it was picked, and so is
    among the contributions that are found. Where there is one, the memory comes out of the same
    statement and the person is taken out of it. No head is relied on: rebuilding what somebody
    brings, or a run without a new revision, need not move it. One gap is the keeper's, not ours: a
    contribution that a rebuild took away is in the memory until that is made anew, here for as
    long as a memory may be kept besides.

    After an erasure this process uses nothing it read before (`forget_tenant`); another one may
    use what it holds for the rest of its seconds.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        least_people: int,
        most: int = _MOST,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._least = least_people
        self._most = most
        self._timer = timer
        self._held: dict[tuple[str, str], _Held] = {}  # in the order in which they were read
        self._changes: Counter[str] = Counter()  # in each tenant that end what is being read

    async def of(self, person: Person, ids: Sequence[str]) -> dict[str, ItemMemory]:
        """What at least `least_people` others say and choose about these items.

        An empty user id is nobody, who has a part in nothing.
        """
        picked = self.pick(person.tenant, ids)
        read: Mapping[str, RawMemory] = {}
        if person.user_id or picked.unknown:
            async with autocommit(self._engine) as uow:
                read = await RawMemories(uow.connection).read(person, ids, unknown=picked.unknown)
        return self.put_together(picked, read)

    def pick(self, tenant: str, ids: Sequence[str]) -> Picked:
        """What is at hand of these items. To be called before the database is asked."""
        now = self._timer()
        found = ((item_id, self._held.get((tenant, item_id))) for item_id in ids)
        held = {item_id: one.memory for item_id, one in found if one and now < one.until}
        unknown = tuple(item_id for item_id in ids if item_id not in held)
        return Picked(tenant, held, unknown, now, self._changes[tenant])

    def put_together(self, picked: Picked, read: Mapping[str, RawMemory]) -> dict[str, ItemMemory]:
        """What was at hand, but where `read` has the item; keeps what was read."""
        if picked.changes == self._changes[picked.tenant]:
            self._keep(picked.tenant, read, until=picked.at + _SECONDS)
        others = {**picked.held, **{i: raw.others(picked.tenant) for i, raw in read.items()}}
        return {
            item_id: memory
            for item_id, memory in others.items()
            if memory is not None and memory.standing >= self._least
        }

    def forget_tenant(self, tenant: str) -> None:
        """Keep nothing of this tenant, nor what is being read now."""
        self._changes[tenant] += 1
        for key in [key for key in self._held if key[0] == tenant]:
            del self._held[key]

    def _keep(self, tenant: str, read: Mapping[str, RawMemory], *, until: float) -> None:
        for item_id, raw in read.items():
            self._held.pop((tenant, item_id), None)
            self._held[tenant, item_id] = _Held(raw.everybody, until)
        now = self._timer()
        while self._held:
            oldest = next(iter(self._held))
            if len(self._held) <= self._most and now < self._held[oldest].until:
                return
            del self._held[oldest]
