"""The append-only log of events; event memory is its latest few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Double,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from credence.memory.model import Action, Event, Person, SeenEvent
from credence.memory.tables import events, impressions, items, users
from credence.memory.vectors import as_bytes, from_bytes

_NEW: dict[str, TypeEngine[Any]] = {
    "user_id": Text(),
    "seq": BigInteger(),
    "item_id": Text(),
    "action": Text(),
    "rating": Double(),
    "text": Text(),
    "metadata": Text(),
    "occurred_at": TIMESTAMP(timezone=True),
    "impression_id": Text(),
    "idempotency_key": Text(),
    "fingerprint": Text(),
}
_EVENT = [
    events.c[name]
    for name in (
        "seq",
        "item_id",
        "action",
        "rating",
        "text",
        "metadata",
        "occurred_at",
        "recorded_at",
        "impression_id",
    )
]


# Built once: every recommendation runs it.
_LATEST = (
    select(*_EVENT, as_bytes(items.c.embedding).label("vector"), items.c.title)
    .outerjoin(
        items,
        (items.c.tenant_id == events.c.tenant_id) & (items.c.item_id == events.c.item_id),
    )
    .where(events.c.tenant_id == bindparam("tenant"), events.c.user_id == bindparam("user"))
    .order_by(events.c.occurred_at.desc(), events.c.seq.desc())
    .limit(bindparam("most", type_=BigInteger()))
)


def _append_statement() -> Any:
    new = (
        func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in _NEW.items()))
        .table_valued(*(column(name, kind) for name, kind in _NEW.items()), name="new")
        .render_derived()
    )
    row: list[Any] = [cast(new.c[n], JSONB) if n == "metadata" else new.c[n] for n in _NEW]
    constant: list[Any] = [
        bindparam("tenant", type_=Text()),
        bindparam("recorded_at", type_=TIMESTAMP(timezone=True)),
    ]
    return insert(events).from_select(["tenant_id", "recorded_at", *_NEW], select(*constant, *row))


_APPEND = _append_statement()


class EventLog:
    """The only place that writes SQL about events."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(
        self, tenant: str, columns: Mapping[str, Sequence[Any]], *, recorded_at: datetime
    ) -> None:
        """Add rows given as equally long columns: one array a column is quicker than rows."""
        await self._connection.execute(
            _APPEND, {"tenant": tenant, "recorded_at": recorded_at, **columns}
        )

    async def after(self, person: Person, watermark: int, *, limit: int) -> tuple[Event, ...]:
        """The first `limit` events past the watermark, in order of arrival."""
        rows = await self._connection.execute(
            select(*_EVENT)
            .where(events.c.tenant_id == person.tenant, events.c.user_id == person.user_id)
            .where(events.c.seq > watermark)
            .order_by(events.c.seq)
            .limit(limit)
        )
        return tuple(event_of(row) for row in rows)

    async def latest(
        self,
        person: Person,
        *,
        limit: int,
        at: datetime | None = None,
        before: Event | None = None,
    ) -> tuple[SeenEvent, ...]:
        """Event memory: the latest by time, newest first; of those known `at`, if given.

        `before` leaves out that event and what came after it, by time and then by arrival.
        """
        query = _LATEST if at is None else _LATEST.where(events.c.recorded_at <= at)
        if before is not None:
            place = tuple_(literal(before.occurred_at), literal(before.seq, BigInteger))
            query = query.where(tuple_(events.c.occurred_at, events.c.seq) < place)
        whose = {"tenant": person.tenant, "user": person.user_id}
        rows = await self._connection.execute(query, {**whose, "most": limit})
        return tuple(
            SeenEvent(
                event_of(row), from_bytes(row.vector) if row.vector else None, title=row.title
            )
            for row in rows
        )

    async def citing(self, person: Person, impression_ids: Sequence[str]) -> tuple[Event, ...]:
        """The person's events that cite one of these lists, in the order of time."""
        rows = await self._connection.execute(
            select(*_EVENT)
            .where(events.c.tenant_id == person.tenant, events.c.user_id == person.user_id)
            .where(events.c.impression_id == func.any(literal(list(impression_ids), ARRAY(Text))))
            .order_by(events.c.occurred_at, events.c.seq)
        )
        return tuple(event_of(row) for row in rows)

    async def about(self, person: Person, item_id: str) -> tuple[Event, ...]:
        """The person's events about this item, in the order of time."""
        rows = await self._connection.execute(
            select(*_EVENT)
            .where(events.c.tenant_id == person.tenant, events.c.user_id == person.user_id)
            .where(events.c.item_id == item_id)
            .order_by(events.c.occurred_at, events.c.seq)
        )
        return tuple(event_of(row) for row in rows)

    async def of_people(
        self, tenant: str, ids: Sequence[str]
    ) -> tuple[tuple[str, Event, str], ...]:
        """Events about items, each with whose it is and the instruction of the list that led to it.

        By user id, then in the order of time. The instruction is empty where there was none.
        """
        rows = await self._connection.execute(
            select(
                events.c.user_id,
                *_EVENT,
                func.coalesce(impressions.c.instruction, "").label("asked"),
            )
            .outerjoin(
                impressions,
                (impressions.c.tenant_id == events.c.tenant_id)
                & (impressions.c.impression_id == events.c.impression_id),
            )
            .where(events.c.tenant_id == tenant, events.c.item_id.is_not(None))
            .where(events.c.user_id == func.any(literal(list(ids), ARRAY(Text))))
            .order_by(events.c.user_id, events.c.occurred_at, events.c.seq)
        )
        return tuple((row.user_id, event_of(row), row.asked) for row in rows)

    async def last_seq_at(self, person: Person, moment: datetime) -> int:
        """The last sequence number recorded at or before `moment`; 0 if there was none."""
        found = await self._connection.execute(
            select(func.max(events.c.seq)).where(
                events.c.tenant_id == person.tenant,
                events.c.user_id == person.user_id,
                events.c.recorded_at <= moment,
            )
        )
        return found.scalar_one() or 0

    async def page(self, person: Person, *, before: int | None, limit: int) -> tuple[Event, ...]:
        """A page of the whole log, newest arrival first, below sequence number `before`."""
        query = (
            select(*_EVENT)
            .where(events.c.tenant_id == person.tenant, events.c.user_id == person.user_id)
            .order_by(events.c.seq.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(events.c.seq < before)
        return tuple(event_of(row) for row in await self._connection.execute(query))

    async def with_numbers(self, person: Person, numbers: Sequence[int]) -> tuple[Event, ...]:
        """The events with these sequence numbers, in order."""
        rows = await self._connection.execute(
            select(*_EVENT)
            .where(events.c.tenant_id == person.tenant, events.c.user_id == person.user_id)
            .where(events.c.seq == func.any(literal(list(numbers), ARRAY(BigInteger))))
            .order_by(events.c.seq)
        )
        return tuple(event_of(row) for row in rows)

    async def known_keys(
        self, tenant: str, keys: Sequence[str]
    ) -> dict[str, tuple[str, int, str | None]]:
        """Of these idempotency keys those in use: key to (user, seq, fingerprint)."""
        rows = await self._connection.execute(
            select(
                events.c.idempotency_key, events.c.user_id, events.c.seq, events.c.fingerprint
            ).where(
                events.c.tenant_id == tenant,
                events.c.idempotency_key == func.any(literal(list(keys), ARRAY(Text))),
            )
        )
        return {r.idempotency_key: (r.user_id, r.seq, r.fingerprint) for r in rows}

    async def advance_counters(
        self, tenant: str, counts: Mapping[str, tuple[int, datetime]]
    ) -> None:
        """Move each user's last sequence number by what was appended."""
        new = (
            func.unnest(
                bindparam("ids", type_=ARRAY(Text)),
                bindparam("counts", type_=ARRAY(BigInteger)),
                bindparam("latest", type_=ARRAY(TIMESTAMP(timezone=True))),
            )
            .table_valued(
                column("id", Text),
                column("n", BigInteger),
                column("latest", TIMESTAMP(timezone=True)),
                name="new",
            )
            .render_derived()
        )
        await self._connection.execute(
            update(users)
            .where(users.c.tenant_id == tenant, users.c.user_id == new.c.id)
            .values(
                last_seq=users.c.last_seq + new.c.n,
                last_event_at=func.greatest(users.c.last_event_at, new.c.latest),
            ),
            {
                "ids": list(counts),
                "counts": [count for count, _ in counts.values()],
                "latest": [latest for _, latest in counts.values()],
            },
        )


def event_of(row: Any) -> Event:
    """A row of the log as an event."""
    return Event(
        seq=row.seq,
        item_id=row.item_id,
        action=Action(row.action),
        rating=row.rating,
        text=row.text,
        metadata=row.metadata,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        impression_id=row.impression_id,
    )
