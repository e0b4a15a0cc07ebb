"""Keeps collaborative memory up to date: makes anew what the planner's commits touched."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.fault import where
from credence.memory.collaborative.item_memory import MOST_READ
from credence.memory.item_memories import Touched
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
    cost more than the newcomer changes. Any number of keepers may work on one database.
    """

    engine: AsyncEngine
    growth: float = 0.05  # share of an item's contributions that makes it due at once
    patience: timedelta = timedelta(seconds=30)

    async def serve(self) -> None:
        """Work until cancelled; whatever goes wrong, go on after a while."""
        while True:
            try:
                made = await self.turn()
                await asyncio.sleep(0 if made else _IDLE_SECONDS)
            except SQLAlchemyError as error:
                log.warning("collaborative memory waits: %s", type(error).__name__)
                await asyncio.sleep(_AWAY_SECONDS)
            except Exception as error:  # noqa: BLE001  the keeper must outlive any one fault
                log.error("collaborative memory starts again after %s", where(error))  # noqa: TRY400
                await asyncio.sleep(_AWAY_SECONDS)

    async def settle(self) -> int:
        """Make everything anew that was touched, however little; how many items that took."""
        made = 0
        while turn := await self.turn(patience=timedelta(0)):
            made += turn
        return made

    async def turn(self, *, patience: timedelta | None = None) -> int:
        """Make some of the due items anew; how many."""
        async with autocommit(self.engine) as uow:
            due = await uow.item_memories.touched(
                limit=_ITEMS,
                patience=self.patience if patience is None else patience,
                growth=self.growth,
            )
        tenants: dict[str, list[Touched]] = defaultdict(list)
        for one in due:
            tenants[one.tenant].append(one)
        for tenant, touched in sorted(tenants.items()):
            for part in _parts(touched):
                await self._remember(tenant, part)
        return len(due)

    async def _remember(self, tenant: str, touched: Sequence[Touched]) -> None:
        async with unit_of_work(self.engine) as uow:
            await uow.item_memories.lock(tenant)
            await uow.item_memories.remember(
                tenant,
                [one.item_id for one in touched],
                done=[number for one in touched for number in one.numbers],
            )


def _parts(touched: Sequence[Touched]) -> Iterator[list[Touched]]:
    """In order, as many together as one transaction may read; at least one."""
    part: list[Touched] = []
    people = 0
    for one in touched:
        if part and people + one.contributions > _PEOPLE:
            yield part
            part, people = [], 0
        part.append(one)
        people += min(one.contributions, MOST_READ)
    if part:
        yield part
