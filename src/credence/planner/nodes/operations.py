"""The six operations as nodes: each applies its pure function to the draft."""

from __future__ import annotations

from langgraph.runtime import Runtime

from credence.memory.lifecycle.consolidation import consolidate
from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.extraction import extract
from credence.memory.lifecycle.forgetting import forget
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.lifecycle.weighing import reinforce, weaken
from credence.memory.model import Vector
from credence.planner.context import Context
from credence.planner.matching import near_duplicates
from credence.planner.state import State, Update


async def extraction(state: State, runtime: Runtime[Context]) -> Update:
    """New chunks from topics that no chunk covers."""
    bearings = state["reading"].bearings
    return _done(state, extract(state["draft"], bearings, rules=runtime.context.rules))


async def reinforcement(state: State, runtime: Runtime[Context]) -> Update:
    """Evidence that agrees."""
    bearings = state["reading"].bearings
    return _done(state, reinforce(state["draft"], bearings, rules=runtime.context.rules))


async def weakening(state: State, runtime: Runtime[Context]) -> Update:
    """Evidence that contradicts."""
    bearings = state["reading"].bearings
    return _done(state, weaken(state["draft"], bearings, rules=runtime.context.rules))


async def consolidation(state: State, runtime: Runtime[Context]) -> Update:
    """Chunks that say the same become one."""
    draft = state["draft"]
    pairs = near_duplicates(draft.belief, vectors_of(state))
    return _done(state, consolidate(draft, pairs, rules=runtime.context.rules))


async def forgetting(state: State, runtime: Runtime[Context]) -> Update:
    """Chunks that decayed or were refuted go."""
    now = state["situation"].now
    return _done(state, forget(state["draft"], now=now, rules=runtime.context.rules))


async def resynthesis(state: State, runtime: Runtime[Context]) -> Update:
    """The narrative is written anew."""
    draft, now = state["draft"], state["situation"].now
    sentences = await runtime.context.synthesizer(draft.belief, now=now)
    return _done(state, resynthesise(draft, sentences, now=now))


def vectors_of(state: State) -> dict[int, Vector]:
    """Chunk vectors of the draft: the stored ones, and those of chunks born in this run."""
    stored = state["situation"].snapshot.vectors
    topics = state["reading"].vectors
    born = {
        chunk.chunk_id: topics[chunk.text]
        for chunk in state["draft"].belief.chunks
        if chunk.chunk_id not in stored
    }
    return {**stored, **born}


def _done(state: State, draft: Draft) -> Update:
    return {"draft": draft, "remaining": state["remaining"][1:]}
