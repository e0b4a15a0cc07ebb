"""One operation of a plan carried out on a draft: the same in a run and when a run is restored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from credence.memory.lifecycle.consolidation import consolidate
from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.lifecycle.extraction import extract
from credence.memory.lifecycle.forgetting import forget
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.lifecycle.weighing import reinforce, weaken
from credence.memory.model import Operation, Sentence, Vector
from credence.planner.matching import near_duplicates
from credence.planner.state import Plan, Reading, Situation, Snapshot


def carried_out(
    operation: Operation,
    draft: Draft,
    plan: Plan,
    *,
    situation: Situation,
    reading: Reading,
    rules: Rules,
    sentences: Sequence[Sentence],
) -> Draft:
    """The draft after the operation; `sentences` are what a resynthesis writes."""
    now = situation.now
    match operation:
        case Operation.EXTRACTION:
            return extract(draft, reading.bearings, rules=rules)
        case Operation.REINFORCEMENT:
            return reinforce(draft, reading.bearings, rules=rules)
        case Operation.WEAKENING:
            return weaken(draft, reading.bearings, rules=rules)
        case Operation.CONSOLIDATION:
            pairs = plan.merges
            if pairs is None:
                vectors = vectors_of(draft, situation.snapshot, reading)
                pairs = near_duplicates(draft.belief, vectors)
            return consolidate(draft, pairs, now=now, rules=rules)
        case Operation.FORGETTING:
            return forget(draft, now=now, rules=rules, only=plan.forgets, refutes=plan.refutes)
        case Operation.RESYNTHESIS:
            return resynthesise(draft, sentences, now=now)
    raise ValueError(f"{operation} is not for a planner")


def vectors_of(draft: Draft, snapshot: Snapshot, reading: Reading) -> Mapping[int, Vector]:
    """Chunk vectors of the draft: the stored ones, and those of chunks born in this run."""
    born = {
        chunk.chunk_id: reading.vectors[chunk.text]
        for chunk in draft.belief.chunks
        if chunk.chunk_id not in snapshot.vectors
    }
    return {**snapshot.vectors, **born}
