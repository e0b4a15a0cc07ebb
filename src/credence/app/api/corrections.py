"""Changing a belief by hand: every correction is a revision, with an actor and a reason."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from credence.app import corrections
from credence.app.api.access import Tenant
from credence.app.api.belief_shapes import RevisionOut
from credence.app.api.bodies import JsonRoute
from credence.app.api.examples import asked_as
from credence.app.api.fields import Label, Number, Truth, Whole
from credence.app.api.numbers import LARGEST, ChunkId, RevisionMade
from credence.app.api.planner_runs import RunOut
from credence.app.api.problems import documented
from credence.app.api.serving import App
from credence.app.api.users import UserId
from credence.app.bootstrap import Application
from credence.memory.ledger import Revision
from credence.memory.lifecycle.correction import STRONGEST
from credence.memory.model import Person
from credence.memory.planner_run import Asked

router = APIRouter(prefix="/v1/users/{user_id:path}", tags=["belief"], route_class=JsonRoute)


class Signed(BaseModel):
    """Who does it and why."""

    model_config = asked_as({"actor": "support:eve", "reason": "asked by mail"})

    actor: Label = "api"
    reason: Label | None = None


_BY_API = Signed()


class Act(Signed):
    """Who does it and why; with `if_revision` only if the belief is still at that revision."""

    model_config = asked_as({"actor": "support:eve", "reason": "asked by mail", "if_revision": 4})

    if_revision: Annotated[int, Whole(0, LARGEST)] | None = None


_PLAIN = Act()


class Forget(Act):
    """Whether it is wrong, so that what it says is never learnt again, or only to be let go."""

    model_config = asked_as({"for_good": False, "reason": "that was a phase"})

    for_good: Truth = True


_FOR_GOOD = Forget()


class Merge(Act):
    """Which chunk takes this one's evidence over."""

    model_config = asked_as({"into": 2, "reason": "the same thing"})

    into: Annotated[int, Whole(1, LARGEST)]


class Edit(Act):
    """New words, another category, a strength set by hand; at least one of them."""

    model_config = asked_as({"text": "slow-burn romance", "strength": 0.8})

    text: Annotated[
        Label | None,
        Field(
            description="the topic alone, without like or dislike: words that begin with a verb of "
            "liking of their own are refused; `strength` says the side"
        ),
    ] = None
    category: Annotated[
        Label | None, Field(description="one of those that beliefs have; the refusal lists them")
    ] = None
    strength: Annotated[Number, Field(ge=-STRONGEST, le=STRONGEST)] | None = None

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
async def advance(user_id: UserId, tenant: Tenant, app: App, signed: Signed = _BY_API) -> RunOut:
    """Look at the person's pending events now instead of waiting; answers the planner's run.

    Who asked, and why, stands in the run's detail.
    """
    asked = Asked(actor=signed.actor, reason=signed.reason)
    person = Person(tenant, user_id)
    return RunOut.of(await app.worker.advance(person, wait=corrections.WAIT, asked=asked))


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
    return await _put_right(app, Person(tenant, user_id), corrections.Pin(chunk_id), act)


@router.post(
    "/belief/chunks/{chunk_id}/unpin",
    summary="Unpin a chunk",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def unpin_chunk(
    user_id: UserId, chunk_id: ChunkId, tenant: Tenant, app: App, act: Act = _PLAIN
) -> RevisionOut:
    """From now on it drifts, unless its strength was set by hand, and may be forgotten."""
    return await _put_right(app, Person(tenant, user_id), corrections.Unpin(chunk_id), act)


@router.post(
    "/belief/chunks/{chunk_id}/forget",
    summary="Forget a chunk",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def forget_chunk(
    user_id: UserId, chunk_id: ChunkId, tenant: Tenant, app: App, act: Forget = _FOR_GOOD
) -> RevisionOut:
    """It is wrong: it goes, and what it says is never learnt again; the opposite may be.

    With `"for_good": false` it goes, and new events may bring it back with what is left of its
    evidence.
    """
    forget = corrections.Reject if act.for_good else corrections.Forget
    return await _put_right(app, Person(tenant, user_id), forget(chunk_id), act)


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
    merge = corrections.Merge(chunk_id, act.into)
    return await _put_right(app, Person(tenant, user_id), merge, act)


@router.patch(
    "/belief/chunks/{chunk_id}",
    summary="Edit a chunk",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def edit_chunk(
    user_id: UserId, chunk_id: ChunkId, tenant: Tenant, app: App, act: Edit
) -> RevisionOut:
    """Change its words, category or strength.

    What another active chunk already says is refused: merge the two. Later runs respect words and
    strengths; another category alone keeps none of them from merging
    the chunk away or forgetting it.
    """
    edit = corrections.Edit(
        chunk_id=chunk_id, text=act.text, category=act.category, strength=act.strength
    )
    return await _put_right(app, Person(tenant, user_id), edit, act)


@router.post(
    "/revisions/{revision}/undo",
    summary="Undo a revision",
    response_model=RevisionOut,
    responses=documented(404, 409),
)
async def undo_revision(
    user_id: UserId,
    revision: RevisionMade,
    tenant: Tenant,
    app: App,
    act: Act = _PLAIN,
) -> RevisionOut:
    """Take back what a revision changed, as a revision of its own; its events stay consumed.

    It is refused where a chunk has changed since, and where it would bring a belief back beside its
    opposite, which was learnt since: forget that one first, if the other is right after all.
    """
    made = await corrections.take_back(app, Person(tenant, user_id), revision, _signed(act))
    return _shown(made, app)


async def _put_right(
    app: Application, person: Person, change: corrections.Act, act: Act
) -> RevisionOut:
    return _shown(await corrections.put_right(app, person, change, _signed(act)), app)


def _signed(act: Act) -> corrections.Signature:
    return corrections.Signature(actor=act.actor, reason=act.reason, if_revision=act.if_revision)


def _shown(revision: Revision, app: Application) -> RevisionOut:
    return RevisionOut.of(revision, half_life=app.counter.rules.half_life)
