"""Impressions written behind the answers: nobody waits for what may be cited later."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.model import Impression
from credence.memory.unit_of_work import unit_of_work

log = logging.getLogger(__name__)
_MOST_PENDING = 10_000  # impressions; beyond it the oldest are given up
_GATHER_SECONDS = 0.25  # that a round waits for more, unless somebody waits for it
_AT_ONCE = 1_000  # impressions in one round of writing
_SWEEP_EVERY = timedelta(hours=1)
_MOST_SWEPT = 10_000  # rows a sweep


class ImpressionLog:
    """Takes impressions at once and writes them soon, one round at a time.

    A crash, or a database that is away, costs the impressions of that moment and so their
    citations, but no belief; `dropped` counts those that a failure or a full queue cost. Other
    processes see a list up to a quarter of a second later. Nobody's impressions older than `keep`
    are deleted on the way.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        keep: timedelta,
        clock: Callable[[], datetime],
        most: int = _MOST_PENDING,
    ) -> None:
        self.dropped = 0
        self._engine = engine
        self._keep = keep
        self._clock = clock
        self._most = most
        self._pending: deque[tuple[str, Impression]] = deque()
        self._taken = 0  # how many were ever added
        self._settled = 0  # how many of them are written or given up
        self._hurried = asyncio.Event()
        self._round: asyncio.Task[None] | None = None
        self._swept_at: datetime | None = None

    def add(self, tenant: str, impression: Impression) -> None:
        """Note it and return; needs a running event loop."""
        self._pending.append((tenant, impression))
        self._taken += 1
        if len(self._pending) > self._most:
            self._pending.popleft()
            self._settled += 1
            self.dropped += 1
        self._start()

    async def settle(self) -> None:
        """Wait until everything added before this call is written or given up."""
        upto = self._taken
        while self._settled < upto:
            self._hurried.set()
            self._start()
            if self._round is not None:
                await asyncio.wait({self._round})

    def _start(self) -> None:
        if self._pending and (self._round is None or self._round.done()):
            self._round = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        """Write what has gathered, one insert a tenant; then start the next round, if any."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurried.wait(), _GATHER_SECONDS)
        self._hurried.clear()
        batch = [self._pending.popleft() for _ in range(min(_AT_ONCE, len(self._pending)))]
        try:
            shown: dict[str, list[Impression]] = defaultdict(list)
            for tenant, impression in batch:
                shown[tenant].append(impression)
            for tenant in sorted(shown):
                await self._write(tenant, shown[tenant])
            await self._sweep()
        finally:
            self._settled += len(batch)
        self._round = None
        self._start()

    async def _write(self, tenant: str, shown: Sequence[Impression]) -> None:
        try:
            async with unit_of_work(self._engine) as uow:
                await uow.impressions.add(tenant, shown)
        except IntegrityError:
            if len(shown) == 1:
                return  # shown to somebody who has been erased since: nothing is to be kept
            for impression in shown:
                await self._write(tenant, [impression])
        except SQLAlchemyError as error:
            self.dropped += len(shown)
            log.warning("%d impressions were not written: %s", len(shown), type(error).__name__)

    async def _sweep(self) -> None:
        """Delete old impressions that were shown to nobody we know, once in a while."""
        now = self._clock()
        if self._swept_at is not None and now - self._swept_at < _SWEEP_EVERY:
            return
        self._swept_at = now
        try:
            async with unit_of_work(self._engine) as uow:
                await uow.impressions.forget_anonymous(before=now - self._keep, most=_MOST_SWEPT)
        except SQLAlchemyError as error:
            log.warning("old impressions were not deleted: %s", type(error).__name__)
