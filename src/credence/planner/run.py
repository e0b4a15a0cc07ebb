"""One run of the planner over one person, from the outside."""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from credence.memory.model import Person
from credence.memory.planner_run import Asked, PlannerRun
from credence.planner.context import Context
from credence.planner.state import State

Graph = CompiledStateGraph[State, Context, State, State]


async def run_planner(
    person: Person,
    *,
    run_id: str,
    lease: str,
    forced: bool,
    graph: Graph,
    context: Context,
    thread: str | None = None,
    asked: Asked | None = None,
) -> PlannerRun:
    """Look at a person and do what the policy chooses; the record of it.

    With a `thread` every finished node is kept in the graph's checkpointer, and a run of that
    thread that was interrupted is gone on with: no finished node runs again. What is kept goes
    with the thread, which the caller removes once the run is over.
    Raises what memory raises (UserNotFound, StaleBelief, LeaseLost); then nothing was written.
    """
    given: State | None = State(person=person, run_id=run_id, forced=forced, asked=asked)
    config: RunnableConfig | None = None
    options: dict[str, Any] = {}
    if thread is not None:
        config, options = {"configurable": {"thread_id": thread}}, {"durability": "sync"}
        before = await graph.aget_state(config)
        if before.next and "run_id" in before.values:
            given, run_id = None, before.values["run_id"]
        elif before.values and isinstance(graph.checkpointer, BaseCheckpointSaver):
            await graph.checkpointer.adelete_thread(thread)  # of a run that is over
    context = context.for_run(person, run_id, lease=lease)
    final = await graph.ainvoke(given, config, context=context, **options)
    run: PlannerRun = final["run"]
    return run
