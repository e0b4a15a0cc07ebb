"""Reinforcement and weakening: evidence that agrees with a chunk, and evidence that does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from credence.memory.lifecycle.bearing import Bearing, evidence_for, pending
from credence.memory.lifecycle.draft import Change, Draft, Rules
from credence.memory.model import Chunk, Evidence, Finding, Operation, Status
from credence.memory.strength import add_evidence, claim, polarity


def reinforce(draft: Draft, bearings: Sequence[Bearing], *, rules: Rules) -> Draft:
    """Count the evidence that agrees with what its chunk said when the run began."""
    return _weigh(draft, bearings, rules, Operation.REINFORCEMENT, agreeing=1)


def weaken(draft: Draft, bearings: Sequence[Bearing], *, rules: Rules) -> Draft:
    """Count the evidence that contradicts what its chunk said when the run began."""
    return _weigh(draft, bearings, rules, Operation.WEAKENING, agreeing=-1)


def _weigh(
    draft: Draft, bearings: Sequence[Bearing], rules: Rules, operation: Operation, *, agreeing: int
) -> Draft:
    said: dict[int, list[Finding]] = defaultdict(list)
    for bearing in pending(draft, bearings):
        if bearing.chunk_id is not None:
            said[bearing.chunk_id].append(bearing.finding)
    for chunk_id in sorted(said):
        before = draft.base.chunk(chunk_id)
        current = draft.belief.chunk(chunk_id)
        if before is None or current is None or current.status is not Status.ACTIVE:
            continue
        side = agreeing * polarity(before)
        evidence = tuple(e for e in evidence_for(chunk_id, said[chunk_id]) if e.weight * side > 0)
        if evidence:
            draft = draft.with_changes(_counted(current, evidence, rules, operation))
    return draft


def _counted(
    chunk: Chunk, evidence: tuple[Evidence, ...], rules: Rules, operation: Operation
) -> Change:
    after = chunk
    for piece in evidence:
        after = add_evidence(after, piece.weight, piece.occurred_at, half_life=rules.half_life)
    verb = "agrees" if operation is Operation.REINFORCEMENT else "disagrees"
    events = "1 event" if len(evidence) == 1 else f"{len(evidence)} events"
    return Change(
        operation=operation,
        reason=f'{events} {verb if len(evidence) == 1 else verb[:-1]} with "{claim(chunk)}"'
        f': "{evidence[-1].words}"',
        before=chunk,
        after=after,
        evidence=evidence,
    )
