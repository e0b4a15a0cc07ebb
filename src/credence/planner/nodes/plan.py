"""Plan: ask the policy."""

from __future__ import annotations

from dataclasses import replace

from langgraph.runtime import Runtime

from credence.planner.context import Context
from credence.planner.read_whole import read_whole
from credence.planner.restored import restored
from credence.planner.state import Plan, State, Update, also_told


async def plan(state: State, runtime: Runtime[Context]) -> Update:
    """Choose operations, or none; on a further look those that the draft still calls for."""
    context = runtime.context
    standing = await restored(state, context)
    done = tuple(operation for _, operation in state.get("done", ()))
    looked = standing.situation
    if done:
        looked = replace(
            looked,
            draft=standing.draft,
            reading=standing.reading,
            done=done,
            refutes=tuple(pair for plan in state["plans"] for pair in plan.refutes),
        )
    chosen = await context.policy(looked)
    if context.extractor is not context.reader:  # a policy sees the reader's findings alone
        chosen = _whole(chosen)
    return {
        **standing.parts,
        "plans": (*state.get("plans", ()), chosen),
        "looks": state.get("looks", context.policy.looks) - 1,
        "remaining": chosen.operations,
        **also_told(state, chosen.told),
    }


def _whole(chosen: Plan) -> Plan:
    operations, why = read_whole(chosen.operations)
    reasons = [chosen.reason, why] if why else [chosen.reason]
    return replace(chosen, operations=operations, reason="; ".join(reasons))
