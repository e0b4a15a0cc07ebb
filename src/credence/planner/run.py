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
BEGINS = "__begins"  # in a run's configuration: its thread is known to hold nothing


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

    With a `thread` what models answered is kept in the graph's checkpointer, and a run of that
    thread that was interrupted is gone on with: nobody is asked again. Where that is of no use any
    more, as the run is over (it was interrupted between its last write and the end of its thread)
    or the belief has a newer revision, a run begins anew. The record of a run gone on with bears
    its own id, and who asked for that one, if anybody; its lease is over, so whoever wants the run
    with `run_id` asks once more. A run that ends takes its thread with it; of one that raises the
    caller removes it, if nobody is to go on with it.
    Raises what memory raises (UserNotFound, StaleBelief, LeaseLost); then nothing was written.
    """
    anew = State(person=person, run_id=run_id, forced=forced, asked=asked)
    if thread is None:
        return await _ran(anew, graph, context.for_run(person, run_id, lease=lease))
    saver = graph.checkpointer
    assert isinstance(saver, BaseCheckpointSaver), "a thread needs a checkpointer"
    config: RunnableConfig = {"configurable": {"thread_id": thread}}
    if await saver.aget_tuple(config) is not None:
        before = await graph.aget_state(config)
        earlier = before.values.get("run_id")
        if before.next and earlier and not await context.store.is_over(person, earlier):
            interrupted = context.for_run(person, earlier, lease=lease)
            try:
                return await _ran(None, graph, interrupted, config)
            except StaleBelief:
                log.info("an interrupted run was too old to go on with: one begins anew")
        await saver.adelete_thread(thread)
    begins: RunnableConfig = {"configurable": {"thread_id": thread, BEGINS: True}}
    return await _ran(anew, graph, context.for_run(person, run_id, lease=lease), begins)


async def _ran(
    given: State | None, graph: Graph, context: Context, config: RunnableConfig | None = None
) -> PlannerRun:
    options: dict[str, Any] = {} if config is None else {"durability": "sync"}
    final = await graph.ainvoke(given, config, context=context, **options)
    run: PlannerRun = final["run"]
    return run
