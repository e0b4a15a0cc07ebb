"""The six operations as nodes."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import Protocol

from langgraph.runtime import Runtime

from credence.memory.lifecycle.profile_support import unsupported
from credence.memory.model import Operation
from credence.planner.carried_out import carried_out
from credence.planner.context import Context
from credence.planner.given_way import given_way
from credence.planner.joined import joined
from credence.planner.restored import latest, restored
from credence.planner.state import State, Update, also_noted, also_told


class Node(Protocol):
    """State in, part of the state out."""

    def __call__(self, state: State, runtime: Runtime[Context]) -> Awaitable[Update]: ...


def node_of(operation: Operation) -> Node:
    """The node that carries this operation out as the latest plan has it."""

    async def node(state: State, runtime: Runtime[Context]) -> Update:
        context = runtime.context
        standing = await restored(state, context)
        update: Update = {}
        if operation is Operation.RESYNTHESIS:
            now = standing.situation.now
            narrative = await context.synthesizer(standing.draft.belief, now=now)
            update = also_told(state, narrative.told)
            update["written"] = (*state.get("written", ()), narrative.sentences)
        draft = await joined(
            standing.draft,
            partial(
                carried_out,
                operation,
                plan=latest(state),
                situation=standing.situation,
                reading=standing.reading,
                rules=context.rules,
                sentences=update["written"][-1] if update else (),
            ),
            shared=partial(
                context.store.shared_evidence, state["person"], also=standing.draft.late
            ),
        )
        if operation is Operation.FORGETTING:
            update = also_noted(state, given_way(latest(state), standing.draft, draft))
        return {
            **standing.parts,
            **update,
            "draft": draft,
            "remaining": state["remaining"][1:],
            "done": (*state.get("done", ()), (len(state["plans"]) - 1, operation)),
            "shaken": bool(unsupported(draft)),
        }

    return node
