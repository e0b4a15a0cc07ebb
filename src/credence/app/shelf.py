"""Postgres behind the recommender's window on memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.at_hand import ItemsAtHand
from credence.app.fresh import Fresh
from credence.app.heard import Heard
from credence.app.impression_log import ImpressionLog
from credence.app.tastes import Tastes
from credence.memory.beliefs import Head
from credence.memory.catalogue import Catalogue
from credence.memory.collaborative.affinity import told_affinities
from credence.memory.collaborative.item_memory import ItemMemory, Phrase
from credence.memory.collaborative.phrases import telling
from credence.memory.collaborative.usual import Usual
from credence.memory.model import Embedded, Filters, Impression, Item, Person, Vector
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.memory.visits import Visits
from credence.planner.context import Words
from credence.planner.counter import Bounds, Probe, Taste, Visit

_POPULAR_SINCE = timedelta(days=90)
_TOP = 1_000  # popular items kept at hand for one tenant and one set of filters
_STALE_SECONDS = 60  # age that popularity and the centre may have
_OVERFETCH = 2  # items searched for every one wanted, as the person may have dealt with some
_WIDEST = 1_000  # items a probe finds at most
_ENOUGH = 4  # one in so many of those that a probe may find
_PHRASES = 10  # that are told of an item
_COMPANY_ASKED = 256  # people asked for companions, of all items together
_NEIGHBORS = 100  # items that are compared with one, for its nearest


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


@dataclass(frozen=True, slots=True)
class _Top:
    """How many people liked each item of late, the most liked first; kept as long where none is."""

    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Neighbor:
    """An item that the same people chose."""

    item: Item
    affinity: float
    people: int


class RecommendationShelf:
    """`planner.recommend.Shelf` on Postgres."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        impressions: ImpressionLog,
        event_memory: int,
        least_people: int,
        words: Words,
        clock: Callable[[], datetime],
        narratives: bool = False,
    ) -> None:
        self.impressions = impressions
        self._engine = engine
        self.tastes = Tastes(
            engine,
            event_memory=event_memory,
            least_people=least_people,
            words=words,
            narratives=narratives,
        )
        self.heard = Heard(engine, least_people=least_people)
        self._at_hand = ItemsAtHand()
        self._least = least_people
        self._clock = clock
        self._centres: Fresh[str, Vector | None] = Fresh(self._read_centre, seconds=_STALE_SECONDS)
        self._usual: Fresh[str, Usual] = Fresh(self._read_usual, seconds=_STALE_SECONDS)
        self._topics: Fresh[str, dict[str, float]] = Fresh(
            self._read_topics, seconds=_STALE_SECONDS
        )
        self._tops: Fresh[_TopKey, _Top] = Fresh(self._read_top, seconds=_STALE_SECONDS)

    async def visit(self, person: Person, ids: Sequence[str], *, phrases: bool) -> Visit:
        """In one statement, where what is at hand still holds; somebody new is read beside it."""
        if phrases or not ids:
            taste, items, memories = await asyncio.gather(
                self.taste(person),
                self.items(person.tenant, ids),
                self.memories(person, ids, phrases=phrases),
            )
            return Visit(taste=taste, items=items, memories=memories)
        if not self.tastes.at_hand(person):
            taste, (_, items, memories) = await asyncio.gather(
                self.taste(person), self._see(person, ids)
            )
            return Visit(taste=taste, items=items, memories=memories)
        head, items, memories = await self._see(person, ids)
        kept = self.tastes.kept(person, head)
        taste = await self.taste(person) if kept is None else kept
        return Visit(taste=taste, items=items, memories=memories)

    async def _see(
        self, person: Person, ids: Sequence[str]
    ) -> tuple[Head | None, dict[str, Embedded], dict[str, ItemMemory]]:
        """Where the person stands, the items, and what others say of them."""
        picked = self.heard.pick(person.tenant, ids)
        async with autocommit(self._engine) as uow:
            seen = await Visits(uow.connection).see(person, ids, unknown=picked.unknown)
            items = await self._at_hand.of_versions(uow.connection, person.tenant, seen.versions)
        return seen.head, items, self.heard.put_together(picked, seen.memories)

    async def taste(self, person: Person) -> Taste:
        return await self.tastes.get(person)

    async def items(self, tenant: str, ids: Sequence[str]) -> dict[str, Embedded]:
        if not ids:
            return {}
        async with autocommit(self._engine) as uow:
            return await self._at_hand.get(uow.connection, tenant, ids)

    async def passing(self, tenant: str, ids: Sequence[str], filters: Filters) -> frozenset[str]:
        async with autocommit(self._engine) as uow:
            return await uow.catalogue(tenant).passing(ids, filters)

    async def unknown_categories(self, tenant: str, names: Sequence[str]) -> tuple[str, ...]:
        """Those of these categories that no item of the tenant has; nothing is read for none."""
        if not names:
            return ()
        async with autocommit(self._engine) as uow:
            return await uow.catalogue(tenant).unknown_categories(names)

    async def nearest(self, within: Bounds, probes: Sequence[Probe]) -> tuple[tuple[str, ...], ...]:
        """Searches wider where the person has dealt with most of what a probe found."""
        fresh: list[tuple[str, ...]] = [()] * len(probes)
        every = {at: _OVERFETCH * probe.most for at, probe in enumerate(probes)}
        async with unit_of_work(self._engine) as uow:
            catalogue = uow.catalogue(within.person.tenant)
            while every:
                found = await _searched(catalogue, probes, every, within.filters)
                met = sorted({item_id for ids in found.values() for item_id in ids})
                seen = await _kept_out(catalogue, within, met)
                for at, ids in found.items():
                    fresh[at] = tuple(i for i in ids if i not in seen)[: probes[at].most]
                cut_off = [at for at, each in every.items() if len(found[at]) == each < _WIDEST]
                every = {
                    at: _WIDEST for at in cut_off if _ENOUGH * len(fresh[at]) < probes[at].most
                }
        return tuple(fresh)

    async def popular(
        self, within: Bounds, *, most: int, narrowed: bool
    ) -> tuple[tuple[str, int], ...]:
        counted = within.filters if narrowed else Filters()
        top = (await self._tops.get(_TopKey.of(within.person.tenant, counted))).counts
        if not top:
            return ()
        async with autocommit(self._engine) as uow:
            catalogue = uow.catalogue(within.person.tenant)
            seen = await _kept_out(catalogue, within, [i for i, _ in top])
            fresh = [(i, people) for i, people in top if i not in seen]
            if narrowed or within.filters.empty:
                fresh = fresh[:most]
            if within.filters.empty or not fresh:
                return tuple(fresh)
            # Items may have changed since the list was made.
            passing = await catalogue.passing([i for i, _ in fresh], within.filters)
        return tuple((i, people) for i, people in fresh if i in passing)[:most]

    async def anything(self, within: Bounds, *, most: int) -> tuple[str, ...]:
        async with autocommit(self._engine) as uow:
            return await uow.catalogue(within.person.tenant).any_of(
                within.person.user_id, filters=within.filters, without=within.without, limit=most
            )

    async def centre(self, tenant: str) -> Vector | None:
        return await self._centres.get(tenant)

    async def memories(
        self, person: Person, ids: Sequence[str], *, phrases: bool
    ) -> dict[str, ItemMemory]:
        if not ids:
            return {}
        if not phrases:
            return await self.heard.of(person, ids)
        async with autocommit(self._engine) as uow:
            return await uow.item_memories.of(person, ids, least=self._least)

    async def usual(self, tenant: str) -> Usual:
        return await self._usual.get(tenant)

    async def companions(
        self, within: Bounds, counted: Mapping[str, float], *, most: int
    ) -> tuple[str, ...]:
        if not counted:
            return ()
        async with autocommit(self._engine) as uow:
            met = await uow.companions.of(
                within.person,
                counted,
                least=self._least,
                limit=most,
                asked=max(self._least, _COMPANY_ASKED // len(counted)),
            )
            catalogue, found = uow.catalogue(within.person.tenant), [one.item_id for one in met]
            seen = await _kept_out(catalogue, within, found)  # unread events too
            fresh = tuple(i for i in found if i not in seen)
            if within.filters.empty or not fresh:
                return fresh
            passing = await catalogue.passing(fresh, within.filters)
        return tuple(i for i in fresh if i in passing)

    async def neighbors(
        self, tenant: str, item_id: str, *, limit: int
    ) -> tuple[Neighbor, ...] | None:
        """The items nearest by who chose them, as far as is told, then by how many chose both, ties
        by id; None if there is no such item."""
        nobody = Person(tenant, "")
        async with autocommit(self._engine) as uow:
            catalogue = uow.catalogue(tenant)
            if item_id not in await catalogue.known([item_id]):
                return None
            met = await uow.companions.of(
                nobody, {item_id: 1.0}, least=self._least, limit=_NEIGHBORS
            )
            items = await catalogue.get([one.item_id for one in met])
            met = tuple(one for one in met if one.item_id in items)
            ids = [item_id, *(one.item_id for one in met)]
            audiences = await uow.item_memories.audiences(nobody, ids, least=self._least)
        near = told_affinities(audiences.get(item_id), [audiences.get(o.item_id) for o in met])
        found = [
            Neighbor(items[one.item_id].item, affinity, one.people)
            for one, affinity in zip(met, near, strict=True)
            if affinity > 0
        ]
        return tuple(sorted(found, key=lambda n: (-n.affinity, -n.people, n.item.item_id))[:limit])

    async def told(self, tenant: str, item_id: str) -> tuple[ItemMemory, tuple[Phrase, ...]] | None:
        """What people say of an item, and what of it is most telling; None if too few do."""
        memory = (await self.memories(Person(tenant, ""), [item_id], phrases=True)).get(item_id)
        if memory is None:
            return None
        shares = await self.topics(tenant)
        return memory, telling(memory, shares, least=self._least, most=_PHRASES)

    async def topics(self, tenant: str) -> Mapping[str, float]:
        return await self._topics.get(tenant)

    async def remember(self, tenant: str, shown: Sequence[Impression]) -> None:
        for impression in shown:
            self.impressions.add(tenant, impression)

    def catalogue_changed(self, tenant: str) -> None:
        """Items came or went: the next list is made from the catalogue as it is."""
        self._centres.forget(tenant)
        self.tastes.forget_tenant(tenant)

    def erased(self, person: Person) -> None:
        """Nothing kept here holds the person's part any more, nor what is being read now."""
        self._usual.forget(person.tenant)
        self._topics.forget(person.tenant)
        self._tops.forget_those(lambda key: key.tenant == person.tenant)
        self.heard.forget_tenant(person.tenant)
        self.tastes.forget(person)
        self.tastes.forget_tenant(person.tenant)  # others' audiences name the person

    async def _read_centre(self, tenant: str) -> Vector | None:
        async with unit_of_work(self._engine) as uow:
            return await uow.catalogue(tenant).centre()

    async def _read_usual(self, tenant: str) -> Usual:
        async with autocommit(self._engine) as uow:
            return await uow.item_memories.usual(tenant, least=self._least)

    async def _read_topics(self, tenant: str) -> dict[str, float]:
        async with autocommit(self._engine) as uow:
            return await uow.item_memories.topics(tenant, least=self._least)

    async def _read_top(self, key: _TopKey) -> _Top:
        async with unit_of_work(self._engine) as uow:
            counts = await uow.catalogue(key.tenant).popular(
                since=self._clock() - _POPULAR_SINCE,
                filters=key.filters,
                least=self._least,
                limit=_TOP,
            )
        return _Top(counts)


async def _searched(
    catalogue: Catalogue, probes: Sequence[Probe], every: Mapping[int, int], filters: Filters
) -> dict[int, tuple[str, ...]]:
    """The nearest items of some probes by place, so many of each; those alike in that together."""
    found: dict[int, tuple[str, ...]] = {}
    for each in sorted(set(every.values())):
        places = [at for at, wanted in every.items() if wanted == each]
        vectors = np.stack([probes[at].vector for at in places])
        ids = await catalogue.nearest(vectors, each=each, filters=filters)
        found |= zip(places, ids, strict=True)
    return found


async def _kept_out(catalogue: Catalogue, within: Bounds, among: Sequence[str]) -> frozenset[str]:
    """Those that may not be found; nobody has dealt with nothing, which costs no query."""
    if not within.person.user_id or not among:
        return frozenset(within.without)
    dealt_with = await catalogue.dealt_with(within.person.user_id, among)
    return dealt_with | frozenset(within.without)
