"""One chunk: what it says, the events and words that it rests on, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from credence.app.admin.acts.asking_again import mergeable_with
from credence.app.admin.person import drawn
from credence.app.admin.person.made import made_by
from credence.app.admin.person.marked import Marked, marked
from credence.app.admin.person.past import Then, gone, then
from credence.app.admin.person.told import Told, told
from credence.app.admin.person.whose import Whose
from credence.app.admin.someone import Looking
from credence.app.api.numbers import ChunkId, RevisionNumber
from credence.memory.errors import ChunkNotFound
from credence.memory.glance import contested
from credence.memory.lifecycle.draft import Change
from credence.memory.model import Chunk, Event, Evidence, Status
from credence.memory.strength import Standing, says, side_of, standing, supporting
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
    someone: Looking,
    chunk_id: ChunkId,
    revision: RevisionNumber | None = None,
    done: RevisionNumber | None = None,
) -> Response:
    """A chunk of any status as it is now; at a revision, how it stood then is told as well."""
    desk, person, whose = someone.desk, someone.person, Whose.of(someone, revision=revision)
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
        stood = await then(uow, someone, chunk_id, revision)
        made = await made_by(uow, someone, done)
    titles = {item_id: embedded.item.title for item_id, embedded in items.items()}
    stands = standing(found, now=desk.now, half_life=half_life)
    went = gone(found, steps, half_life=half_life)
    side = went.side if went else side_of(found)
    kin = _kin([belief.chunk(i) for i in joined[1:]], whose)
    heirs = [belief.chunk(found.merged_into)] if found.merged_into is not None else []
    return someone.page(
        "person/chunk.html.j2",
        tab="beliefs",
        title=says(side, found.text),
        drawn=drawn,
        chunk=found,
        standing=went.was if went else stands,
        side=side,
        contested=went is None and contested(found, stands),
        gone=went,
        then=stood,
        here=whose.beliefs(revision=whose.revision),
        supporting=supporting(found),
        contradicting=contradicting_of(found),
        heir=next(iter(_kin(heirs, whose)), None),
        absorbed=kin,
        evidence=[
            _row(piece, events[piece.event_seq], titles, whose, stood)
            for piece in evidence[:_EVIDENCE]
            if piece.event_seq in events
        ],
        further_evidence=len(evidence) > _EVIDENCE,
        steps=[_told(step, whose, half_life) for step in steps],
        further_steps=len(steps) == _STEPS,
        course=[*_course(steps, half_life), *([] if went else [stands])],
        mergeable_chunks=mergeable_with(belief, found),
        made=made,
    )


def _row(
    piece: Evidence, event: Event, titles: dict[str, str], whose: Whose, stood: Then | None
) -> EvidenceRow:
    known = stood is not None and stood.at is not None and event.recorded_at <= stood.at
    return EvidenceRow(
        event=event,
        title=titles.get(event.item_id) if event.item_id else None,
        weight=piece.weight,
        words=piece.words,
        text=marked(event.text, piece.words),
        address=(whose if known else replace(whose, revision=None)).event(event.seq),
    )


def _kin(chunks: Sequence[Chunk | None], whose: Whose) -> Sequence[Kin]:
    return [
        Kin(chunk, side_of(chunk), whose.chunk(chunk.chunk_id))
        for chunk in chunks
        if chunk is not None
    ]


def _told(step: Step, whose: Whose, half_life: timedelta) -> StepRow:
    change = Change(
        operation=step.operation,
        reason=step.reason,
        before=step.before,
        after=step.after,
        evidence=step.evidence,
    )
    if whose.revision is not None and whose.revision < step.revision:
        whose = replace(whose, revision=None)  # its events were not known yet
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
        if step.after is not None and step.after.status is Status.ACTIVE
    ]
