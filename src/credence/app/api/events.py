"""Events: what people did, into an append-only log."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from credence.app.api.access import Tenant
from credence.app.api.bodies import json_of
from credence.app.api.examples import Example, asked_as, shown_as
from credence.app.api.fields import (
    NO_CONTROL,
    Id,
    JsonObject,
    LongText,
    NewItemId,
    NewPersonId,
    Number,
    WrittenMoment,
)
from credence.app.api.openapi import body_of
from credence.app.api.paging import Cursor, Limit, cursor_at, number_place
from credence.app.api.problems import FieldError, documented, field_error
from credence.app.api.rows import Batches
from credence.app.api.serving import App, Measured
from credence.app.api.users import UserId
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.memory.errors import Refused
from credence.memory.model import Action, Event, Person
from credence.memory.record_events import NewEvent, Outcome, record_events
from credence.memory.unit_of_work import unit_of_work
from credence.memory.verdict import BADLY, WELL

router = APIRouter(tags=["events"])

MOST = 1_000  # events in a batch
_ABOUT_SOMETHING = frozenset(Action) - {Action.VIEW, Action.CLICK}  # those may be of a page
_EXAMPLE: Example = {
    "user_id": "ada",
    "item_id": "left-hand",
    "action": "review",
    "rating": 4.5,
    "text": "Slow to start, then I could not put it down. Superb world building.",
    "occurred_at": "2026-05-01T19:30:00Z",
    "metadata": {"device": "e-reader"},
}
_RECORDED: Example = {"index": 0, "status": "recorded", "user_id": "ada", "seq": 1, "error": None}
_LOGGED: Example = {
    "seq": 1,
    "item_id": "left-hand",
    "action": "like",
    "rating": None,
    "text": "",
    "metadata": {},
    "occurred_at": "2026-05-01T19:30:00Z",
    "recorded_at": "2026-05-01T19:30:01Z",
    "impression_id": None,
}


class EventIn(BaseModel):
    """One thing a person did.

    A rating action needs a rating; all but views and clicks need an item, or text that says what
    they are about. A like of 2 or less and a dislike or skip of 4 or more contradict themselves.
    """

    model_config = asked_as(_EXAMPLE)

    user_id: NewPersonId
    action: Action
    item_id: NewItemId | None = None
    rating: Annotated[Number, Field(ge=0, le=5)] | None = None
    text: LongText = ""
    occurred_at: Annotated[
        WrittenMoment | None,
        Field(description="ISO 8601 with UTC offset; when left out, the time of arrival"),
    ] = None
    metadata: JsonObject = {}
    impression_id: Annotated[Id | None, Field(description="the recommendation that led to it")] = (
        None
    )
    idempotency_key: Annotated[
        Id | None, Field(description="the same key and body are recorded once, however often sent")
    ] = None

    @model_validator(mode="after")
    def _rated(self) -> EventIn:
        if self.action is Action.RATING and self.rating is None:
            raise PydanticCustomError(
                "rating_missing",
                "a rating action has no rating",
                {"field": "rating", "fix": "add rating, 0 to 5"},
            )
        return self

    @model_validator(mode="after")
    def _says_something(self) -> EventIn:
        if self.item_id is None and self.action in _ABOUT_SOMETHING and not self.text.strip():
            raise PydanticCustomError(
                "about_nothing",
                "this action ({action}) is about nothing: it has neither item nor text",
                {
                    "action": self.action.value,
                    "field": "item_id",
                    "fix": "add item_id, or text that says what it is about",
                },
            )
        return self

    @model_validator(mode="after")
    def _of_one_mind(self) -> EventIn:
        if self.rating is None:
            return self
        liked, passed = self.action is Action.LIKE, self.action in {Action.DISLIKE, Action.SKIP}
        if (liked and self.rating <= BADLY) or (passed and self.rating >= WELL):
            raise PydanticCustomError(
                "contradiction",
                "a rating of {rating} contradicts the action ({action})",
                {
                    "rating": f"{self.rating:g}",
                    "action": self.action.value,
                    "field": "rating",
                    "fix": "leave the rating out, or send it with the action rating",
                },
            )
        return self

    def to_domain(self, now: datetime, key: str | None) -> NewEvent:
        return NewEvent(
            user_id=self.user_id,
            action=self.action,
            occurred_at=self.occurred_at or now,
            dated=self.occurred_at is not None,
            item_id=self.item_id,
            rating=self.rating,
            text=self.text,
            metadata=self.metadata,
            impression_id=self.impression_id,
            idempotency_key=self.idempotency_key or key,
        )


class EventBatch(BaseModel):
    """Up to 1,000 events, recorded in this order."""

    model_config = asked_as({"events": [_EXAMPLE]})

    events: list[EventIn] = Field(min_length=1, max_length=MOST)


class EventResult(BaseModel):
    """What became of one event; `seq` is its place in the person's log."""

    model_config = shown_as(_RECORDED)

    index: int
    status: Literal["recorded", "duplicate", "rejected"]
    user_id: str | None = None
    seq: int | None = None
    error: FieldError | None = None


class EventBatchOut(BaseModel):
    """What became of a batch: a rejected row keeps no other from being recorded."""

    model_config = shown_as({"recorded": 1, "duplicate": 0, "rejected": 0, "results": [_RECORDED]})

    recorded: int
    duplicate: int
    rejected: int
    results: list[EventResult]


class EventOut(BaseModel):
    """An event as it stands in the log."""

    model_config = shown_as(_LOGGED)

    seq: int
    item_id: str | None
    action: Action
    rating: float | None
    text: str
    metadata: dict[str, object]
    occurred_at: datetime
    recorded_at: datetime
    impression_id: str | None

    @classmethod
    def of(cls, event: Event) -> EventOut:
        return cls(
            seq=event.seq,
            item_id=event.item_id,
            action=event.action,
            rating=event.rating,
            text=event.text,
            metadata=dict(event.metadata),
            occurred_at=event.occurred_at,
            recorded_at=event.recorded_at,
            impression_id=event.impression_id,
        )


class EventPage(BaseModel):
    """Events, the latest arrival first."""

    model_config = shown_as({"events": [_LOGGED], "next_cursor": None})

    events: list[EventOut]
    next_cursor: str | None


_BATCHES = Batches(EventIn, field="events", most=MOST)
_BATCH_OUT = TypeAdapter(EventBatchOut)
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=190,
        pattern=NO_CONTROL,
        description="for a batch, row keys are derived from it as KEY:INDEX",
        examples=["0b5e1c6e-1"],
    ),
]


@router.post(
    "/v1/events",
    summary="Record one event or up to 1,000",
    response_model=EventResult | EventBatchOut,
    responses={
        201: {"model": EventResult, "description": "The single event was recorded"},
        207: {"model": EventBatchOut, "description": "Some rows of the batch were rejected"},
        **documented(404, 409),
    },
    openapi_extra=body_of(EventIn, EventBatch),
)
async def post_events(
    request: Request, tenant: Tenant, app: App, measured: Measured, idempotency_key: Key = None
) -> Response:
    """A single event: 201, or 200 if it was recorded before. A batch: 200, or 207 if any row was
    rejected; every row has its own result. The planner hears of it in the background.

    Where events about unknown items are accepted, what an item tells is learnt when it comes."""
    body = await json_of(request)
    if not isinstance(body, dict) or "events" not in body:
        result = await _single(body, idempotency_key, tenant=tenant, app=app)
        measured.events(result.status, 1)
        status = 201 if result.status == "recorded" else 200
        return Response(result.model_dump_json(), status, media_type="application/json")
    made = await _batch(body, idempotency_key, tenant=tenant, app=app)
    measured.events("recorded", made.recorded)
    measured.events("duplicate", made.duplicate)
    measured.events("rejected", made.rejected)
    status = 207 if made.rejected else 200
    return Response(_BATCH_OUT.dump_json(made), status, media_type="application/json")


@router.get(
    "/v1/users/{user_id:path}/events",
    summary="A person's events",
    response_model=EventPage,
    responses=documented(404),
)
async def list_events(
    user_id: UserId, tenant: Tenant, app: App, limit: Limit = 50, cursor: Cursor = None
) -> EventPage:
    """The whole log of one person, the latest arrival first, a page at a time."""
    person = Person(tenant, user_id)
    async with unit_of_work(app.engine) as uow:
        await uow.people.get(person)
        events = await uow.events.page(person, before=number_place(cursor), limit=limit + 1)
    more = len(events) > limit
    return EventPage(
        events=[EventOut.of(event) for event in events[:limit]],
        next_cursor=cursor_at(events[limit - 1].seq if more else None),
    )


_NEITHER: Final = {
    "loc": ("body", "events"),
    "type": "neither_form",
    "msg": "the body is neither an event nor a batch of events",
    "ctx": {"fix": 'send one event, with user_id and action, or {"events": [...]}'},
}


async def _single(body: object, key: str | None, *, tenant: str, app: Application) -> EventResult:
    if isinstance(body, dict) and body.keys().isdisjoint({"user_id", "action"}):
        raise RequestValidationError([_NEITHER])
    row = _BATCHES.one(body)
    if key is not None and row.idempotency_key not in (None, key):
        raise RequestValidationError(
            [
                {
                    "loc": ("body", "idempotency_key"),
                    "type": "key_mismatch",
                    "msg": "differs from the header Idempotency-Key",
                    "ctx": {"fix": "send the key once"},
                }
            ]
        )
    (outcome,) = await _recorded([row.to_domain(now := utc_now(), key)], now, tenant, app)
    if isinstance(outcome, Refused):
        raise outcome
    return _result(0, outcome)


async def _batch(
    body: dict[str, Any], key: str | None, *, tenant: str, app: Application
) -> EventBatchOut:
    rows = _BATCHES.read(body)
    now = utc_now()
    good = [
        row.value.to_domain(now, None if key is None else f"{key}:{row.index}")
        for row in rows
        if row.value is not None
    ]
    outcomes = iter(await _recorded(good, now, tenant, app) if good else ())
    results = [
        _result(row.index, next(outcomes))
        if row.value is not None
        else EventResult(index=row.index, status="rejected", error=row.errors[0])
        for row in rows
    ]
    counts = Counter(result.status for result in results)
    return EventBatchOut(
        recorded=counts["recorded"],
        duplicate=counts["duplicate"],
        rejected=counts["rejected"],
        results=results,
    )


async def _recorded(
    rows: list[NewEvent], now: datetime, tenant: str, app: Application
) -> tuple[Outcome, ...]:
    if any(row.impression_id is not None for row in rows):
        await app.shelf.impressions.settle()  # a list that was shown can be cited at once
    outcomes = await record_events(
        rows, tenant=tenant, now=now, intake=app.intake, engine=app.engine
    )
    app.worker.wake()
    return outcomes


def _result(index: int, outcome: Outcome) -> EventResult:
    if isinstance(outcome, Refused):
        return EventResult(index=index, status="rejected", error=field_error(outcome))
    return EventResult(
        index=index,
        status="duplicate" if outcome.duplicate else "recorded",
        user_id=outcome.user_id,
        seq=outcome.seq,
    )
