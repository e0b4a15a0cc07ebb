"""Who has to do with an item: for those who answer for what is believed, not for other people.

Read from the contributions, which have an index by item: they lag behind events by a look of the
planner, and spare the log of events an index that every new event would have to be put into.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, and_, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.model import Action
from credence.memory.tables import chunks, contributions, events, evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One person who has to do with an item, and the last of their events about it."""

    user_id: str
    latest: datetime
    liking: float | None  # mean attitude, [-1, 1]; None where nothing shows one
    events: int
    seq: int | None  # of the last event; None where the log holds none any more
    action: Action | None
    rating: float | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """A belief that an event about the item speaks for or against."""

    chunk_id: int
    text: str
    weight: float  # [-1, 1]


class ItemPeople:
    """Reads about the people of one item."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, tenant: str, item_id: str, *, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[Reader, ...]:
        """People by their last event about the item, the newest first, ties by id, behind `after`.

        The people are put in order before anything is looked up of them, so that a page costs the
        same looks whoever many they are.
        """
        own = contributions.c
        who = (
            select(own.user_id, own.latest, own.opinion, own.clarity)
            .where(own.tenant_id == tenant, own.item_id == item_id)
            .order_by(own.latest.desc(), own.user_id)
            .limit(limit)
        )
        if after is not None:
            moment, user_id = after
            who = who.where(
                or_(own.latest < moment, and_(own.latest == moment, own.user_id > user_id))
            )
        people = who.cte("people")
        log = events.c
        last = (
            select(log.seq, log.action, log.rating, log.text, func.count().over().label("how_many"))
            .where(log.tenant_id == tenant, log.user_id == people.c.user_id)
            .where(log.item_id == item_id)
            .order_by(log.occurred_at.desc(), log.seq.desc())
            .limit(1)
            .lateral("last")
        )
        rows = await self._connection.execute(
            select(people, last)
            .select_from(people.outerjoin(last, true()))
            .order_by(people.c.latest.desc(), people.c.user_id)
        )
        return tuple(
            Reader(
                user_id=row.user_id,
                latest=row.latest,
                liking=row.opinion / row.clarity if row.clarity else None,
                events=row.how_many or 0,
                seq=row.seq,
                action=None if row.action is None else Action(row.action),
                rating=row.rating,
                text=row.text or "",
            )
            for row in rows
        )

    async def fed(
        self, tenant: str, item_id: str, user_ids: Sequence[str], *, most: int
    ) -> Mapping[str, tuple[Fed, ...]]:
        """Of each of these people the beliefs that their events about the item fed, at most `most`,
        those that it says the most about first."""
        weight = func.sum(evidence.c.weight).label("weight")
        key = ("tenant_id", "user_id")
        of_events = and_(
            *(evidence.c[name] == events.c[name] for name in (*key, "seq")),
            evidence.c.retracted_in.is_(None),
        )
        of_chunks = and_(
            *(chunks.c[name] == evidence.c[name] for name in (*key, "chunk_id")),
            chunks.c.status == "active",
        )
        summed = (
            select(
                chunks.c.user_id,
                chunks.c.chunk_id,
                chunks.c.text,
                weight,
                func.row_number()
                .over(
                    partition_by=chunks.c.user_id,
                    order_by=(func.abs(func.sum(evidence.c.weight)).desc(), chunks.c.chunk_id),
                )
                .label("rank"),
            )
            .select_from(events.join(evidence, of_events).join(chunks, of_chunks))
            .where(events.c.tenant_id == tenant, events.c.item_id == item_id)
            .where(events.c.user_id == func.any(literal(list(user_ids), ARRAY(Text))))
            .group_by(chunks.c.user_id, chunks.c.chunk_id, chunks.c.text)
            .subquery()
        )
        rows = await self._connection.execute(
            select(summed).where(summed.c.rank <= most).order_by(summed.c.user_id, summed.c.rank)
        )
        found: dict[str, list[Fed]] = {user_id: [] for user_id in user_ids}
        for row in rows:
            found[row.user_id].append(
                Fed(chunk_id=row.chunk_id, text=row.text, weight=float(row.weight))
            )
        return {user_id: tuple(fed) for user_id, fed in found.items()}
