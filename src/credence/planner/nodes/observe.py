"""Observe: the belief, what is pending, and the signals that a policy decides by."""

from __future__ import annotations

from langgraph.runtime import Runtime

from credence.planner.context import Context
from credence.planner.restored import mark_of, observed
from credence.planner.state import State, Update


async def observe(state: State, runtime: Runtime[Context]) -> Update:
    """Read the person's state once; every later node works on this snapshot."""
    situation = await observed(state, runtime.context)
    return {"situation": situation, "mark": mark_of(situation)}
