"""People in pages, in several orders: quick among a hundred thousand, far down the list too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Text,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.beliefs import CHUNK, chunk_of
from credence.memory.errors import Invalid
from credence.memory.model import Chunk, Status
from credence.memory.people_order import PeopleOrder, PersonRow, Place, may_be_stored, place_of
from credence.memory.strength import polarity
from credence.memory.tables import SINCE_LAST_EVENT, chunks, users

__all__ = ["MOST_COUNTED", "PeopleList", "PeopleOrder", "PersonRow", "Place", "Tastes", "place_of"]

MOST_COUNTED = 100_000  # people; a count stops here

# As the indexes say them, with nothing bound in them, so that every plan may use the indexes.
_BY: Mapping[PeopleOrder, tuple[ColumnElement[Any], ...]] = {
    PeopleOrder.ACTIVE: (literal_column(SINCE_LAST_EVENT),),
    PeopleOrder.CHANGED: (literal_column("(-revision)"),),
    PeopleOrder.UNCERTAIN: (users.c.certainty,),
    PeopleOrder.ATTENTION: (literal_column("(-failures)"), literal_column("(-contested)")),
    PeopleOrder.ID: (),
}
_AMONG: Mapping[PeopleOrder, ColumnElement[bool]] = {
    PeopleOrder.UNCERTAIN: users.c.certainty.is_not(None),
    PeopleOrder.ATTENTION: or_(users.c.failures > text("0"), users.c.contested > text("0")),
}
# Steps from tenant to tenant along the primary key: as many look-ups as there are tenants.
_TENANTS = text(
    """
    WITH RECURSIVE peopled AS (
        SELECT min(tenant_id) AS tenant_id FROM users
        UNION ALL
        SELECT (SELECT min(u.tenant_id) FROM users u WHERE u.tenant_id > p.tenant_id)
        FROM peopled p WHERE p.tenant_id IS NOT NULL
    )
    SELECT tenant_id FROM peopled WHERE tenant_id IS NOT NULL
    UNION SELECT tenant_id FROM encoders
    """
)


@dataclass(frozen=True, slots=True)
class Tastes:
    """A person's active chunks that most evidence is behind, as it was last counted: the heaviest
    first. `strength.standing` says how strong they are at a moment."""

    likes: tuple[Chunk, ...] = ()
    dislikes: tuple[Chunk, ...] = ()


class PeopleList:
    """Reads of many people at once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self,
        tenant: str,
        *,
        order: PeopleOrder,
        starting: str = "",
        after: Place | None,
        limit: int,
    ) -> tuple[PersonRow, ...]:
        """People in this order behind a place, those whose id starts so in whatever case.

        Raises Invalid for a place in another order.
        """
        if not may_be_stored(starting):  # nor is anybody's id
            return ()
        keys = (*_BY[order], users.c.user_id)
        query = (
            select(
                users.c.user_id,
                users.c.created_at,
                users.c.last_event_at,
                users.c.last_seq.label("events"),
                (users.c.last_seq - users.c.watermark).label("pending"),
                users.c.revision,
                users.c.beliefs,
                users.c.certainty,
                users.c.contested,
                users.c.failures,
                users.c.retry_at,
            )
            .where(users.c.tenant_id == tenant)
            .order_by(*keys)
            .limit(limit)
        )
        if order in _AMONG:
            query = query.where(_AMONG[order])
        if starting:
            query = query.where(func.lower(users.c.user_id).like(func.lower(_prefix(starting))))
        if after is not None:
            query = query.where(tuple_(*keys) > tuple_(*_bound(after, order)))
        return tuple(PersonRow(**row._mapping) for row in await self._connection.execute(query))

    async def tastes(
        self, tenant: str, user_ids: Sequence[str], *, most: int
    ) -> Mapping[str, Tastes]:
        """At most so many likes and dislikes of each of these people, in one statement.

        Whoever has none, or does not exist, has empty tastes. Only these chunks leave the
        database, however many a person has.
        """
        given = func.unnest(literal(sorted(set(user_ids)), ARRAY(Text)))
        who = given.table_valued("user_id").render_derived(name="who")
        liked = chunks.c.liking >= chunks.c.disliking  # as `strength.polarity` has it
        rank = func.row_number().over(
            partition_by=liked,
            order_by=(func.abs(chunks.c.liking - chunks.c.disliking).desc(), chunks.c.chunk_id),
        )
        own = (
            select(*CHUNK, rank.label("rank"))
            .where(chunks.c.tenant_id == tenant, chunks.c.user_id == who.c.user_id)
            .where(chunks.c.status == Status.ACTIVE.value)
            .lateral("own")
        )
        query = (
            select(who.c.user_id, own)
            .join_from(who, own, true())
            .where(own.c.rank <= most)
            .order_by(who.c.user_id, own.c.rank, own.c.chunk_id)
        )
        found: dict[str, list[Chunk]] = {user_id: [] for user_id in user_ids}
        for row in await self._connection.execute(query):
            found[row.user_id].append(chunk_of(row))
        return {user_id: _tastes(of_one) for user_id, of_one in found.items()}

    async def tenants(self) -> tuple[str, ...]:
        """Tenants that have people or items, in order of name."""
        return tuple(sorted((await self._connection.execute(_TENANTS)).scalars()))

    async def count_about(self, tenant: str) -> int:
        """How many people a tenant has; MOST_COUNTED where there are as many or more.

        Exact up to there, as counting so few along an index takes milliseconds; statistics of
        the table would be quicker, yet tell neither tenants apart nor zero from unknown.
        """
        some = select(users.c.user_id).where(users.c.tenant_id == tenant).limit(MOST_COUNTED)
        counted = await self._connection.execute(select(func.count()).select_from(some.subquery()))
        return counted.scalar_one()


def _prefix(starting: str) -> ColumnElement[str]:
    """A pattern for LIKE. It stands in the statement itself, quoted by SQLAlchemy: with a bound
    one, Postgres may come to a plan for any pattern, which cannot look it up in an index."""
    escaped = starting.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return bindparam("starting", f"{escaped}%", Text, literal_execute=True)


def _bound(after: Place, order: PeopleOrder) -> tuple[ColumnElement[Any], ...]:
    if after.order is not order:
        raise Invalid(
            f"a place in the order {after.order.value!r} says nothing of {order.value!r}",
            field="cursor",
            fix="begin at the first page when the order changes",
        )
    kind = Double if order is PeopleOrder.UNCERTAIN else BigInteger
    return (*(literal(value, kind()) for value in after.values), literal(after.user_id, Text()))


def _tastes(found: Sequence[Chunk]) -> Tastes:
    return Tastes(
        likes=tuple(chunk for chunk in found if polarity(chunk) > 0),
        dislikes=tuple(chunk for chunk in found if polarity(chunk) < 0),
    )
