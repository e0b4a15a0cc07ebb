"""Changing a belief by hand: every correction is a revision, with an actor and a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from credence.app.api.access import Tenant
from credence.app.api.belief import ChunkId
from credence.app.api.belief_shapes import RevisionOut
from credence.app.api.examples import asked_as
from credence.app.api.fields import Finite, Label
from credence.app.api.planner_runs import RunOut
from credence.app.api.problems import documented
from credence.app.api.serving import App
from credence.app.api.users import UserId
from credence.app.bootstrap import Application
from credence.memory.errors import RevisionNotFound, StaleBelief
from credence.memory.lifecycle.correction import (
    STRONGEST,
    merge,
    pin,
    reject,
    reword,
    set_strength,
    unpin,
)
from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.undo import undo
from credence.memory.model import Person
from credence.memory.unit_of_work import unit_of_work
from credence.planner.correct import Correction, correct

router = APIRouter(prefix="/v1/users/{user_id:path}", tags=["belief"])

_WAIT = timedelta(seconds=10)  # for a planner run of the same person to end
_LARGEST = 2**31 - 1


class Act(BaseModel):
    """Who does it and why; with `if_revision` only if the belief is still at that revision."""

    model_config = asked_as({"actor": "support:eve", "reason": "asked by mail", "if_revision": 4})

    actor: Label = "api"
    reason: Label | None = None
    if_revision: Annotated[int, Field(ge=0, le=_LARGEST)] | None = None


_PLAIN = Act()


class Merge(Act):
    """Which chunk takes this one's evidence over."""

    model_config = asked_as({"into": 2, "reason": "the same thing"})

    into: Annotated[int, Field(ge=1, le=_LARGEST)]


class Edit(Act):
    """New words, another category, a strength set by hand; at least one of them."""

    model_config = asked_as({"text": "slow-burn romance", "strength": 0.8})

    text: Label | None = None
    category: Label | None = None
    strength: Annotated[Finite, Field(ge=-STRONGEST, le=STRONGEST)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Edit:
        if self.text is None and self.category is None and self.strength is None:
            raise PydanticCustomError(
                "nothing_to_change",
                "nothing to change is given",
                {"field": "text", "fix": "send text, category or strength"},
            )
        return self


@router.post(
    "/belief/advance",
    summary="Run the planner now",
    response_model=RunOut,
    responses=documented(404, 409),
)
async def advance(user_id: UserId, tenant: Tenant, app: App) -> RunOut:
    """Look at the person's pending events now instead of waiting; answers the planner's run."""
    return RunOut.of(await app.worker.advance(Person(tenant, user_id), wait=_WAIT))


@router.post(
    "/belief/chunks/{chunk_id}/pin",
    summary="Pin a chunk",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def pin_chunk(
    user_id: UserId, chunk_id: ChunkId, tenant: Tenant, app: App, act: Act = _PLAIN
) -> RevisionOut:
    """A pinned chunk neither drifts, nor is forgotten or merged away."""
    why, now = act.reason or "pinned by hand", app.worker.context.clock()
    return await _corrected(
        app,
        Person(tenant, user_id),
        act,
        why,
        lambda d: pin(d, chunk_id, now=now, rules=app.counter.rules, why=why),
    )


@router.post(
    "/belief/chunks/{chunk_id}/unpin",
    summary="Unpin a chunk",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def unpin_chunk(
    user_id: UserId, chunk_id: ChunkId, tenant: Tenant, app: App, act: Act = _PLAIN
) -> RevisionOut:
    """From now on it drifts and may be forgotten like any other."""
    why, now = act.reason or "unpinned by hand", app.worker.context.clock()
    return await _corrected(
        app, Person(tenant, user_id), act, why, lambda d: unpin(d, chunk_id, now=now, why=why)
    )


@router.post(
    "/belief/chunks/{chunk_id}/forget",
    summary="Reject a chunk",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def forget_chunk(
    user_id: UserId, chunk_id: ChunkId, tenant: Tenant, app: App, act: Act = _PLAIN
) -> RevisionOut:
    """It is wrong: it goes, and what it says is never learnt again."""
    why = act.reason or "rejected by hand"
    return await _corrected(
        app, Person(tenant, user_id), act, why, lambda d: reject(d, chunk_id, why=why)
    )


@router.post(
    "/belief/chunks/{chunk_id}/merge",
    summary="Merge a chunk into another",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def merge_chunk(
    user_id: UserId, chunk_id: ChunkId, tenant: Tenant, app: App, act: Merge
) -> RevisionOut:
    """The other chunk takes its evidence over; both must be liked, or both disliked."""
    why = act.reason or f"merged into chunk {act.into} by hand"
    rules = app.counter.rules
    return await _corrected(
        app,
        Person(tenant, user_id),
        act,
        why,
        lambda d: merge(d, chunk_id, into=act.into, rules=rules, why=why),
    )


@router.patch(
    "/belief/chunks/{chunk_id}",
    summary="Edit a chunk",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def edit_chunk(
    user_id: UserId, chunk_id: ChunkId, tenant: Tenant, app: App, act: Edit
) -> RevisionOut:
    """Change its words, category or strength; later runs respect what was edited."""
    why = act.reason or "edited by hand"
    context = app.worker.context

    def edited(draft: Draft) -> Draft:
        if act.text is not None or act.category is not None:
            known = draft.belief.chunk(chunk_id)
            text = act.text or (known.text if known else "")
            draft = reword(draft, chunk_id, text=text, category=act.category, why=why)
        if act.strength is not None:
            draft = set_strength(
                draft,
                chunk_id,
                strength=act.strength,
                now=context.clock(),
                rules=context.rules,
                why=why,
            )
        return draft

    return await _corrected(app, Person(tenant, user_id), act, why, edited)


@router.post(
    "/revisions/{revision}/undo",
    summary="Undo a revision",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def undo_revision(
    user_id: UserId,
    revision: Annotated[int, Path(ge=1, le=_LARGEST, examples=[4])],
    tenant: Tenant,
    app: App,
    act: Act = _PLAIN,
) -> RevisionOut:
    """Take back what a revision changed, as a revision of its own; its events stay consumed."""
    person = Person(tenant, user_id)
    why = act.reason or f"undo of revision {revision}"
    async with unit_of_work(app.engine) as uow:
        latest = (await uow.people.get(person)).revision
        found = await uow.beliefs.history(person, after=revision - 1, upto=revision)
    if not found:
        raise RevisionNotFound(revision, latest)
    now = app.worker.context.clock()
    return await _corrected(
        app,
        person,
        act,
        why,
        lambda d: undo(d, revision, found[0].changes, now=now),
        undoes=revision,
    )


async def _corrected(
    app: Application,
    person: Person,
    act: Act,
    why: str,
    correction: Correction,
    *,
    undoes: int | None = None,
) -> RevisionOut:
    """Apply a correction while no planner run is at work on the person."""

    def guarded(draft: Draft) -> Draft:
        if act.if_revision not in (None, draft.base.revision):
            raise StaleBelief(act.if_revision, draft.base.revision)
        return correction(draft)

    async with app.worker.leases.holding(person, wait=_WAIT) as lease:
        revision = await correct(
            person,
            guarded,
            actor=act.actor,
            why=why,
            undoes=undoes,
            lease=lease,
            context=app.worker.context,
        )
    return RevisionOut.of(revision, half_life=app.counter.rules.half_life)
