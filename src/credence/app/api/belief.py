"""Reading a belief: as it stands, as it stood, how it came about."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from credence.app.api.access import Tenant
from credence.app.api.belief_shapes import (
    BeliefOut,
    ChunkDetail,
    ChunkOut,
    Difference,
    EvidenceOut,
    HistoryPage,
    Moved,
    ProfileOut,
    RememberedEvent,
    RevisionOut,
)
from credence.app.api.fields import Moment
from credence.app.api.numbers import LARGEST, ChunkId, RevisionNumber
from credence.app.api.paging import Cursor, Limit, cursor_at, number_place
from credence.app.api.problems import documented
from credence.app.api.serving import App
from credence.app.api.users import UserId
from credence.app.belief_views import View, at_instant, at_revision, present
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.memory.errors import ChunkNotFound, Invalid
from credence.memory.model import Chunk, Person, SeenEvent
from credence.memory.unit_of_work import UnitOfWork, unit_of_work

router = APIRouter(prefix="/v1/users/{user_id:path}/belief", tags=["belief"])

_EVIDENCE_SHOWN = 200
_HISTORY_SHOWN = 200


@router.get("", summary="Read a belief", response_model=BeliefOut, responses=documented(404))
async def get_belief(
    user_id: UserId,
    tenant: Tenant,
    app: App,
    revision: RevisionNumber | None = None,
    at: Annotated[Moment | None, Query(description="an instant, with UTC offset")] = None,
) -> BeliefOut:
    """The three tiers: event memory, preference chunks, profile.

    As they stand now; or as they stood at a `revision`, evaluated at its time; or as they stood
    `at` an instant, with the events known then.
    """
    if revision is not None and at is not None:
        raise Invalid("revision and at are both given", field="at", fix="send one of them")
    person = Person(tenant, user_id)
    async with unit_of_work(app.engine) as uow:
        if revision is not None:
            view = await _past(uow, person, app, revision)
        elif at is not None:
            view = await at_instant(uow, person, at, event_memory=app.settings.event_memory)
        else:
            view = await present(uow, person, clock=utc_now, event_memory=app.settings.event_memory)
    chunks = [_chunk(chunk, view.as_of, app) for chunk in view.belief.active]
    return BeliefOut(
        user_id=user_id,
        revision=view.belief.revision,
        as_of=view.as_of,
        pending=view.pending,
        events=[RememberedEvent.of(seen) for seen in view.recent],
        chunks=sorted(chunks, key=lambda chunk: (-abs(chunk.strength), chunk.chunk_id)),
        profile=ProfileOut.of(view.belief.profile),
    )


@router.get(
    "/diff", summary="Compare two revisions", response_model=Difference, responses=documented(404)
)
async def get_difference(
    user_id: UserId,
    tenant: Tenant,
    app: App,
    before: Annotated[int, Query(alias="from", ge=0, le=LARGEST, description="earlier revision")],
    after: Annotated[
        int | None,
        Query(alias="to", ge=0, le=LARGEST, description="later one; default the latest"),
    ] = None,
) -> Difference:
    """Chunks that were added, removed and changed from one revision to another."""
    person = Person(tenant, user_id)
    async with unit_of_work(app.engine) as uow:
        latest = (await uow.people.get(person)).revision
        old = await _past(uow, person, app, before)
        new = await _past(uow, person, app, latest if after is None else after)
    was = {chunk.chunk_id: chunk for chunk in old.belief.active}
    now_is = {chunk.chunk_id: chunk for chunk in new.belief.active}
    return Difference(
        user_id=user_id,
        from_revision=old.belief.revision,
        to_revision=new.belief.revision,
        added=[_chunk(now_is[i], new.as_of, app) for i in sorted(now_is.keys() - was.keys())],
        removed=[_chunk(was[i], old.as_of, app) for i in sorted(was.keys() - now_is.keys())],
        changed=[
            Moved(before=_chunk(was[i], old.as_of, app), after=_chunk(now_is[i], new.as_of, app))
            for i in sorted(was.keys() & now_is.keys())
            if was[i] != now_is[i]
        ],
        profile_before=ProfileOut.of(old.belief.profile),
        profile_after=ProfileOut.of(new.belief.profile),
    )


@router.get(
    "/history",
    summary="How a belief came about",
    response_model=HistoryPage,
    responses=documented(404),
)
async def get_history(
    user_id: UserId, tenant: Tenant, app: App, limit: Limit = 50, cursor: Cursor = None
) -> HistoryPage:
    """Every revision with its changes and reasons, the latest first, a page at a time."""
    person = Person(tenant, user_id)
    before = number_place(cursor)
    async with unit_of_work(app.engine) as uow:
        latest = (await uow.people.get(person)).revision
        upto = latest if before is None else min(latest, before - 1)
        first = max(0, upto - limit)  # revisions are numbered without gaps
        found = await uow.beliefs.history(person, after=first, upto=upto) if upto > 0 else ()
    return HistoryPage(
        revisions=[
            RevisionOut.of(revision, half_life=app.counter.rules.half_life)
            for revision in reversed(found)
        ],
        next_cursor=cursor_at(first + 1 if first > 0 else None),
    )


@router.get(
    "/chunks/{chunk_id}",
    summary="One chunk with its evidence",
    response_model=ChunkDetail,
    responses=documented(404),
)
async def get_chunk(user_id: UserId, chunk_id: ChunkId, tenant: Tenant, app: App) -> ChunkDetail:
    """What the chunk says, the events that count for and against it, and its history: the latest
    200 revisions that changed it, oldest first.

    Chunks that were merged, forgotten or rejected can be read too.
    """
    person = Person(tenant, user_id)
    async with unit_of_work(app.engine) as uow:
        belief = (await uow.beliefs.load(person)).belief
        chunk = belief.chunk(chunk_id)
        if chunk is None:
            raise ChunkNotFound(chunk_id)
        joined = belief.joined_in(chunk_id)
        evidence = await uow.beliefs.evidence_of(person, joined, limit=_EVIDENCE_SHOWN)
        seqs = [piece.event_seq for piece in evidence]
        events = {event.seq: event for event in await uow.events.with_numbers(person, seqs)}
        named = sorted({e.item_id for e in events.values() if e.item_id is not None})
        items = await uow.catalogue(tenant).get(named)
        history = await uow.beliefs.history_of(person, chunk_id, most=_HISTORY_SHOWN)
    titles = {item_id: embedded.item.title for item_id, embedded in items.items()}
    return ChunkDetail(
        chunk=_chunk(chunk, utc_now(), app),
        evidence=[
            EvidenceOut(
                event=RememberedEvent.of(
                    SeenEvent(
                        event := events[piece.event_seq],
                        None,
                        title=titles.get(event.item_id) if event.item_id else None,
                    )
                ),
                weight=piece.weight,
                direction="like" if piece.weight > 0 else "dislike",
                words=piece.words,
            )
            for piece in evidence
        ],
        history=[
            RevisionOut.of(revision, half_life=app.counter.rules.half_life) for revision in history
        ],
    )


async def _past(uow: UnitOfWork, person: Person, app: Application, revision: int) -> View:
    """The belief at a revision, seen at its time. Raises RevisionNotFound."""
    return await at_revision(uow, person, revision, event_memory=app.settings.event_memory)


def _chunk(chunk: Chunk, now: datetime, app: Application) -> ChunkOut:
    return ChunkOut.of(chunk, now=now, half_life=app.counter.rules.half_life)
