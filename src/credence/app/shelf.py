"""Postgres behind the recommender's window on memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.fresh import Fresh
from credence.app.impression_log import ImpressionLog
from credence.app.tastes import Tastes
from credence.memory.catalogue import Catalogue
from credence.memory.model import Embedded, Filters, Impression, Person, Vector
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.recommend import POOL, Taste

_POPULAR_SINCE = timedelta(days=90)
_TOP = 1_000  # popular items kept at hand for one tenant and one set of filters
_STALE_SECONDS = 60  # age that popularity and the centre may have
_OVERFETCH = 2  # items searched for every one wanted, as the person may have dealt with some
_WIDEST = 1_000  # items a probe finds at most


@dataclass(frozen=True, slots=True)
class _TopKey:
    """A tenant and filters as a key: attributes as JSON, in which true is not 1."""

    tenant: str
    categories: tuple[str, ...]
    attributes: str

    @classmethod
    def of(cls, tenant: str, filters: Filters) -> _TopKey:
        attributes = json.dumps(dict(filters.attributes), sort_keys=True)
        return cls(tenant, tuple(sorted(set(filters.categories))), attributes)

    @property
    def filters(self) -> Filters:
        return Filters(categories=self.categories, attributes=json.loads(self.attributes))


class RecommendationShelf:
    """`planner.recommend.Shelf` on Postgres."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        impressions: ImpressionLog,
        event_memory: int,
        clock: Callable[[], datetime],
    ) -> None:
        self.impressions = impressions
        self._engine = engine
        self.tastes = Tastes(engine, event_memory=event_memory)
        self._clock = clock
        self._centres: Fresh[str, Vector | None] = Fresh(self._read_centre, seconds=_STALE_SECONDS)
        self._tops: Fresh[_TopKey, tuple[tuple[str, int], ...]] = Fresh(
            self._read_top, seconds=_STALE_SECONDS
        )

    async def taste(self, person: Person) -> Taste:
        return await self.tastes.get(person)

    async def items(self, tenant: str, ids: Sequence[str]) -> dict[str, Embedded]:
        async with autocommit(self._engine) as uow:
            return await uow.catalogue(tenant).get(ids)

    async def passing(self, tenant: str, ids: Sequence[str], filters: Filters) -> frozenset[str]:
        async with autocommit(self._engine) as uow:
            return await uow.catalogue(tenant).passing(ids, filters)

    async def nearest(
        self,
        person: Person,
        probes: NDArray[np.float32],
        filters: Filters,
        without: Sequence[str],
        *,
        least: int,
    ) -> dict[str, Embedded]:
        """Searches wider when the person has dealt with most of what was found, and takes any
        items that pass when that is still too few."""
        share = max(1, POOL // len(probes))
        async with unit_of_work(self._engine) as uow:
            catalogue = uow.catalogue(person.tenant)
            chosen: dict[str, None] = {}
            for each in (_OVERFETCH * share, _WIDEST):
                found = await catalogue.nearest(probes, each=each, filters=filters)
                every = sorted({item_id for ids in found for item_id in ids})
                seen = await _dealt_with(catalogue, person, every) | set(without)
                for ids in found:
                    chosen |= dict.fromkeys([i for i in ids if i not in seen][:share])
                if len(chosen) >= least or all(len(ids) < each for ids in found):
                    break
            if 0 < len(chosen) < least:
                more = await catalogue.any_of(
                    person.user_id, filters=filters, without=[*without, *chosen], limit=least
                )
                chosen |= dict.fromkeys(more[: least - len(chosen)])
            return await catalogue.get(list(chosen))

    async def popular(
        self, person: Person, filters: Filters, without: Sequence[str]
    ) -> tuple[tuple[Embedded, int], ...]:
        top = await self._tops.get(_TopKey.of(person.tenant, filters))
        async with unit_of_work(self._engine) as uow:
            catalogue = uow.catalogue(person.tenant)
            seen = await _dealt_with(catalogue, person, [i for i, _ in top]) | set(without)
            counts = dict([(i, people) for i, people in top if i not in seen][:POOL])
            if not filters.empty:  # items may have changed since the list was made
                passing = await catalogue.passing(list(counts), filters)
                counts = {i: people for i, people in counts.items() if i in passing}
            if len(counts) < POOL:
                more = await catalogue.any_of(
                    person.user_id, filters=filters, without=without, limit=POOL
                )
                counts = {**dict.fromkeys(more, 0), **counts}
            found = await catalogue.get(list(counts))
        return tuple((found[item_id], counts[item_id]) for item_id in sorted(found))

    async def centre(self, tenant: str) -> Vector | None:
        return await self._centres.get(tenant)

    async def remember(self, tenant: str, shown: Sequence[Impression]) -> None:
        for impression in shown:
            self.impressions.add(tenant, impression)

    def catalogue_changed(self, tenant: str) -> None:
        """Items came or went: the next list is made from the catalogue as it is."""
        self._centres.forget(tenant)
        self.tastes.forget_tenant(tenant)

    async def _read_centre(self, tenant: str) -> Vector | None:
        async with unit_of_work(self._engine) as uow:
            return await uow.catalogue(tenant).centre()

    async def _read_top(self, key: _TopKey) -> tuple[tuple[str, int], ...]:
        async with unit_of_work(self._engine) as uow:
            return await uow.catalogue(key.tenant).popular(
                since=self._clock() - _POPULAR_SINCE, filters=key.filters, limit=_TOP
            )


async def _dealt_with(catalogue: Catalogue, person: Person, among: Sequence[str]) -> frozenset[str]:
    """Nobody has dealt with nothing, which costs no query."""
    if not person.user_id or not among:
        return frozenset()
    return await catalogue.dealt_with(person.user_id, among)
