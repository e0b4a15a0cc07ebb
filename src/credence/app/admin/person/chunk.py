"""One chunk: what it says, the events and words that it rests on, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from credence.app.admin.acts.asking_again import mergeable_with
from credence.app.admin.person import drawn
from credence.app.admin.person.beliefs import made_by
from credence.app.admin.person.marked import Marked, marked
from credence.app.admin.person.told import Told, side_of, told
from credence.app.admin.person.whose import Whose
from credence.app.admin.someone import Looking
from credence.app.api.numbers import ChunkId, RevisionNumber
from credence.memory.errors import ChunkNotFound
from credence.memory.lifecycle.draft import Change
from credence.memory.model import Chunk, Event, Evidence
from credence.memory.strength import Standing, standing, supporting
from credence.memory.strength import contradicting as contradicting_of
from credence.memory.trail import Step
from credence.memory.unit_of_work import unit_of_work

router = APIRouter()

_EVIDENCE = 100
_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """An event that counts, with its words set off in what the person wrote."""

    event: Event
    title: str | None
    weight: float
    words: str
    text: Marked
    address: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """A change of the chunk and the revision that it belongs to."""

    step: Step
    told: Told
    address: str


@dataclass(frozen=True, slots=True)
class Kin:
    """Another chunk that became this one, or that this one became."""

    chunk: Chunk
    side: str
    address: str


@router.get("/t/{tenant}/people/@{user_id}/chunks/{chunk_id}")
async def chunk(
    someone: Looking, chunk_id: ChunkId, done: RevisionNumber | None = None
) -> Response:
    """A chunk of any status."""
    desk, person, whose = someone.desk, someone.person, Whose.of(someone)
    half_life = desk.app.counter.rules.half_life
    async with unit_of_work(desk.app.engine) as uow:
        belief = (await uow.beliefs.load(person)).belief
        found = belief.chunk(chunk_id)
        if found is None:
            raise ChunkNotFound(chunk_id)
        joined = belief.joined_in(chunk_id)
        evidence = await uow.beliefs.evidence_of(person, joined, limit=_EVIDENCE + 1)
        seqs = [piece.event_seq for piece in evidence]
        events = {event.seq: event for event in await uow.events.with_numbers(person, seqs)}
        named = sorted({e.item_id for e in events.values() if e.item_id is not None})
        items = await uow.catalogue(desk.tenant).get(named)
        steps = await uow.trail.steps(person, chunk_id, limit=_STEPS)
        made = await made_by(uow, someone, done, None)
    titles = {item_id: embedded.item.title for item_id, embedded in items.items()}
    stands = standing(found, now=desk.now, half_life=half_life)
    kin = [_kin(belief.chunk(i), whose) for i in joined[1:]]
    heir = belief.chunk(found.merged_into) if found.merged_into is not None else None
    return someone.page(
        "person/chunk.html.j2",
        tab="beliefs",
        title=f"{side_of(found)} {found.text}",
        drawn=drawn,
        chunk=found,
        standing=stands,
        side=side_of(found),
        supporting=supporting(found),
        contradicting=contradicting_of(found),
        heir=_kin(heir, whose) if heir else None,
        absorbed=[one for one in kin if one],
        evidence=[
            _row(piece, events[piece.event_seq], titles, whose.beliefs(event=seq))
            for piece in evidence[:_EVIDENCE]
            if (seq := piece.event_seq) in events
        ],
        further_evidence=len(evidence) > _EVIDENCE,
        steps=[_told(step, whose, half_life) for step in steps],
        further_steps=len(steps) == _STEPS,
        course=[*_course(steps, half_life), stands],
        mergeable_chunks=mergeable_with(belief, found),
        made=made,
    )


def _row(piece: Evidence, event: Event, titles: dict[str, str], address: str) -> EvidenceRow:
    return EvidenceRow(
        event=event,
        title=titles.get(event.item_id) if event.item_id else None,
        weight=piece.weight,
        words=piece.words,
        text=marked(event.text, piece.words),
        address=address,
    )


def _kin(chunk: Chunk | None, whose: Whose) -> Kin | None:
    if chunk is None:
        return None
    return Kin(chunk, side_of(chunk), whose.chunk(chunk.chunk_id))


def _told(step: Step, whose: Whose, half_life: timedelta) -> StepRow:
    change = Change(
        operation=step.operation,
        reason=step.reason,
        before=step.before,
        after=step.after,
        evidence=step.evidence,
    )
    return StepRow(
        step,
        told(change, at=step.at, half_life=half_life, whose=whose),
        whose.beliefs(revision=step.revision),
    )


def _course(steps: Sequence[Step], half_life: timedelta) -> Sequence[Standing]:
    """Oldest first."""
    return [
        standing(step.after, now=step.at, half_life=half_life)
        for step in reversed(steps)
        if step.after is not None
    ]
