"""The list of people, with a small picture of what each one likes and dislikes most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from credence.app.admin.desk import At, TenantNotFound
from credence.app.admin.figures import nought
from credence.app.admin.links import Links
from credence.app.api.paging import cursor_at, place_in
from credence.memory.people_list import (
    MOST_COUNTED,
    PeopleOrder,
    PersonRow,
    Place,
    Tastes,
    place_of,
)
from credence.memory.strength import Standing, standing
from credence.memory.unit_of_work import unit_of_work

router = APIRouter()

_ROWS = 50
_TASTES = 2  # strongest likes, and as many dislikes, a row
_WEIGHED = 8  # of those with most evidence behind them, as evidence fades while it lies
_ORDERS = (
    (PeopleOrder.ACTIVE, "Last active"),
    (PeopleOrder.CHANGED, "Most changed"),
    (PeopleOrder.UNCERTAIN, "Least sure"),
    (PeopleOrder.ATTENTION, "Needs attention"),
    (PeopleOrder.ID, "Id"),
)


@dataclass(frozen=True, slots=True)
class Taste:
    """One belief in a row."""

    text: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Row:
    """One person in the list."""

    person: PersonRow
    tastes: Sequence[Taste]


@router.get("/t/{tenant}/people")
async def people(
    desk: At,
    q: Annotated[str, Query(max_length=200)] = "",
    order: PeopleOrder = PeopleOrder.ACTIVE,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """People in some order, a page at a time."""
    starting = q.strip().replace("\0", "")
    after = None if cursor is None else Place.from_json(place_in(cursor), order=order)
    async with unit_of_work(desk.app.engine) as uow:
        found = await uow.people_list.page(
            desk.tenant, order=order, starting=starting, after=after, limit=_ROWS + 1
        )
        shown = found[:_ROWS]
        tastes = await uow.people_list.tastes(
            desk.tenant, [row.user_id for row in shown], most=_WEIGHED
        )
        about = await uow.people_list.count_about(desk.tenant)
    half_life = desk.app.counter.rules.half_life
    rows = [
        Row(row, _strongest(tastes[row.user_id], now=desk.now, half_life=half_life))
        for row in shown
    ]
    fields = {"q": starting, "order": order.value}
    following = None
    if len(found) > _ROWS:
        following = desk.to.people(**fields, cursor=cursor_at(place_of(shown[-1], order).to_json()))
    return desk.page(
        "people.html.j2",
        section="people",
        title="People",
        q=starting,
        order=order.value,
        orders=[(value.value, words) for value, words in _ORDERS],
        rows=rows,
        about=about,
        more_than=about >= MOST_COUNTED,
        first=desk.to.people(**fields) if cursor else None,
        next=following,
    )


@router.get("/t/{tenant}/switch")
async def switch(desk: At, to: Annotated[str, Query(max_length=200)]) -> Response:
    """The people of another tenant."""
    if to not in desk.tenants:
        raise TenantNotFound(to)
    return RedirectResponse(Links(desk.to.root, to).people(), 303)


def _strongest(tastes: Tastes, *, now: datetime, half_life: timedelta) -> Sequence[Taste]:
    """Likes before dislikes, those that are strongest now first; none that is undecided."""
    stands = [
        [Taste(c.text, standing(c, now=now, half_life=half_life)) for c in side]
        for side in (tastes.likes, tastes.dislikes)
    ]
    return [
        taste
        for side in stands
        for taste in sorted(
            (taste for taste in side if not nought(taste.standing.strength)),
            key=lambda taste: (-abs(taste.standing.strength), taste.text),
        )[:_TASTES]
    ]
