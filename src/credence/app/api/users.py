"""Users: the people that beliefs are about."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from credence.app.api.access import Tenant
from credence.app.api.bodies import JsonRoute
from credence.app.api.examples import Example, asked_as, shown_as
from credence.app.api.fields import JsonObject, NewPersonId, PersonId
from credence.app.api.paging import Cursor, Limit, cursor_at, text_place
from credence.app.api.problems import documented
from credence.app.api.serving import App
from credence.app.clock import utc_now
from credence.app.erasure import erase_everywhere
from credence.app.export import export_of
from credence.memory.model import Person
from credence.memory.people import PersonSummary
from credence.memory.unit_of_work import unit_of_work

router = APIRouter(prefix="/v1/users", tags=["users"])
# After the routes below a user: it takes all.
by_id = APIRouter(prefix="/v1/users", tags=["users"], route_class=JsonRoute)

_NAMED = Path(description="your id of the person, without slashes", examples=["ada"])
UserId = Annotated[PersonId, _NAMED]
UserIdToStore = Annotated[NewPersonId, _NAMED]

_EXAMPLE: Example = {
    "user_id": "ada",
    "attributes": {"locale": "en-GB"},
    "created_at": "2026-05-01T09:00:00Z",
    "last_event_at": "2026-05-02T19:30:00Z",
    "events": 12,
    "pending": 2,
    "revision": 4,
}


class UserBody(BaseModel):
    """What you want to keep about the person; nothing is inferred from it."""

    model_config = asked_as({"attributes": {"locale": "en-GB"}})

    attributes: JsonObject = {}


class UserOut(BaseModel):
    """One person in figures: events recorded, events pending, revision of the belief."""

    model_config = shown_as(_EXAMPLE)

    user_id: str
    attributes: dict[str, object]
    created_at: datetime
    last_event_at: datetime | None
    events: int
    pending: int
    revision: int

    @classmethod
    def of(cls, person: PersonSummary) -> UserOut:
        return cls(
            user_id=person.user_id,
            attributes=dict(person.attributes),
            created_at=person.created_at,
            last_event_at=person.last_event_at,
            events=person.events,
            pending=person.pending,
            revision=person.revision,
        )


class UserPage(BaseModel):
    """People in order of id."""

    model_config = shown_as({"users": [_EXAMPLE], "next_cursor": None})

    users: list[UserOut]
    next_cursor: str | None


class Receipt(BaseModel):
    """What was erased: rows by table. Nothing about the person is left in any of them.

    Those of `llm_calls` stay for the accounts, and no longer say whom they were for.
    """

    model_config = shown_as(
        {
            "user_id": "ada",
            "erased_at": "2026-05-03T08:00:00Z",
            "rows": {
                "planner_runs": 5,
                "planner_threads": 0,
                "evidence": 20,
                "ledger": 31,
                "profiles": 3,
                "revisions": 4,
                "chunks": 9,
                "events": 12,
                "impressions": 2,
                "users": 1,
                "llm_calls": 6,
            },
        }
    )

    user_id: str
    erased_at: datetime
    rows: dict[str, int]


@router.get("", summary="List users", response_model=UserPage, responses=documented())
async def list_users(
    tenant: Tenant, app: App, limit: Limit = 50, cursor: Cursor = None
) -> UserPage:
    """People in order of id, a page at a time."""
    async with unit_of_work(app.engine) as uow:
        people = await uow.people.page(tenant, after=text_place(cursor), limit=limit + 1)
    more = len(people) > limit
    return UserPage(
        users=[UserOut.of(person) for person in people[:limit]],
        next_cursor=cursor_at(people[limit - 1].user_id if more else None),
    )


@router.get(
    "/{user_id:path}/export",
    summary="Export everything about a person",
    response_class=StreamingResponse,
    responses={
        **documented(404),
        200: {
            "description": "One JSON object with a list for every table that holds the person",
            "content": {
                "application/json": {
                    "schema": {"type": "object"},
                    "example": {
                        "format": "credence-export/1",
                        "exported_at": "2026-05-03T08:00:00Z",
                        "users": [{"user_id": "ada", "attributes": {"locale": "en-GB"}}],
                        "events": [{"seq": 1, "action": "like", "item_id": "left-hand"}],
                        "chunks": [],
                        "evidence": [],
                        "profiles": [],
                        "revisions": [],
                        "ledger": [],
                        "planner_runs": [],
                        "impressions": [],
                        "planner_threads": [],
                    },
                }
            },
        },
    },
)
async def export_user(user_id: UserId, tenant: Tenant, app: App) -> StreamingResponse:
    """User, events, chunks of every status, evidence, profiles, ledger, runs and impressions."""
    return StreamingResponse(
        await export_of(app, Person(tenant, user_id)),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="export.json"'},
    )


@by_id.put(
    "/{user_id:path}",
    summary="Create a user or replace the attributes",
    response_model=UserOut,
    responses={201: {"model": UserOut, "description": "Created"}, **documented()},
)
async def put_user(
    user_id: UserIdToStore, body: UserBody, tenant: Tenant, app: App, response: Response
) -> UserOut:
    """201 if the person is new, 200 if only the attributes were replaced."""
    person = Person(tenant, user_id)
    async with unit_of_work(app.engine) as uow:
        created = await uow.people.put(person, body.attributes, now=utc_now())
        summary = await uow.people.get(person)
    response.status_code = 201 if created else 200
    return UserOut.of(summary)


@by_id.get(
    "/{user_id:path}", summary="Read a user", response_model=UserOut, responses=documented(404)
)
async def get_user(user_id: UserId, tenant: Tenant, app: App) -> UserOut:
    """The person in figures; what is believed is at .../belief."""
    async with unit_of_work(app.engine) as uow:
        return UserOut.of(await uow.people.get(Person(tenant, user_id)))


@by_id.delete(
    "/{user_id:path}",
    summary="Erase a user",
    response_model=Receipt,
    responses=documented(404),
)
async def erase_user(user_id: UserId, tenant: Tenant, app: App) -> Receipt:
    """Erase everything about the person, for good, and say how many rows that were."""
    erased = await erase_everywhere(app, Person(tenant, user_id))
    return Receipt(user_id=user_id, erased_at=erased.at, rows=dict(erased.rows))
