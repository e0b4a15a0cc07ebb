"""What came of a tenant's lists, summed up by the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.grouped import refuse_twice, utc_day
from credence.memory.outcome import ListOutcome, Spread, Telling
from credence.memory.tables import events, impressions
from credence.memory.verdict import BADLY, REFUSING, TAKING, WELL

_LISTS, _DONE = impressions.c, events.c
# Not bound: grouped by, it must read the same twice.
_EXPERT: ColumnElement[str] = literal_column("impressions.routing ->> 'expert'", Text())
_GROUPS: Mapping[Telling, ColumnElement[Any]] = {
    Telling.RANKER: _LISTS.ranker,
    Telling.DAY: utc_day(_LISTS.shown_at),
    Telling.EXPERT: _EXPERT,
    Telling.ASKED: case(
        (_LISTS.instruction == literal_column("''"), literal_column("'no'")),
        else_=literal_column("'yes'"),
    ),
}
_RATED = _DONE.rating.is_not(None)  # then the rating decides, whatever was done
_TAKEN = case((_RATED, _DONE.rating >= WELL), else_=_DONE.action.in_(TAKING))
_REFUSED = case((_RATED, _DONE.rating <= BADLY), else_=_DONE.action.in_(REFUSING))
_SAYS = or_(_RATED, _DONE.action.in_((*TAKING, *REFUSING)))  # a word about the item, not a look


class Outcomes:
    """The only place that writes SQL about what came of lists."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(
        self, tenant: str, *, by: Sequence[Telling], since: datetime, most: int | None = None
    ) -> tuple[ListOutcome, ...]:
        """Lists shown since then, told apart by these groupings in this order.

        In order of days if the days are asked for, of `most` groups the latest; else the most
        lists first. By none: one group of all, or none where nothing was shown. Raises Invalid
        where a grouping is named twice.
        """
        refuse_twice(by)
        rows = await self._connection.execute(_summed(tenant, by, since).limit(most))
        found = [_outcome(row, by) for row in rows if row.lists]
        return tuple(found if Telling.DAY not in by else sorted(found, key=_day))


def _summed(tenant: str, by: Sequence[Telling], since: datetime) -> Select[Any]:
    person = _by_person(tenant, by, since).subquery("person")
    groups = [person.c[f"group_{number}"] for number in range(len(by))]
    lists, taken = person.c.lists, person.c.taken
    query: Select[Any] = select(
        *groups,
        func.coalesce(func.sum(lists), 0).label("lists"),
        func.count().label("people"),
        func.sum(person.c.cited).label("cited"),
        func.sum(taken).label("taken"),
        func.sum(person.c.refused).label("refused"),
        func.sum(person.c.reciprocal).label("reciprocal"),
        func.sum(lists * lists).label("lists_squared"),
        func.sum(lists * taken).label("lists_taken"),
        func.sum(taken * taken).label("taken_squared"),
    )
    if not by:
        return query
    days = [groups[by.index(Telling.DAY)].desc()] if Telling.DAY in by else []
    return query.group_by(*groups).order_by(*days, func.sum(lists).desc(), *groups)


def _by_person(tenant: str, by: Sequence[Telling], since: datetime) -> Select[Any]:
    """How many of each person's lists, by group, came to what."""
    told = _told(tenant, since).subquery("told")
    groups = [_GROUPS[one].label(f"group_{number}") for number, one in enumerate(by)]
    whose = func.coalesce(_LISTS.user_id, _LISTS.impression_id)
    return (
        select(
            *groups,
            func.count().label("lists"),
            func.count(told.c.impression_id).label("cited"),
            func.count(told.c.place).label("taken"),
            func.count().filter(told.c.refused).label("refused"),
            func.coalesce(func.sum(1.0 / cast(told.c.place, Double)), 0.0).label("reciprocal"),
        )
        .select_from(impressions)
        .outerjoin(told, told.c.impression_id == _LISTS.impression_id)
        .where(_LISTS.tenant_id == tenant, _LISTS.shown_at >= since)
        .group_by(*(_GROUPS[one] for one in by), whose, _LISTS.user_id.is_(None))
    )


def _told(tenant: str, since: datetime) -> Select[Any]:
    """What events say of each list: the first place something was taken from, and refusals.

    Only events since the list was shown, about its items. Of what somebody says of an item the
    latest word counts.
    """
    word = _words(tenant, since).subquery("word")
    last = word.c.age == 1
    return select(
        word.c.impression_id,
        func.min(word.c.place).filter(last, word.c.taken).label("place"),
        func.bool_or(and_(last, word.c.refused)).label("refused"),
    ).group_by(word.c.impression_id)


def _words(tenant: str, since: datetime) -> Select[Any]:
    """Events that cite a list, each with its age among what its person says of the item."""
    place = func.array_position(_LISTS.item_ids, _DONE.item_id)
    return (
        select(
            _LISTS.impression_id,
            place.label("place"),
            _TAKEN.label("taken"),
            _REFUSED.label("refused"),
            func.row_number()
            .over(
                partition_by=(_LISTS.impression_id, place, _DONE.user_id),
                order_by=(_SAYS.desc(), _DONE.occurred_at.desc(), _DONE.seq.desc()),
            )
            .label("age"),
        )
        .join_from(
            events,
            impressions,
            and_(_LISTS.tenant_id == _DONE.tenant_id, _LISTS.impression_id == _DONE.impression_id),
        )
        .where(_DONE.tenant_id == tenant, _DONE.recorded_at >= since)
        .where(_LISTS.shown_at >= since, _DONE.occurred_at >= _LISTS.shown_at)
        .where(place.is_not(None))
    )


def _day(outcome: ListOutcome) -> str:
    return outcome.group[Telling.DAY] or ""


def _outcome(row: Row[Any], by: Sequence[Telling]) -> ListOutcome:
    return ListOutcome(
        group={one: row._mapping[f"group_{number}"] for number, one in enumerate(by)},
        lists=int(row.lists),
        people=row.people,
        cited=int(row.cited),
        taken=int(row.taken),
        refused=int(row.refused),
        reciprocal_ranks=float(row.reciprocal),
        spread=Spread(
            lists_squared=int(row.lists_squared),
            lists_taken=int(row.lists_taken),
            taken_squared=int(row.taken_squared),
        ),
    )
