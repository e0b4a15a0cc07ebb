"""Interpret: read the pending events with the extractor whose findings count."""

from __future__ import annotations

from langgraph.runtime import Runtime

from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Operation
from credence.planner.context import Context
from credence.planner.reading import read
from credence.planner.state import State, Update

_READS_EVENTS = {Operation.EXTRACTION, Operation.REINFORCEMENT, Operation.WEAKENING}


async def interpret(state: State, runtime: Runtime[Context]) -> Update:
    """Open the draft. Events are consumed only by a plan that reads them."""
    context, situation = runtime.context, state["situation"]
    snapshot = situation.snapshot
    if _READS_EVENTS.isdisjoint(state["plan"].operations):
        return {"reading": situation.reading, "draft": Draft.of(snapshot.belief)}
    reading = situation.reading
    if context.extractor is not context.reader:
        reading = await read(snapshot, extractor=context.extractor, embed=context.embed_phrases)
    draft = Draft.of(snapshot.belief, consumed_to=snapshot.last_seq)
    return {"reading": reading, "draft": draft}
