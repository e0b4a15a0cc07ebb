"""What calls to language models cost, for the accounts and for a tenant's budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    bindparam,
    case,
    column,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.grouped import refuse_twice, utc_day
from credence.memory.llm_call import ANSWERED, Grouping, Spent, StoredCall, Total
from credence.memory.model import Person
from credence.memory.tables import llm_calls, users

_CALLS = llm_calls.c
_DAY = utc_day(_CALLS.started_at)
_GROUPS: Mapping[Grouping, ColumnElement[Any]] = {
    Grouping.ROLE: _CALLS.role,
    Grouping.RUN: _CALLS.run_id,
    Grouping.PERSON: _CALLS.user_id,
    Grouping.DAY: _DAY,
    Grouping.MODEL: _CALLS.model,
}
_SUMS = (
    func.count().label("calls"),
    func.count().filter(_CALLS.outcome != ANSWERED).label("failed"),
    func.coalesce(func.sum(_CALLS.tokens_in), 0).label("tokens_in"),
    func.coalesce(func.sum(_CALLS.tokens_cached), 0).label("tokens_cached"),
    func.coalesce(func.sum(_CALLS.tokens_out), 0).label("tokens_out"),
    func.coalesce(func.sum(_CALLS.price), 0).label("price"),
    func.count().filter(_CALLS.price.is_(None)).label("unpriced"),
)


_OF_A_CALL = tuple(one.name for one in fields(StoredCall))


def _adding() -> Any:
    """Calls given as columns, and the person, if there is one, held and named in each."""
    new = (
        func.unnest(*(bindparam(n, type_=ARRAY(_CALLS[n].type)) for n in _OF_A_CALL))
        .table_valued(*(column(n, _CALLS[n].type) for n in _OF_A_CALL), name="new")
        .render_derived()
    )
    held = (
        select(users.c.user_id)
        .where(users.c.tenant_id == bindparam("tenant", type_=Text()))
        .where(users.c.user_id == bindparam("user", type_=Text()))
        .with_for_update(read=True, key_share=True)
        .cte("held")
    )
    person = select(held.c.user_id).scalar_subquery()
    nobody = bindparam("user", type_=Text()).is_(None)
    of_run = case((or_(nobody, person.is_not(None)), bindparam("run", type_=Text())))
    told = select(
        bindparam("tenant", type_=Text()), person, of_run, *(new.c[n] for n in _OF_A_CALL)
    )
    return insert(llm_calls).from_select(["tenant_id", "user_id", "run_id", *_OF_A_CALL], told)


_ADD = _adding()


class LlmCalls:
    """The only place that writes SQL about calls to language models."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        tenant: str,
        calls: Sequence[StoredCall],
        *,
        user_id: str | None = None,
        run_id: str | None = None,
    ) -> None:
        """Write calls made for one person, or for nobody, in one statement.

        Those of somebody who is not there, or whose erasure is under way, are written without
        person and run. They are held against erasure until the transaction ends.
        """
        if not calls:
            return
        columns = {name: [getattr(call, name) for call in calls] for name in _OF_A_CALL}
        whose = {"tenant": tenant, "user": user_id, "run": run_id}
        await self._connection.execute(_ADD, whose | columns)

    async def spent(self, tenant: str, *, since: datetime) -> Spent:
        """What a tenant's calls that began since then took."""
        row = (
            await self._connection.execute(
                select(
                    func.coalesce(func.sum(_CALLS.tokens_in + _CALLS.tokens_out), 0).label("all"),
                    func.coalesce(func.sum(_CALLS.price), 0).label("price"),
                ).where(_CALLS.tenant_id == tenant, _CALLS.started_at >= since)
            )
        ).one()
        return Spent(tokens=int(row.all), price=float(row.price))

    async def totals(
        self, tenant: str, *, by: Sequence[Grouping], since: datetime, most: int | None = None
    ) -> tuple[Total, ...]:
        """A tenant's calls since then, summed up by these groupings in this order.

        In order of days if the days are asked for, of `most` groups the latest; else the dearest
        first. By none: one total of all. Raises Invalid where a grouping is named twice.
        """
        refuse_twice(by)
        rows = await self._connection.execute(_summed(tenant, by, since).limit(most))
        found = [_total(row, by) for row in rows]
        return tuple(found if Grouping.DAY not in by else sorted(found, key=_day))

    async def of_run(self, person: Person, run_id: str) -> tuple[StoredCall, ...]:
        """The calls of one run of a person, in the order in which they were written."""
        rows = await self._connection.execute(
            select(*(_CALLS[one.name] for one in fields(StoredCall)))
            .where(_CALLS.tenant_id == person.tenant, _CALLS.user_id == person.user_id)
            .where(_CALLS.run_id == run_id)
            .order_by(_CALLS.number)
        )
        return tuple(StoredCall(**row._mapping) for row in rows)


def _summed(tenant: str, by: Sequence[Grouping], since: datetime) -> Select[Any]:
    """The one query behind every table of cost."""
    groups = [_GROUPS[one] for one in by]
    named = [group.label(f"group_{number}") for number, group in enumerate(groups)]
    query: Select[Any] = select(*named, *_SUMS).where(
        _CALLS.tenant_id == tenant, _CALLS.started_at >= since
    )
    if not groups:
        return query
    days = [_DAY.desc()] if Grouping.DAY in by else []
    spent = func.coalesce(func.sum(_CALLS.price), 0).desc()
    tokens = func.sum(_CALLS.tokens_in + _CALLS.tokens_out).desc()
    return query.group_by(*groups).order_by(*days, spent, tokens, *groups)


def _day(total: Total) -> str:
    return total.group[Grouping.DAY] or ""


def _total(row: Row[Any], by: Sequence[Grouping]) -> Total:
    return Total(
        group={one: row._mapping[f"group_{number}"] for number, one in enumerate(by)},
        calls=row.calls,
        failed=row.failed,
        tokens_in=int(row.tokens_in),
        tokens_cached=int(row.tokens_cached),
        tokens_out=int(row.tokens_out),
        price=float(row.price),
        unpriced=row.unpriced,
    )
