"""Extraction: new chunks from topics that no chunk covers yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from credence.memory.lifecycle.bearing import Bearing, evidence_for, pending
from credence.memory.lifecycle.draft import Change, Draft, Rules
from credence.memory.model import Chunk, Evidence, Finding, Operation, Status
from credence.memory.strength import add_evidence, statement


def extract(draft: Draft, bearings: Sequence[Bearing], *, rules: Rules) -> Draft:
    """One chunk for every new topic that is said clearly enough.

    A topic that was forgotten comes back as the chunk it was, with what is left of its evidence;
    if a person had worded it or set its strength, with its evidence counted but weighing nothing.

    Chunks are numbered by the time they were first spoken of, then by name, so the order in
    which the bearings come does not matter.
    """
    topics: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for bearing in pending(draft, bearings):
        if bearing.chunk_id is None:
            topics[bearing.finding.category, bearing.finding.topic].append(bearing.finding)
    known = {(chunk.category, chunk.text) for chunk in draft.belief.active}
    forgotten = {
        (chunk.category, chunk.text): chunk
        for chunk in draft.belief.chunks
        if chunk.status is Status.FORGOTTEN
    }
    spoken = sorted(
        (min(finding.occurred_at for finding in said), category, topic)
        for (category, topic), said in topics.items()
        if (category, topic) not in known
    )
    for _, category, topic in spoken:
        old = forgotten.get((category, topic))
        chunk_id = old.chunk_id if old else draft.belief.next_chunk_id
        evidence = tuple(
            piece
            for piece in evidence_for(chunk_id, topics[category, topic])
            if (chunk_id, piece.event_seq) not in draft.counted
        )
        if sum(abs(piece.weight) for piece in evidence) < rules.new_chunk_evidence:
            continue
        first = evidence[0].occurred_at
        start = _let_go(old, first) if old else _unsaid(chunk_id, category, topic, first)
        draft = draft.with_changes(_learnt(start, evidence, rules, before=old))
    return draft


def _unsaid(chunk_id: int, category: str, topic: str, first: datetime) -> Chunk:
    return Chunk(
        chunk_id=chunk_id,
        category=category,
        text=topic,
        liking=0.0,
        disliking=0.0,
        as_of=first,
        likes=0,
        dislikes=0,
        first_evidence_at=first,
        last_evidence_at=first,
    )


def _let_go(chunk: Chunk, first: datetime) -> Chunk:
    """A forgotten chunk as events find it. Only its person forgets a chunk that they worded or
    whose strength they set, so what they had said of it does not hold any more, and it begins
    with the first of these events. One whose evidence was all taken back is heard of for the
    first time."""
    if chunk.edited:
        chunk = replace(
            chunk, liking=0.0, disliking=0.0, edited=False, stated=False, first_evidence_at=first
        )
    if chunk.likes + chunk.dislikes == 0:
        chunk = replace(chunk, first_evidence_at=first, last_evidence_at=first)
    return chunk


def _learnt(
    start: Chunk, evidence: tuple[Evidence, ...], rules: Rules, *, before: Chunk | None
) -> Change:
    chunk = replace(start, status=Status.ACTIVE)
    for piece in evidence:
        chunk = add_evidence(chunk, piece.weight, piece.occurred_at, half_life=rules.half_life)
    how = "learnt again" if before else "new"
    return Change(
        operation=Operation.EXTRACTION,
        reason=f'{how}: {statement(chunk)}, from "{evidence[0].words}"',
        before=before,
        after=chunk,
        evidence=evidence,
    )
