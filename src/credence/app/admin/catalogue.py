"""The catalogue: searched by words or by meaning, and item by item."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from starlette.responses import Response

from credence.app.admin.desk import At, Desk
from credence.app.api.fields import LONGEST_ID, NO_NUL, Id, Moment
from credence.app.api.item_memory import MemoryOut
from credence.app.api.paging import cursor_at, text_place
from credence.app.shelf import Neighbor
from credence.memory.errors import ItemNotFound
from credence.memory.item_people import Fed, Reader
from credence.memory.model import Embedded, Filters, Item, Person, Vector
from credence.memory.people_order import may_be_stored
from credence.memory.unit_of_work import unit_of_work

router = APIRouter()

_ROWS = 50
_NEAREST = 30  # found by meaning; what is further off has little to do with the query
_NEAR = 10  # neighbours of an item, of each kind
_PEOPLE = 25  # on a page of those who have to do with an item
_FED = 3  # beliefs shown of each of them


class By(StrEnum):
    """How what was typed is looked for."""

    WORDS = "words"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class _Sought:
    """What was typed, and where the page begins."""

    words: str
    by: By
    category: str
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Near:
    """An item, and how near in meaning it is to what was asked: a cosine."""

    item: Item
    similarity: float


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the list."""

    item: Item
    people: int  # whoever has to do with it
    memory: MemoryOut | None  # what they say, where enough of them do
    similarity: float | None  # to the query, if it was by meaning


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who has to do with an item, and the beliefs that it fed."""

    reader: Reader
    fed: Sequence[Fed]


@router.get("/t/{tenant}/catalogue")
async def catalogue(
    desk: At,
    q: Annotated[str, Query(max_length=500)] = "",
    by: By = By.WORDS,
    category: Annotated[str, Query(max_length=500)] = "",
    cursor: Annotated[str | None, Query(max_length=5_000)] = None,
) -> Response:
    """Items that have all the words, or the nearest to what the words mean; or simply all."""
    asked, within = (text.strip().replace("\0", "") for text in (q, category))
    sought = _Sought(asked, by, within, cursor)
    rows, place = await _found(desk, sought)
    if within and not rows and (spelled := await _spelled(desk, within)) is not None:
        within = spelled
        rows, place = await _found(desk, replace(sought, category=within))
    following = None
    if place is not None:
        following = desk.to.catalogue(q=asked, by=by.value, category=within, cursor=place)
    return desk.page(
        "catalogue/index.html.j2",
        section="catalogue",
        title="Catalogue",
        q=asked,
        by=by.value,
        category=within,
        rows=rows,
        categories=sorted({name for row in rows for name in row.item.categories}),
        ranked=bool(asked) and by is By.MEANING,
        least=desk.app.settings.least_people,
        first=desk.to.catalogue(q=asked, by=by.value, category=within) if cursor else None,
        next=following,
    )


@router.get("/t/{tenant}/catalogue/item")
async def item(
    desk: At,
    id: Annotated[Id, Query()],
    before: Moment | None = None,
    who: Annotated[str, Query(max_length=LONGEST_ID, pattern=NO_NUL)] = "",
) -> Response:
    """An item, its neighbours, what people say of it and who they are.

    Shown for items that the catalogue lacks too, if somebody has to do with them.
    """
    after = None if before is None else (before, who)
    async with unit_of_work(desk.app.engine) as uow:
        found = (await uow.catalogue(desk.tenant).get([id])).get(id)
        people = await uow.item_people.page(desk.tenant, id, after=after, limit=_PEOPLE + 1)
        if found is None and not people and after is None:
            raise ItemNotFound(id)
        shown = people[:_PEOPLE]
        fed = await uow.item_people.fed(
            desk.tenant, id, [reader.user_id for reader in shown], most=_FED
        )
        counted = await uow.item_search.people(desk.tenant, [id])
    least = desk.app.settings.least_people
    told = await desk.app.shelf.told(desk.tenant, id)
    company: Sequence[Neighbor] = ()
    meaning: Sequence[Near] = ()
    if found is not None:
        company = await desk.app.shelf.neighbors(desk.tenant, id, limit=_NEAR) or ()
        meaning = await _alike(desk, found)
    following = None
    if len(people) > _PEOPLE:
        last = shown[-1]
        further = desk.to.item(id, before=last.latest.isoformat(), who=last.user_id)
        following = f"{further}#people"
    return desk.page(
        "catalogue/item.html.j2",
        section="catalogue",
        title=found.item.title if found else id,
        item_id=id,
        item=found.item if found else None,
        attributes=_attributes(found.item) if found else (),
        memory=MemoryOut.of(*told, least=least) if told else None,
        least=least,
        counted=counted.get(id, 0),
        company=company,
        meaning=meaning,
        people=[Somebody(reader, fed[reader.user_id]) for reader in shown],
        first=f"{desk.to.item(id)}#people" if after else None,
        next=following,
    )


def _attributes(item: Item) -> Sequence[tuple[str, str]]:
    """By name; what is no text as the JSON that was sent."""
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in sorted(item.attributes.items())
    ]


async def _found(desk: Desk, sought: _Sought) -> tuple[Sequence[Row], str | None]:
    """A page of items, and the place where the next page begins if there is one."""
    if sought.words and sought.by is By.MEANING:
        within = (sought.category,) if sought.category else ()
        near = await _by_meaning(desk, sought.words, Filters(categories=within))
        return await _rows(desk, near), None
    async with unit_of_work(desk.app.engine) as uow:
        found = await uow.item_search.page(
            desk.tenant,
            words=sought.words.split(),
            category=sought.category,
            after=text_place(sought.cursor),
            limit=_ROWS + 1,
        )
    rows = await _rows(desk, [(item, None) for item in found[:_ROWS]])
    return rows, cursor_at(found[_ROWS - 1].item_id) if len(found) > _ROWS else None


async def _spelled(desk: Desk, category: str) -> str | None:
    """The category as the catalogue has it, if that differs from what was typed in case alone."""
    if not may_be_stored(category):
        return None
    async with unit_of_work(desk.app.engine) as uow:
        spelled = await uow.catalogue(desk.tenant).spelled(category)
    return None if spelled == category else spelled


async def _by_meaning(
    desk: Desk, text: str, filters: Filters
) -> Sequence[tuple[Item, float | None]]:
    probe = (await desk.app.counter.embed([text]))[0]
    near = await _nearest(desk, probe, each=_NEAREST, filters=filters)
    return [(one.item, one.similarity) for one in near]


async def _alike(desk: Desk, found: Embedded) -> Sequence[Near]:
    """The nearest to an item, which is not its own neighbour."""
    near = await _nearest(desk, found.vector, each=_NEAR + 1, filters=Filters())
    return [one for one in near if one.item.item_id != found.item.item_id][:_NEAR]


async def _nearest(desk: Desk, probe: Vector, *, each: int, filters: Filters) -> Sequence[Near]:
    async with unit_of_work(desk.app.engine) as uow:
        items = uow.catalogue(desk.tenant)
        (ids,) = await items.nearest(np.array([probe]), each=each, filters=filters)
        found = await items.get(ids)
    return [
        Near(found[item_id].item, float(found[item_id].vector @ probe))
        for item_id in ids
        if item_id in found
    ]


async def _rows(desk: Desk, found: Sequence[tuple[Item, float | None]]) -> Sequence[Row]:
    """The items with what is known of them from people."""
    if not found:
        return ()
    ids, least = [item.item_id for item, _ in found], desk.app.settings.least_people
    async with unit_of_work(desk.app.engine) as uow:
        people = await uow.item_search.people(desk.tenant, ids)
        memories = await uow.item_memories.of(
            Person(desk.tenant, ""), ids, least=least, phrases=False
        )
    return [
        Row(
            item,
            people.get(item.item_id, 0),
            MemoryOut.of(memories[item.item_id], (), least=least)
            if item.item_id in memories
            else None,
            similarity,
        )
        for item, similarity in found
    ]
