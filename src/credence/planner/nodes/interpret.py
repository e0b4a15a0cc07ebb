"""Interpret: read the pending events with the extractor whose findings count."""

from __future__ import annotations

from langgraph.runtime import Runtime

from credence.memory.lifecycle.draft import Draft
from credence.planner.context import Context
from credence.planner.reading import read
from credence.planner.state import State, Update


async def interpret(state: State, runtime: Runtime[Context]) -> Update:
    """Open the draft. Events are consumed only by a plan that reads them."""
    context, situation = runtime.context, state["situation"]
    snapshot = situation.snapshot
    if not state["plan"].reads:
        return {"reading": situation.reading, "draft": Draft.of(snapshot.belief)}
    reading = situation.reading
    if context.extractor is not context.reader:
        reading = await read(snapshot, extractor=context.extractor, embed=context.embed_phrases)
    draft = Draft.of(
        snapshot.belief,
        consumed_to=snapshot.last_seq,
        late=(witnessed.event.seq for witnessed in snapshot.late),
        counted_before=snapshot.counted,
    )
    return {"reading": reading, "draft": draft}
