"""Lists that a person was shown: all of them, one, and one with an explanation in words.

Explanations are a model's text and stored nowhere, so that the page of a list shows one only in
answer to the form that asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from credence.app.admin.rendering import sentence
from credence.app.admin.shown.views import (
    FIRST,
    ShownList,
    flags_of,
    route_of,
    shown_list,
    tried_again,
)
from credence.app.admin.someone import ActingOn, Looking, Someone
from credence.app.admin.trying.form import LONGEST_INSTRUCTION
from credence.app.api.fields import Id
from credence.app.explanations import ToExplain, to_explain
from credence.app.not_explained import NotExplained
from credence.app.presence import while_there
from credence.memory.errors import RecommendationNotFound
from credence.memory.model import Impression
from credence.memory.unit_of_work import unit_of_work
from credence.planner.placement import Explanation

router = APIRouter()

_ROWS = 20
_LISTS = "/t/{tenant}/people/@{user_id}/lists"
_GONE = 499  # whoever asked went away, and nobody reads the answer
ListId = Annotated[Id, Path()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """What came of asking for an explanation of one item: words, or why there are none."""

    item_id: str
    told: Explanation | None = None
    revision: int | None = None  # of the belief that was read
    trouble: str = ""
    fix: str = ""

    @property
    def aloud(self) -> str:
        """What is said of it to somebody who listens."""
        return self.trouble if self.told is None else self.told.text


@router.get(_LISTS)
async def lists(someone: Looking, before: Annotated[Id | None, Query()] = None) -> Response:
    """Lists shown to the person, the latest first, and what came of each."""
    desk, person = someone.desk, someone.person
    await desk.app.shelf.impressions.settle()  # a list can be seen the moment it was shown
    async with unit_of_work(desk.app.engine) as uow:
        place = None if before is None else await uow.impressions.get(person, before)
        found = await uow.impressions.of_person(person, limit=_ROWS + 1, before=place)
        shown = found[:_ROWS]
        citing = await uow.events.citing(person, [one.impression_id for one in shown])
    named = {item for one in shown for item in one.item_ids[:FIRST]}
    named |= {event.item_id for event in citing if event.item_id is not None}
    items = await desk.app.shelf.items(desk.tenant, sorted(named))
    following = None
    if len(found) > _ROWS:
        following = desk.to.person(person.user_id, "/lists", before=shown[-1].impression_id)
    return someone.page(
        "shown/index.html.j2",
        tab="lists",
        title="Lists",
        lists=[
            shown_list(
                one,
                [event for event in citing if event.impression_id == one.impression_id],
                items,
                to=desk.to,
                user_id=person.user_id,
            )
            for one in shown
        ],
        first=desk.to.person(person.user_id, "/lists") if place else None,
        next=following,
    )


@router.get(_LISTS + "/{impression_id}")
async def one_list(someone: Looking, impression_id: ListId) -> Response:
    """One list as it was shown, and how it came about."""
    return await _page(someone, await _shown(someone, impression_id))


@router.post(_LISTS + "/{impression_id}/explanation")
async def explanation(someone: ActingOn, impression_id: ListId) -> Response:
    """The same page with language models' words on why one item is there; nothing is written."""
    request = someone.desk.request
    impression = await _shown(someone, impression_id)  # of this person, and nobody else's
    given = (await request.form()).get("item", "")
    item_id = given if isinstance(given, str) else ""
    try:
        asked = await to_explain(someone.desk.app, someone.desk.tenant, impression_id, item_id)
        told = await while_there(request, asked.told())
    except NotExplained as error:
        worded = Worded(item_id=item_id, trouble=sentence(str(error)), fix=sentence(error.fix))
        status = 409 if error.cause == "off" else 503
        return await _page(someone, impression, worded=worded, status=status)
    if told is None:
        return Response(status_code=_GONE)
    return await _page(someone, impression, worded=_worded(item_id, told, asked))


def _worded(item_id: str, told: Explanation, asked: ToExplain) -> Worded:
    return Worded(item_id=item_id, told=told, revision=asked.revision)


async def _shown(someone: Someone, impression_id: str) -> Impression:
    """Raises RecommendationNotFound, of somebody else's lists too."""
    await someone.desk.app.shelf.impressions.settle()
    async with unit_of_work(someone.desk.app.engine) as uow:
        found = await uow.impressions.get(someone.person, impression_id)
    if found is None:
        raise RecommendationNotFound(impression_id)
    return found


async def _page(
    someone: Someone, impression: Impression, *, worded: Worded | None = None, status: int = 200
) -> Response:
    desk, user_id = someone.desk, someone.summary.user_id
    async with unit_of_work(desk.app.engine) as uow:
        citing = await uow.events.citing(someone.person, [impression.impression_id])
    ids = [*impression.item_ids, *impression.session_items]
    items = await desk.app.shelf.items(desk.tenant, ids)
    found: ShownList = shown_list(impression, citing, items, to=desk.to, user_id=user_id)
    return someone.page(
        "shown/one.html.j2",
        tab="lists",
        title="List",
        status=status,
        shown=found,
        flags=flags_of(impression),
        route=route_of(found),
        again=tried_again(found, to=desk.to, user_id=user_id),
        longest=LONGEST_INSTRUCTION,
        explains=desk.app.teller is not None,
        worded=worded,
    )
