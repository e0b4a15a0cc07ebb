"""What was recommended to whom, so that later events can cite it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    Text,
    bindparam,
    column,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.errors import RecommendationNotFound
from credence.memory.model import Impression, Person, Routing
from credence.memory.serial import fields_of
from credence.memory.tables import impressions

# Steps from tenant to tenant, so that the index on (tenant, user, time) finds every old row.
_FORGET_ANONYMOUS = text(
    """
    WITH RECURSIVE tenants AS (
        SELECT min(tenant_id) AS tenant_id FROM impressions
        UNION ALL
        SELECT (SELECT min(i.tenant_id) FROM impressions i WHERE i.tenant_id > t.tenant_id)
        FROM tenants t WHERE t.tenant_id IS NOT NULL
    )
    DELETE FROM impressions WHERE (tenant_id, impression_id) IN (
        SELECT old.tenant_id, old.impression_id
        FROM tenants CROSS JOIN LATERAL (
            SELECT i.tenant_id, i.impression_id FROM impressions i
            WHERE i.tenant_id = tenants.tenant_id AND i.user_id IS NULL AND i.shown_at < :before
            ORDER BY i.shown_at LIMIT :most
        ) old
        LIMIT :most
    )
    """
)

_GIVEN = [given for given in impressions.columns if given.name != "tenant_id"]
_ROWS = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB))
    .table_valued(*(column(given.name, given.type) for given in _GIVEN), name="given")
    .render_derived(with_types=True)
)
_ADD = insert(impressions).from_select(
    ["tenant_id", *(given.name for given in _GIVEN)],
    select(bindparam("tenant", type_=Text), *(_ROWS.c[given.name] for given in _GIVEN)),
)


class Impressions:
    """The only place that writes SQL about impressions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: str, shown: Sequence[Impression]) -> None:
        rows = [_row(impression) for impression in shown]
        await self._connection.execute(_ADD, {"tenant": tenant, "rows": rows})

    async def get(self, person: Person, impression_id: str) -> Impression | None:
        """What was shown to this person under this id."""
        found = await self._connection.execute(
            select(impressions).where(
                impressions.c.tenant_id == person.tenant,
                impressions.c.impression_id == impression_id,
                impressions.c.user_id == person.user_id,
            )
        )
        row = found.one_or_none()
        return None if row is None else _impression(row)

    async def shown(self, tenant: str, impression_id: str) -> Impression:
        """What was shown under this id, to whomever. Raises RecommendationNotFound."""
        found = await self._connection.execute(
            select(impressions).where(
                impressions.c.tenant_id == tenant, impressions.c.impression_id == impression_id
            )
        )
        row = found.one_or_none()
        if row is None:
            raise RecommendationNotFound(impression_id)
        return _impression(row)

    async def of_person(
        self, person: Person, *, limit: int, before: Impression | None = None
    ) -> tuple[Impression, ...]:
        """The latest lists shown to this person, newest first; of those shown before that one."""
        place = tuple_(impressions.c.shown_at, impressions.c.impression_id)
        query = (
            select(impressions)
            .where(
                impressions.c.tenant_id == person.tenant, impressions.c.user_id == person.user_id
            )
            .order_by(impressions.c.shown_at.desc(), impressions.c.impression_id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(
                place < tuple_(literal(before.shown_at), literal(before.impression_id))
            )
        return tuple(_impression(row) for row in await self._connection.execute(query))

    async def forget_anonymous(self, *, before: datetime, most: int) -> int:
        """Delete up to `most` impressions shown to nobody before then; how many that were."""
        done = await self._connection.execute(_FORGET_ANONYMOUS, {"before": before, "most": most})
        return done.rowcount

    async def known(self, tenant: str, ids: Sequence[str]) -> dict[str, str | None]:
        """Of these impressions those that exist: id to the user it was shown to."""
        rows = await self._connection.execute(
            select(impressions.c.impression_id, impressions.c.user_id).where(
                impressions.c.tenant_id == tenant,
                impressions.c.impression_id == func.any(literal(list(ids), ARRAY(Text))),
            )
        )
        return {row.impression_id: row.user_id for row in rows}


def _row(impression: Impression) -> dict[str, Any]:
    row = fields_of(impression) | {"shown_at": impression.shown_at.isoformat()}
    if impression.routing is not None:
        row["routing"] = fields_of(impression.routing)
    return row


def _impression(row: Row[Any]) -> Impression:
    held = {key: value for key, value in row._mapping.items() if key != "tenant_id"}
    routing = held.pop("routing")
    return Impression(**_with_tuples(held), routing=routing and Routing(**_with_tuples(routing)))


def _with_tuples(held: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in held.items()}
