"""What waits for the planner, as figures that cost little however many people there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, not_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.tables import NEVER_CHECKED, events, users

MOST_WAITING = 1_000  # people that are looked at; beyond it figures say "or more"
_USERS = users.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """People of all tenants with events that the planner has not looked at.

    Of the MOST_WAITING with most such events; `people` tells whether that is all of them.
    """

    people: int
    due: int  # with enough events, free to be taken now
    lingering: int  # with fewer events, of which the first came long enough ago; free as well
    leased: int  # somebody works on them
    put_off: int  # their last run failed: they wait for `retry_at`
    oldest: datetime | None  # when the first event came that nobody has looked at, of people who
    # are not waiting to have events read once more: which of theirs are new nothing tells
    oldest_free: datetime | None  # and the first of those who are free to be taken

    @property
    def more(self) -> bool:
        """Whether there are more people than were looked at."""
        return self.people > MOST_WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """Somebody whose last runs failed."""

    user_id: str
    failures: int  # in a row
    retry_at: datetime | None


class Queue:
    """The only place that writes SQL about what waits for the planner."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def waiting(self, *, now: datetime, threshold: int, before: datetime) -> Waiting:
        """As claims see it: `threshold` events make a person due, and any event from `before`.

        Reads the index of those who are due, and one event of each.
        """
        looked_at = (
            select(
                _USERS.tenant_id,
                _USERS.user_id,
                _USERS.checked_seq,
                (_USERS.last_seq - _USERS.checked_seq).label("unchecked"),
                _USERS.lease_until,
                _USERS.retry_at,
            )
            .where(_USERS.last_seq > _USERS.checked_seq)
            .order_by((_USERS.last_seq - _USERS.checked_seq).desc())
            .limit(MOST_WAITING + 1)
            .subquery()
        )
        first = looked_at.outerjoin(
            events,
            and_(
                events.c.tenant_id == looked_at.c.tenant_id,
                events.c.user_id == looked_at.c.user_id,
                events.c.seq == func.greatest(looked_at.c.checked_seq, 0) + 1,
            ),
        )
        leased = func.coalesce(looked_at.c.lease_until >= now, False)
        put_off = and_(not_(leased), func.coalesce(looked_at.c.retry_at > now, False))
        free = not_(or_(leased, put_off))
        many = looked_at.c.unchecked >= threshold
        known = looked_at.c.checked_seq != NEVER_CHECKED
        figures: Any = select(
            func.count().label("people"),
            func.count().filter(free, many).label("due"),
            func.count().filter(free, not_(many), events.c.recorded_at < before).label("lingering"),
            func.count().filter(leased).label("leased"),
            func.count().filter(put_off).label("put_off"),
            func.min(events.c.recorded_at).filter(known).label("oldest"),
            func.min(events.c.recorded_at).filter(free, known).label("oldest_free"),
        ).select_from(first)
        row = (await self._connection.execute(figures)).one()
        return Waiting(**row._mapping)

    async def failing(self, tenant: str, *, most: int) -> tuple[Failing, ...]:
        """People of a tenant whose last runs failed, the most often failed first."""
        found = await self._connection.execute(
            select(_USERS.user_id, _USERS.failures, _USERS.retry_at)
            .where(_USERS.tenant_id == tenant)
            .where(text("failures > 0 AND (-failures) < 0"))  # not bound, as the index says it
            .order_by(text("(-failures)"), text("(-contested)"), _USERS.user_id)
            .limit(most)
        )
        return tuple(Failing(**row._mapping) for row in found)
