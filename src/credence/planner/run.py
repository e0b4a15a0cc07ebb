"""One run of the planner over one person, from the outside."""

from __future__ import annotations

from langgraph.graph.state import CompiledStateGraph

from credence.memory.model import Person
from credence.memory.planner_run import PlannerRun
from credence.planner.context import Context
from credence.planner.state import State

Graph = CompiledStateGraph[State, Context, State, State]


async def run_planner(
    person: Person, *, run_id: str, lease: str, forced: bool, graph: Graph, context: Context
) -> PlannerRun:
    """Look at a person and do what the policy chooses; the record of it.

    Raises what memory raises (UserNotFound, StaleBelief, LeaseLost); then nothing was written.
    """
    started = State(
        person=person, run_id=run_id, lease=lease, forced=forced, started=context.timer()
    )
    final = await graph.ainvoke(started, context=context)
    run: PlannerRun = final["run"]
    return run
