"""Mend: a narrative that lost support in this run is written anew before the commit."""

from __future__ import annotations

from langgraph.runtime import Runtime

from credence.memory.lifecycle.resynthesis import resynthesise
from credence.planner.context import Context
from credence.planner.restored import restored
from credence.planner.state import State, Update, also_told


async def mend(state: State, runtime: Runtime[Context]) -> Update:
    """No profile may outlive what it rests on, whatever the plan left out."""
    standing = await restored(state, runtime.context)
    now = standing.situation.now
    narrative = await runtime.context.synthesizer(standing.draft.belief, now=now)
    return {
        **standing.parts,
        "draft": resynthesise(standing.draft, narrative.sentences, now=now),
        "written": (*state.get("written", ()), narrative.sentences),
        **also_told(state, narrative.told),
        "mended": True,
    }
