"""Plan: ask the policy."""

from __future__ import annotations

from langgraph.runtime import Runtime

from credence.planner.context import Context
from credence.planner.state import State, Update


async def plan(state: State, runtime: Runtime[Context]) -> Update:
    """Choose operations, or to skip."""
    chosen = await runtime.context.policy(state["situation"])
    return {"plan": chosen, "remaining": chosen.operations}
