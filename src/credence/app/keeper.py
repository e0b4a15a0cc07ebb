"""Keeps collaborative memory up to date: makes anew what the planner's commits touched."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.away import AWAY
from credence.app.fault import where
from credence.memory.collaborative.item_memory import MOST_READ
from credence.memory.item_memories import PUT_OFF, Touched
from credence.memory.touched import TouchedItems
from credence.memory.unit_of_work import autocommit, unit_of_work

log = logging.getLogger(__name__)
_IDLE_SECONDS = 0.5  # between looks when nothing was touched
_AWAY_SECONDS = 2.0  # between looks after an error
_ITEMS = 100  # that one transaction makes anew,
_PEOPLE = 1_000  # and how many contributions it reads


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Takes touched items off the queue and makes their memories anew.

    An item that few have dealt with is made anew at once. One with many waits until a share of
    them is new, or for `patience`: reading a thousand people's words again for each newcomer would
    cost more than the newcomer changes. Any number of keepers may work on one database; an item
    that cannot be made anew goes to the end of the queue, and is told of once.
    """

    engine: AsyncEngine
    growth: float = 0.05  # share of an item's contributions that makes it due at once
    patience: timedelta = timedelta(seconds=30)
    _failing: set[tuple[str, str]] = field(default_factory=set)  # tenants and items told of

    async def serve(self) -> None:
        """Work until cancelled; whatever goes wrong, go on after a while."""
        while True:
            try:
                made = await self.turn()
                await asyncio.sleep(0 if made else _IDLE_SECONDS)
            except AWAY as error:
                log.warning("collaborative memory waits: %s", type(error).__name__)
                await asyncio.sleep(_AWAY_SECONDS)
            except Exception as error:  # noqa: BLE001  the keeper must outlive any one fault
                log.error("collaborative memory starts again after %s", where(error))  # noqa: TRY400
                await asyncio.sleep(_AWAY_SECONDS)

    async def settle(self) -> int:
        """Make everything anew that was touched, however little, what was put off too; how many
        items that took."""
        made, failing = 0, len(self._failing)
        while (turn := await self.turn(patience=-PUT_OFF)) or len(self._failing) > failing:
            made, failing = made + turn, len(self._failing)
        return made

    async def turn(self, *, patience: timedelta | None = None) -> int:
        """Make some of the due items anew; how many are done with, by this keeper or another."""
        async with autocommit(self.engine) as uow:
            due = await uow.item_memories.touched(
                limit=_ITEMS,
                patience=self.patience if patience is None else patience,
                growth=self.growth,
            )
        tenants: dict[str, list[Touched]] = defaultdict(list)
        for one in due:
            tenants[one.tenant].append(one)
        done = 0
        for tenant, touched in sorted(tenants.items()):
            for part in _parts(touched):
                done += await self._try(tenant, part)
        return done

    async def _try(self, tenant: str, part: Sequence[Touched]) -> int:
        """How many are done with: where some fault lies in one of them, each is tried alone, and
        the one is put off."""
        try:
            await self._remember(tenant, part)
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001  one item must not keep the others waiting
            if len(part) == 1:
                self._tell(tenant, part[0], error)
                async with autocommit(self.engine) as uow:
                    await uow.item_memories.put_off(tenant, part[0].numbers)
                return 0
        else:
            self._failing.difference_update((tenant, one.item_id) for one in part)
            return len(part)
        return sum([await self._try(tenant, [one]) for one in part])

    def _tell(self, tenant: str, one: Touched, error: Exception) -> None:
        if (tenant, one.item_id) not in self._failing:
            log.error("an item is not remembered after %s", where(error))
            self._failing.add((tenant, one.item_id))

    async def _remember(self, tenant: str, touched: Sequence[Touched]) -> None:
        async with unit_of_work(self.engine) as uow:
            await uow.item_memories.lock(tenant)
            numbers = [number for one in touched for number in one.numbers]
            still = await TouchedItems(uow.connection).still(tenant, numbers)
            left = [one for one in touched if not still.isdisjoint(one.numbers)]
            if left:  # another keeper may have been faster
                await uow.item_memories.remember(
                    tenant, [one.item_id for one in left], done=sorted(still)
                )


def _parts(touched: Sequence[Touched]) -> Iterator[list[Touched]]:
    """In order, as many together as one transaction may read; at least one."""
    part: list[Touched] = []
    people = 0
    for one in touched:
        # Every entry of the queue may be somebody new.
        reads = min(one.contributions + len(one.numbers), MOST_READ)
        if part and people + reads > _PEOPLE:
            yield part
            part, people = [], 0
        part.append(one)
        people += reads
    if part:
        yield part
