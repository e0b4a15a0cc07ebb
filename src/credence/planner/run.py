"""One run of the planner over one person, from the outside."""

from __future__ import annotations

import logging
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from credence.memory.errors import StaleBelief
from credence.memory.model import Person
from credence.memory.planner_run import Asked, PlannerRun
from credence.planner.context import Context
from credence.planner.state import State

log = logging.getLogger(__name__)
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
    thread that was interrupted is gone on with: no finished node runs again. Where that is of no
    use any more, as the belief has a newer revision (be it that very run's, interrupted between
    its commit and the note of it), a run begins anew. What is kept goes with the thread, which
    the caller removes once the run is over.
    Raises what memory raises (UserNotFound, StaleBelief, LeaseLost); then nothing was written.
    """
    anew = State(person=person, run_id=run_id, forced=forced, asked=asked)
    if thread is None:
        return await _ran(anew, graph, context.for_run(person, run_id, lease=lease))
    config: RunnableConfig = {"configurable": {"thread_id": thread}}
    before = await graph.aget_state(config)
    if before.next and "run_id" in before.values:
        interrupted = context.for_run(person, before.values["run_id"], lease=lease)
        try:
            return await _ran(None, graph, interrupted, config)
        except StaleBelief:
            log.info("an interrupted run was too old to go on with: one begins anew")
    if before.values and isinstance(graph.checkpointer, BaseCheckpointSaver):
        await graph.checkpointer.adelete_thread(thread)
    return await _ran(anew, graph, context.for_run(person, run_id, lease=lease), config)


async def _ran(
    given: State | None, graph: Graph, context: Context, config: RunnableConfig | None = None
) -> PlannerRun:
    options: dict[str, Any] = {} if config is None else {"durability": "sync"}
    final = await graph.ainvoke(given, config, context=context, **options)
    run: PlannerRun = final["run"]
    return run
