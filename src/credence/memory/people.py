"""People as rows: existence, leases for planner runs, erasure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.errors import UserNotFound
from credence.memory.model import Person
from credence.memory.tables import (
    EARLIEST,
    MADE_ANONYMOUS,
    MOST_UNCHECKED,
    OF_A_PERSON,
    events,
    users,
)

AHEAD = timedelta(minutes=5)  # how far a client's clock may run before ours: no event is later
_SPARE = 2  # times as many people are read as are claimed, as others may be claiming those
_NOW = bindparam("now", type_=TIMESTAMP(timezone=True))
_LIMIT = bindparam("limit", type_=BigInteger())
_FURTHEST = bindparam("ahead", type_=TIMESTAMP(timezone=True))
_THRESHOLD = bindparam("threshold", type_=BigInteger())


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSummary:
    """One line about a person."""

    user_id: str
    attributes: Mapping[str, Any]
    created_at: datetime
    last_event_at: datetime | None
    events: int
    pending: int
    revision: int


class People:
    """The only place that writes SQL about users."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, person: Person, attributes: Mapping[str, Any], *, now: datetime) -> bool:
        """Create the person or replace the attributes; True if created."""
        row = {
            "tenant_id": person.tenant,
            "user_id": person.user_id,
            "attributes": dict(attributes),
            "created_at": now,
        }
        statement = insert(users).values(row)
        created: bool = (
            await self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["tenant_id", "user_id"],
                    set_={"attributes": statement.excluded.attributes},
                ).returning(text("(xmax = 0) AS created"))
            )
        ).scalar_one()
        return created

    async def missing(self, tenant: str, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of these ids that no user has."""
        rows = await self._connection.execute(
            select(users.c.user_id)
            .where(users.c.tenant_id == tenant)
            .where(users.c.user_id == func.any(literal(list(ids), ARRAY(Text))))
        )
        return tuple(sorted(set(ids).difference(row.user_id for row in rows)))

    async def create_missing(self, tenant: str, ids: Sequence[str], *, now: datetime) -> None:
        rows = [{"tenant_id": tenant, "user_id": i, "created_at": now} for i in sorted(ids)]
        await self._connection.execute(insert(users).on_conflict_do_nothing(), rows)

    async def lock(self, tenant: str, ids: Sequence[str]) -> dict[str, int]:
        """Lock those of these users who exist, in order of id; their last sequence numbers."""
        rows = await self._connection.execute(
            select(users.c.user_id, users.c.last_seq)
            .where(users.c.tenant_id == tenant)
            .where(users.c.user_id == func.any(literal(sorted(ids), ARRAY(Text))))
            .order_by(users.c.user_id)
            .with_for_update()
        )
        return {row.user_id: row.last_seq for row in rows}

    async def lock_for(self, person: Person, *, token: str, shared_to: int) -> bool:
        """Lock the person, if the lease is still under this token and nothing past `shared_to`
        was shared; whether so."""
        row = await self._connection.execute(
            select(users.c.user_id)
            .where(users.c.tenant_id == person.tenant, users.c.user_id == person.user_id)
            .where(users.c.lease_owner == token, users.c.shared_to == shared_to)
            .with_for_update()
        )
        return row.first() is not None

    async def get(self, person: Person) -> PersonSummary:
        """Raises UserNotFound."""
        row = (
            await self._connection.execute(
                _summaries(person.tenant).where(users.c.user_id == person.user_id)
            )
        ).one_or_none()
        if row is None:
            raise UserNotFound(person.user_id)
        return PersonSummary(**row._mapping)

    async def page(
        self, tenant: str, *, after: str | None, limit: int
    ) -> tuple[PersonSummary, ...]:
        """People in order of id, past `after`."""
        query = _summaries(tenant).order_by(users.c.user_id).limit(limit)
        if after is not None:
            query = query.where(users.c.user_id > after)
        return tuple(PersonSummary(**r._mapping) for r in await self._connection.execute(query))

    async def claim(
        self, *, token: str, now: datetime, until: datetime, threshold: int, limit: int
    ) -> tuple[Person, ...]:
        """Lease people with at least `threshold` unchecked events whom nobody works on: those whose
        last event is oldest, or whose time of being left alone ended first.

        Each lease's token is `own_token`. What that reads does not grow with how many are due, nor
        with how many have too few events or are left alone: see `_waiting_people`. Of thresholds
        above 16 it is true no more: the index counts so far, and everybody past it is looked at.
        """
        asked = {"threshold": threshold, "limit": limit, "ahead": now + AHEAD}
        return await self._claim(_DUE, asked, token=token, now=now, until=until)

    async def claim_lingering(
        self, *, token: str, now: datetime, until: datetime, before: datetime, limit: int
    ) -> tuple[Person, ...]:
        """Lease people whose first unchecked event came `before` then, however few there are.

        Reads as `claim` does, and beyond it one event of each who has any since.
        """
        asked = {"threshold": 1, "limit": limit, "ahead": now + AHEAD, "before": before}
        return await self._claim(_LINGERING, asked, token=token, now=now, until=until)

    async def claim_unvisited(
        self, *, token: str, now: datetime, until: datetime, since: datetime, limit: int
    ) -> tuple[Person, ...]:
        """Lease people with a belief whom the planner has not looked at `since` then, in the same
        way: what they believed fades though they do nothing."""
        asked = {"since": since, "limit": limit}
        return await self._claim(_UNVISITED, asked, token=token, now=now, until=until)

    async def _claim(
        self,
        statement: Update,
        asked: Mapping[str, Any],
        *,
        token: str,
        now: datetime,
        until: datetime,
    ) -> tuple[Person, ...]:
        rows = await self._connection.execute(
            statement, {**asked, "now": now, "until": until, "token": f"{token}:"}
        )
        return tuple(sorted(Person(row.tenant_id, row.user_id) for row in rows))

    async def claim_one(
        self, person: Person, *, token: str, now: datetime, until: datetime
    ) -> bool:
        """Lease this person, failures or not; False while someone else does. Raises
        UserNotFound."""
        claimed = await self._connection.execute(
            update(users)
            .where(users.c.tenant_id == person.tenant, users.c.user_id == person.user_id)
            .where(or_(users.c.lease_until.is_(None), users.c.lease_until < now))
            .values(lease_owner=token, lease_until=until)
        )
        if claimed.rowcount == 0:
            await self.get(person)
        return bool(claimed.rowcount)

    async def renew(self, held: Mapping[str, Person], *, until: datetime) -> None:
        """Keep the leases that are still under these tokens; locks their people in order of id,
        as everybody does who locks several."""
        own = [(p.tenant, p.user_id, token) for token, p in held.items()]
        mine = (
            select(users.c.tenant_id, users.c.user_id)
            .where(tuple_(users.c.tenant_id, users.c.user_id, users.c.lease_owner).in_(own))
            .order_by(users.c.tenant_id, users.c.user_id)
            .with_for_update(key_share=True)
            .cte("mine")
        )
        await self._connection.execute(
            update(users)
            .where(
                tuple_(users.c.tenant_id, users.c.user_id).in_(
                    select(mine.c.tenant_id, mine.c.user_id)
                )
            )
            .values(lease_until=until)
        )

    async def release(self, person: Person, *, token: str) -> None:
        """Give the lease back, if it is still under this token."""
        await self._connection.execute(
            update(users)
            .where(users.c.tenant_id == person.tenant, users.c.user_id == person.user_id)
            .where(users.c.lease_owner == token)
            .values(lease_owner=None, lease_until=None)
        )

    async def count_failure(self, person: Person, *, token: str) -> int:
        """One more failed run in a row, if the lease is still under this token; how many now."""
        counted = await self._connection.execute(
            update(users)
            .where(users.c.tenant_id == person.tenant, users.c.user_id == person.user_id)
            .where(users.c.lease_owner == token)
            .values(failures=users.c.failures + 1)
            .returning(users.c.failures)
        )
        return counted.scalar_one_or_none() or 0

    async def leave_alone(self, person: Person, *, token: str, until: datetime) -> None:
        """Give the lease back, if it is still under this token; nobody is to claim it before."""
        await self._connection.execute(
            update(users)
            .where(users.c.tenant_id == person.tenant, users.c.user_id == person.user_id)
            .where(users.c.lease_owner == token)
            .values(lease_owner=None, lease_until=None, retry_at=until)
        )

    async def erase(self, person: Person) -> dict[str, int]:
        """Delete every row about the person, or make it nobody's where the accounts need it;
        counts by table. Raises UserNotFound."""
        if not await self.lock(person.tenant, [person.user_id]):
            raise UserNotFound(person.user_id)
        await self._connection.execute(text("SET LOCAL credence.erasing = 'on'"))
        counts = {}
        for table in MADE_ANONYMOUS:
            made = await self._connection.execute(
                update(table).where(*_of(table, person)).values(user_id=None, run_id=None)
            )
            counts[table.name] = made.rowcount
        for table in OF_A_PERSON:
            result = await self._connection.execute(delete(table).where(*_of(table, person)))
            counts[table.name] = result.rowcount
        return counts


def own_token(token: str, person: Person) -> str:
    """The token of one person's lease, of those claimed together under `token`."""
    return f"{token}:{len(person.tenant)}:{person.tenant}{person.user_id}"


def _of(table: Table, person: Person) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.tenant_id == person.tenant, table.c.user_id == person.user_id


def _summaries(tenant: str) -> Any:
    return select(
        users.c.user_id,
        users.c.attributes,
        users.c.created_at,
        users.c.last_event_at,
        users.c.last_seq.label("events"),
        (users.c.last_seq - users.c.watermark).label("pending"),
        users.c.revision,
    ).where(users.c.tenant_id == tenant)


def _free(person: FromClause) -> ColumnElement[bool]:
    """Neither leased nor to be left alone for now."""
    return and_(
        or_(person.c.lease_until.is_(None), person.c.lease_until < _NOW),
        or_(person.c.retry_at.is_(None), person.c.retry_at <= _NOW),
    )


def _waiting_people(*more: Callable[[FromClause], ColumnElement[bool]]) -> Select[Any]:
    """Those with enough unchecked events, in their turn.

    The index has them in their turn for each number of events up to `MOST_UNCHECKED`; the first
    few of each number are read, and the first of those locked. So neither those with fewer events
    nor those to be left alone, whose turn is in the future, are walked through. Said by rows, as
    Postgres would take an equal number to be so rare that it could as well sort.
    """
    numbers = func.generate_series(
        func.least(_THRESHOLD, MOST_UNCHECKED), MOST_UNCHECKED, type_=BigInteger
    ).table_valued(column("n", BigInteger), name="numbers")
    numbers = numbers.render_derived()
    one = users.alias("one")
    number = func.least(_unchecked(one), literal_column(str(MOST_UNCHECKED)))
    earliest: ColumnElement[datetime] = literal_column(EARLIEST)
    turn = func.greatest(one.c.last_event_at, one.c.retry_at, earliest)
    place = tuple_(number, turn)
    first = (
        select(one.c.tenant_id, one.c.user_id, turn.label("turn"))
        .where(_enough(one), _free(one), *(condition(one) for condition in more))
        .where(place >= tuple_(numbers.c.n, earliest), place <= tuple_(numbers.c.n, _FURTHEST))
        .order_by(number, turn, one.c.tenant_id, one.c.user_id)
        .limit(_LIMIT * _SPARE)
        .correlate(numbers)
        .lateral("first")
    )
    same = and_(users.c.tenant_id == first.c.tenant_id, users.c.user_id == first.c.user_id)
    return (
        select(users.c.tenant_id, users.c.user_id)
        .select_from(numbers.join(first, true()).join(users, same))
        .where(_enough(users), _free(users))  # said again, as somebody may just have changed it
        .order_by(first.c.turn, first.c.tenant_id, first.c.user_id)
    )


def _unchecked(person: FromClause) -> ColumnElement[int]:
    return person.c.last_seq - person.c.checked_seq


def _enough(person: FromClause) -> ColumnElement[bool]:
    return and_(person.c.last_seq > person.c.checked_seq, _unchecked(person) >= _THRESHOLD)


def _has_lingered(person: FromClause) -> ColumnElement[bool]:
    first = (
        select(events.c.recorded_at)
        .where(events.c.tenant_id == person.c.tenant_id, events.c.user_id == person.c.user_id)
        .where(events.c.seq == func.greatest(person.c.checked_seq, 0) + 1)
        .correlate(person)
        .scalar_subquery()  # a join would be sorted
    )
    return first < bindparam("before", type_=TIMESTAMP(timezone=True))


def _unvisited_people() -> Select[Any]:
    return (
        select(users.c.tenant_id, users.c.user_id)
        .where(users.c.revision > text("0"), _free(users))  # not bound, as the index says it
        .where(users.c.checked_at < bindparam("since", type_=TIMESTAMP(timezone=True)))
        .order_by(users.c.checked_at, users.c.tenant_id, users.c.user_id)
    )


def _leasing(who: Select[Any]) -> Update:
    """Lease the first of these people, but for those whom somebody else is just leasing."""
    some = who.limit(_LIMIT).with_for_update(skip_locked=True, of=users).cte("some")
    of_tenant = cast(func.length(users.c.tenant_id), Text) + ":" + users.c.tenant_id
    return (
        update(users)
        .where(
            tuple_(users.c.tenant_id, users.c.user_id).in_(select(some.c.tenant_id, some.c.user_id))
        )
        .values(
            lease_owner=bindparam("token", type_=Text) + of_tenant + users.c.user_id,
            lease_until=bindparam("until", type_=TIMESTAMP(timezone=True)),
        )
        .returning(users.c.tenant_id, users.c.user_id)
    )


# Built once: that takes longer than Postgres does.
_DUE = _leasing(_waiting_people())
_LINGERING = _leasing(_waiting_people(_has_lingered))
_UNVISITED = _leasing(_unvisited_people())
