"""The catalogue: items, their vectors, and the search for candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, array, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.errors import EncoderMismatch
from credence.memory.model import Action, Embedded, Filters, Item, Vector
from credence.memory.tables import encoders, events, item_words, items
from credence.memory.vectors import as_bytes, from_bytes, to_bind

ITEM = [
    items.c[name]
    for name in ("item_id", "title", "description", "categories", "creators", "attributes")
]


# Built once: every recommendation runs it.
_GET = select(*ITEM, as_bytes(items.c.embedding).label("vector")).where(
    items.c.tenant_id == bindparam("tenant"),
    items.c.item_id == func.any(bindparam("ids", type_=ARRAY(Text))),
)
_WORDS = insert(item_words).from_select(
    ["tenant_id", "item_id", "words"],
    select(
        items.c.tenant_id,
        items.c.item_id,
        func.credence_item_words(
            items.c.tenant_id,
            items.c.item_id,
            items.c.title,
            items.c.creators,
            items.c.categories,
        ),
    )
    .where(
        items.c.tenant_id == bindparam("tenant"),
        items.c.item_id == func.any(bindparam("ids", type_=ARRAY(Text))),
    )
    .order_by(items.c.item_id),
)
_PUT_WORDS = _WORDS.on_conflict_do_update(
    index_elements=["tenant_id", "item_id"],
    set_={"words": _WORDS.excluded.words},
    where=item_words.c.words != _WORDS.excluded.words,
)
_LIKED = 3.5  # rating of what was liked
_SCANNED = 20_000  # tuples that a search looks at, at most; pgvector's own limit
_SCANNED_FOR_FILTERS = 200_000
# A plan for the values at hand: one for any values would not know how narrow the filters are.
_SCAN = text(
    "SELECT set_config('hnsw.iterative_scan', 'strict_order', true), "
    "set_config('hnsw.ef_search', :ef_search, true), "
    "set_config('hnsw.max_scan_tuples', :most, true), "
    "set_config('plan_cache_mode', 'force_custom_plan', true)"
)
# Rows a page at the last ANALYZE times the pages there are now; before the first, a count.
_TABLE_SIZE = text(
    "SELECT CASE WHEN relpages > 0 THEN reltuples / relpages "
    "* (pg_relation_size(oid) / current_setting('block_size')::int) "
    "ELSE (SELECT count(*) FROM items) END FROM pg_class WHERE oid = 'items'::regclass"
)


class Catalogue:
    """The only place that writes SQL about items."""

    def __init__(self, connection: AsyncConnection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    async def put(self, rows: Sequence[Embedded], *, now: datetime) -> frozenset[str]:
        """Insert or replace; the ids that were new. One row an id."""
        new = insert(items)
        statement = new.on_conflict_do_update(
            index_elements=["tenant_id", "item_id"],
            set_={
                name: new.excluded[name]
                for name in (
                    "title",
                    "description",
                    "categories",
                    "creators",
                    "attributes",
                    "embedding",
                    "updated_at",
                )
            },
        ).returning(items.c.item_id, text("(xmax = 0) AS created"))
        values = [
            {
                "tenant_id": self._tenant,
                **asdict(row.item),
                "categories": list(row.item.categories),
                "creators": list(row.item.creators),
                "attributes": dict(row.item.attributes),
                "embedding": to_bind(row.vector),
                "created_at": now,
                "updated_at": now,
            }
            for row in sorted(rows, key=lambda row: row.item.item_id)
        ]
        result = await self._connection.execute(statement, values)
        new_ids = frozenset(item_id for item_id, created in result if created)
        await self._put_words([row.item.item_id for row in rows])
        return new_ids

    async def _put_words(self, ids: Sequence[str]) -> None:
        """What these items, as they are now, are found by."""
        await self._connection.execute(_PUT_WORDS, {"tenant": self._tenant, "ids": list(ids)})

    async def get(self, ids: Sequence[str]) -> dict[str, Embedded]:
        """Those of these items that exist, with their vectors."""
        rows = await self._connection.execute(_GET, {"tenant": self._tenant, "ids": list(ids)})
        return {row.item_id: Embedded(item_of(row), from_bytes(row.vector)) for row in rows}

    async def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these ids the catalogue has."""
        rows = await self._connection.execute(select(items.c.item_id).where(self._one_of(ids)))
        return frozenset(row.item_id for row in rows)

    async def page(self, *, after: str | None, limit: int) -> tuple[Item, ...]:
        """Items in order of id, past `after`."""
        query = (
            select(*ITEM)
            .where(items.c.tenant_id == self._tenant)
            .order_by(items.c.item_id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(items.c.item_id > after)
        return tuple(item_of(row) for row in await self._connection.execute(query))

    async def ids(self) -> tuple[str, ...]:
        """Every id, in order."""
        rows = await self._connection.execute(
            select(items.c.item_id).where(items.c.tenant_id == self._tenant).order_by("item_id")
        )
        return tuple(row.item_id for row in rows)

    async def delete(self, ids: Sequence[str]) -> frozenset[str]:
        """Remove items; their events stay in the log. The ids that were there."""
        rows = await self._connection.execute(
            delete(items).where(self._one_of(ids)).returning(items.c.item_id)
        )
        return frozenset(row.item_id for row in rows)

    async def locked(self, item_id: str) -> Item | None:
        """The item, kept from other writers until the transaction ends."""
        found = await self._connection.execute(
            select(*ITEM).where(self._one_of([item_id])).with_for_update()
        )
        row = found.one_or_none()
        return None if row is None else item_of(row)

    async def spelled(self, category: str) -> str | None:
        """A category as most items have it that differ in case alone. Reads every item."""
        had = select(func.unnest(items.c.categories).label("name"))
        name = had.where(items.c.tenant_id == self._tenant).subquery().c.name
        found: str | None = await self._connection.scalar(
            select(name)
            .where(func.lower(name) == func.lower(category))
            .group_by(name)
            .order_by(func.count().desc(), name)
            .limit(1)
        )
        return found

    async def passing(self, ids: Sequence[str], filters: Filters) -> frozenset[str]:
        """Which of these items exist and pass, by the same condition as the searches."""
        rows = await self._connection.execute(
            select(items.c.item_id).where(self._one_of(ids), self._matching(filters))
        )
        return frozenset(row.item_id for row in rows)

    async def dealt_with(self, user_id: str, among: Sequence[str]) -> frozenset[str]:
        """Which of these items the person has events about."""
        rows = await self._connection.execute(
            select(events.c.item_id)
            .distinct()
            .where(events.c.tenant_id == self._tenant, events.c.user_id == user_id)
            .where(events.c.item_id == func.any(literal(list(among), ARRAY(Text))))
        )
        return frozenset(row.item_id for row in rows)

    async def nearest(
        self, probes: NDArray[np.float32], *, each: int, filters: Filters
    ) -> tuple[tuple[str, ...], ...]:
        """Ids of the `each` nearest items to every probe (P, D), nearest first, by inner product.

        Goes through the HNSW index, scanning on until filters are satisfied, so that narrow
        filters still give `each` items where there are so many within the scan's limit. Needs a
        transaction, which its settings last for.
        """
        await self._connection.execute(
            _SCAN,
            {
                "ef_search": str(min(1000, max(40, each))),
                "most": str(_SCANNED if filters.empty else _SCANNED_FOR_FILTERS),
            },
        )
        told = (
            func.unnest(bindparam("probes", type_=ARRAY(Text)))
            .table_valued("probe", with_ordinality="place", name="told")
            .render_derived()
        )
        asked = (  # read once, not once an item
            select(told.c.place, cast(told.c.probe, items.c.embedding.type).label("probe"))
            .cte("asked")
            .prefix_with("MATERIALIZED")
        )
        away = items.c.embedding.max_inner_product(asked.c.probe)
        near = (
            select(items.c.item_id, away.label("away"))
            .where(items.c.tenant_id == self._tenant, self._matching(filters))
            .order_by(away)
            .limit(each)
            .correlate(asked)
            .lateral("near")
        )
        rows = await self._connection.execute(
            select(asked.c.place, near.c.item_id, near.c.away)
            .select_from(asked.join(near, true()))
            .order_by(asked.c.place, near.c.away, near.c.item_id),
            {"probes": [to_bind(probe).to_text() for probe in probes]},
        )
        found: list[list[str]] = [[] for _ in probes]
        for row in rows:
            found[row.place - 1].append(row.item_id)
        return tuple(map(tuple, found))

    async def popular(
        self, *, since: datetime, filters: Filters, least: int, limit: int
    ) -> tuple[tuple[str, int], ...]:
        """Items that at least `least` people liked since then, by how many, ties by id.

        A rating says whether somebody liked it, whatever was done. Since then by arrival: the
        index on events across people is by `recorded_at`.
        """
        liked = case(
            (events.c.rating.is_not(None), events.c.rating >= _LIKED),
            else_=events.c.action.in_((Action.PURCHASE, Action.LIKE)),
        )
        people = func.count(events.c.user_id.distinct())
        rows = await self._connection.execute(
            select(events.c.item_id, people.label("people"))
            .join(
                items,
                and_(items.c.tenant_id == events.c.tenant_id, items.c.item_id == events.c.item_id),
            )
            .where(events.c.tenant_id == self._tenant, events.c.recorded_at >= since, liked)
            .where(self._matching(filters))
            .group_by(events.c.item_id)
            .having(people >= least)
            .order_by(people.desc(), events.c.item_id)
            .limit(limit)
        )
        return tuple((row.item_id, row.people) for row in rows)

    async def any_of(
        self, user_id: str, *, filters: Filters, without: Sequence[str], limit: int
    ) -> tuple[str, ...]:
        """Ids of items that pass and that the person has no events about, in order of id."""
        about = (
            select(events.c.seq)
            .where(events.c.tenant_id == self._tenant, events.c.user_id == user_id)
            .where(events.c.item_id == items.c.item_id)
        )
        rows = await self._connection.execute(
            select(items.c.item_id)
            .where(items.c.tenant_id == self._tenant, self._matching(filters), ~about.exists())
            .where(items.c.item_id != func.all(literal(list(without), ARRAY(Text))))
            .order_by(items.c.item_id)
            .limit(limit)
        )
        return tuple(row.item_id for row in rows)

    async def centre(self, *, most: int = 50_000) -> Vector | None:
        """The mean of the catalogue's vectors (D,), not of unit length; None when it is empty.

        With more than `most` items the mean of those on some of the table's pages, about `most`
        items of all tenants together, and the same ones while the table stays as it is.
        """
        if await self._holds_more_than(most):
            table = await self._connection.execute(_TABLE_SIZE)
            percent = 100.0 * most / max(most, table.scalar_one())
            sample = items.tablesample(func.system(percent), seed=literal(0))
            found = await self._connection.execute(
                select(as_bytes(func.avg(sample.c.embedding))).where(
                    sample.c.tenant_id == self._tenant
                )
            )
            if (data := found.scalar_one()) is not None:
                return from_bytes(data)
        in_order = (  # so that the sum does not hang on where rows happen to lie
            select(items.c.embedding)
            .where(items.c.tenant_id == self._tenant)
            .order_by(items.c.item_id)
            .subquery()
        )
        whole = await self._connection.execute(select(as_bytes(func.avg(in_order.c.embedding))))
        data = whole.scalar_one()
        return None if data is None else from_bytes(data)

    async def _holds_more_than(self, most: int) -> bool:
        some = select(items.c.item_id).where(items.c.tenant_id == self._tenant).limit(most + 1)
        counted = await self._connection.execute(select(func.count()).select_from(some.subquery()))
        return counted.scalar_one() > most

    async def claim_encoder(self, name: str, dimension: int) -> None:
        """Note which encoder made this tenant's vectors. Raises EncoderMismatch for another."""
        await self._connection.execute(
            insert(encoders)
            .values(tenant_id=self._tenant, name=name, dimension=dimension)
            .on_conflict_do_nothing()
        )
        row = (
            await self._connection.execute(
                select(encoders.c.name, encoders.c.dimension).where(
                    encoders.c.tenant_id == self._tenant
                )
            )
        ).one()
        if (row.name, row.dimension) != (name, dimension):
            raise EncoderMismatch(f"{row.name} ({row.dimension})", f"{name} ({dimension})")

    async def unknown_categories(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of these categories that no item has, letter for letter, in the order given."""
        asked = func.unnest(literal(list(dict.fromkeys(names)), ARRAY(Text))).column_valued("name")
        has = and_(
            items.c.tenant_id == self._tenant,
            items.c.categories.contains(array([asked])),
        )
        rows = await self._connection.execute(
            select(asked).where(~select(items.c.item_id).where(has).exists())
        )
        unknown = frozenset(row.name for row in rows)
        return tuple(name for name in dict.fromkeys(names) if name in unknown)

    def _one_of(self, ids: Sequence[str]) -> ColumnElement[bool]:
        return and_(
            items.c.tenant_id == self._tenant,
            items.c.item_id == func.any(literal(list(ids), ARRAY(Text))),
        )

    @staticmethod
    def _matching(filters: Filters) -> ColumnElement[bool]:
        conditions: list[ColumnElement[bool]] = [true()]
        if filters.categories:
            conditions.append(items.c.categories.overlap(list(filters.categories)))
        if filters.attributes:
            conditions.append(items.c.attributes.contains(dict(filters.attributes)))
        return and_(*conditions)


def item_of(row: Any) -> Item:
    """A row of the catalogue as an item."""
    return Item(
        item_id=row.item_id,
        title=row.title,
        description=row.description,
        categories=tuple(row.categories),
        creators=tuple(row.creators),
        attributes=row.attributes,
    )
