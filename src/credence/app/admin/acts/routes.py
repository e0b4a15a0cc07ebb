"""Putting things right: every act on a belief is a form that comes here, and a revision."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from credence.app.admin.acts import their_data
from credence.app.admin.acts.asking_again import Refusal, chunk_again, undo_again
from credence.app.admin.acts.kinds import Kind, Mistyped, Typed, reason_of, signature, wish
from credence.app.admin.rendering import sentence
from credence.app.admin.someone import ActingOn, Someone
from credence.app.api.numbers import ChunkId, RevisionMade
from credence.app.corrections import WAIT, Act, Edit, Merge, Signature, put_right, take_back
from credence.app.fault import where
from credence.memory.errors import (
    ChunkNotFound,
    LeaseLost,
    NotMergeable,
    OppositeBelieved,
    PersonBusy,
    Refused,
    RevisionNotFound,
    SaidAlready,
    SidedWords,
    StaleBelief,
    UndoConflict,
    UnknownCategory,
)
from credence.memory.ledger import Revision
from credence.memory.model import Status
from credence.memory.planner_run import Asked
from credence.memory.unit_of_work import unit_of_work

log = logging.getLogger(__name__)
router = APIRouter()
router.include_router(their_data.router)

_PERSON = "/t/{tenant}/people/@{user_id}"
_GOES = frozenset({Kind.FORGET, Kind.REJECT})
_SAID_ALREADY = "Another belief has these words: merge the two, or give other words."


@router.post(_PERSON + "/chunks/{chunk_id}/{kind}")
async def act_on_chunk(someone: ActingOn, chunk_id: ChunkId, kind: Kind, typed: Typed) -> Response:
    """Carry an act out and go where its outcome shows; or say why not, with the form again."""
    to, user_id = someone.desk.to, someone.summary.user_id
    try:
        act, by = wish(kind, chunk_id, typed, actor=someone.desk.admin.actor)
        if await _so_already(someone, act, by):
            return someone.desk.back_to(to.chunk(user_id, chunk_id, same=1))
        revision = await put_right(someone.desk.app, someone.person, act, by)
    except Mistyped as error:
        refusal = _mistyped(error)
    except SaidAlready:
        refusal = _mistyped(Mistyped({"text": _SAID_ALREADY}))
    except SidedWords as error:
        refusal = _mistyped(Mistyped({"text": sentence(error.fix)}))
    except UnknownCategory as error:
        refusal = _mistyped(Mistyped({"category": sentence(error.fix)}))
    except (StaleBelief, ChunkNotFound, NotMergeable, PersonBusy, LeaseLost) as error:
        page = await chunk_again(someone, kind, chunk_id, typed, refused(error))
        if page is None:
            raise
        return page
    else:
        if not revision.changes:
            return someone.desk.back_to(to.chunk(user_id, chunk_id, same=1))
        if kind in _GOES:
            return someone.desk.back_to(to.person(user_id, done=revision.number))
        shown = act.into if isinstance(act, Merge) else chunk_id
        return someone.desk.back_to(to.chunk(user_id, shown, done=revision.number))
    page = await chunk_again(someone, kind, chunk_id, typed, refusal)
    if page is None:
        raise ChunkNotFound(chunk_id)
    return page


@router.post(_PERSON + "/revisions/{revision}/undo")
async def undo(someone: ActingOn, revision: RevisionMade, typed: Typed) -> Response:
    """Take a revision back; or say why not, with the form again."""
    to, user_id = someone.desk.to, someone.summary.user_id
    try:
        by = signature(typed, actor=someone.desk.admin.actor)
        made = await take_back(someone.desk.app, someone.person, revision, by)
    except Mistyped as error:
        return await _undo_again(someone, revision, typed, _mistyped(error))
    except (StaleBelief, UndoConflict, OppositeBelieved, PersonBusy, LeaseLost) as error:
        return await _undo_again(someone, revision, typed, refused(error))
    if not made.changes:
        return someone.page(
            "acts/nothing.html.j2", tab="beliefs", title="Nothing to undo", revision=revision
        )
    return someone.desk.back_to(to.person(user_id, done=made.number))


@router.post(_PERSON + "/advance")
async def advance(someone: ActingOn, typed: Typed) -> Response:
    """Let the planner look at the person now, and show what it did."""
    desk, user_id, why = someone.desk, someone.summary.user_id, typed.get("reason", "")
    faults: dict[str, str] = {}
    asked = Asked(actor=desk.admin.actor, reason=reason_of(typed, faults))
    if faults:
        return await their_data.page(someone, status=422, why=why, why_fault=faults["reason"])
    try:
        run = await desk.app.worker.advance(someone.person, wait=WAIT, asked=asked)
    except (PersonBusy, LeaseLost):
        return await their_data.page(someone, status=409, trouble="busy", why=why)
    except (Refused, SQLAlchemyError):
        raise
    except Exception as error:  # noqa: BLE001  whatever part failed, the run is recorded as failed
        log.error("a planner run that was asked for failed: %s", where(error))  # noqa: TRY400
        return await their_data.page(someone, status=500, trouble="failed", why=why)
    return desk.back_to(desk.to.person(user_id, "/data", ran=run.run_id))


async def _so_already(someone: Someone, act: Act, by: Signature) -> bool:
    """Whether the act would give a belief the very words that it has."""
    if not isinstance(act, Edit) or act.text is None:
        return False
    async with unit_of_work(someone.desk.app.engine) as uow:
        belief = (await uow.beliefs.load(someone.person)).belief
    chunk = belief.chunk(act.chunk_id)
    return (
        chunk is not None
        and chunk.status is Status.ACTIVE
        and belief.revision == by.if_revision
        and (act.text, act.category) == (chunk.text, chunk.category)
    )


async def _undo_again(
    someone: Someone, revision: int, typed: Mapping[str, str], refusal: Refusal
) -> Response:
    async with unit_of_work(someone.desk.app.engine) as uow:
        found: tuple[Revision, ...] = await uow.beliefs.history(
            someone.person, after=revision - 1, upto=revision
        )
    if not found:
        raise RevisionNotFound(revision, someone.summary.revision)
    return await undo_again(someone, found[0], typed, refusal)


def _mistyped(error: Mistyped) -> Refusal:
    return Refusal(
        status=422,
        heading="Nothing was changed: a field needs mending",
        words="What you typed is kept below; the field at fault says what to do.",
        faults=error.faults,
    )


def refused(error: Refused) -> Refusal:
    """A refusal in a reader's words."""
    match error:
        case StaleBelief():
            return Refusal(
                status=409,
                heading="The belief has moved on",
                words="Nothing was changed. Look at what happened since you opened the page, "
                "then do it on the newer state, or leave it.",
                moved_on=True,
            )
        case PersonBusy() | LeaseLost():
            return Refusal(
                status=409,
                heading="The planner is at work on this person",
                words="Nothing was changed. It did not end within ten seconds: try again in a "
                "moment; what you typed is kept below.",
            )
        case NotMergeable():
            return Refusal(
                status=409,
                heading="These two cannot become one",
                words="Nothing was changed. Merging takes two beliefs that are both liked or "
                "both disliked: choose another one, or forget one of the two.",
                faults={"into": "Choose a belief on the same side."},
            )
        case UndoConflict():
            return Refusal(
                status=409,
                heading="This revision cannot be undone alone",
                words="Nothing was changed: what it changed has been changed again since. Undo "
                "the later revisions first, the latest one before the others.",
            )
        case OppositeBelieved():
            return Refusal(
                status=409,
                heading="The opposite is believed by now",
                words="Nothing was changed: what would come back says the opposite of what is "
                "believed now. If it is right after all, mark the one below as wrong, or forget "
                "it, and undo then.",
                opposite=error.held_id,
            )
        case _:
            return Refusal(
                status=409,
                heading="It is no longer believed",
                words="Nothing was changed: a belief that this is about was merged, forgotten or "
                "marked wrong in the meantime.",
            )
