"""Interpret: read the pending events with the extractor whose findings count."""

from __future__ import annotations

from langgraph.runtime import Runtime

from credence.planner.context import Context
from credence.planner.reading import matched
from credence.planner.restored import latest, opened, restored
from credence.planner.state import State, Update, also_told


async def interpret(state: State, runtime: Runtime[Context]) -> Update:
    """Open the draft. Events are consumed only by a plan that reads them."""
    context = runtime.context
    standing = await restored(state, context)
    situation, reading = standing.situation, standing.reading
    snapshot, reads = situation.snapshot, latest(state).reads
    update: Update = {"found": None}
    if reads and context.extractor is not context.reader:
        extraction = await context.extractor(snapshot.belief, (*snapshot.late, *snapshot.pending))
        reading = await matched(snapshot, extraction, embed=context.embed_phrases)
        update = {"found": extraction.findings, **also_told(state, extraction.told)}
    return update | {
        "situation": situation,
        "reading": reading,
        "draft": opened(snapshot, reads=reads),
    }
