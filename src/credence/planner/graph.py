"""The planner's LangGraph: observe, plan, the chosen operations in their order, one commit.

A policy that may look again is asked once more after the operations, of what they made.
"""

from __future__ import annotations

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from credence.memory.model import Operation
from credence.planner.context import Context
from credence.planner.nodes.commit import commit, skip
from credence.planner.nodes.interpret import interpret
from credence.planner.nodes.mend import mend
from credence.planner.nodes.observe import observe
from credence.planner.nodes.operations import node_of
from credence.planner.nodes.plan import plan
from credence.planner.state import State

OPERATIONS = (
    Operation.EXTRACTION,
    Operation.REINFORCEMENT,
    Operation.WEAKENING,
    Operation.CONSOLIDATION,
    Operation.FORGETTING,
    Operation.RESYNTHESIS,
)


# Coroutines, as LangGraph calls a plain function of an edge in a thread of its own.


async def after_plan(state: State) -> str:
    if len(state["plans"]) == 1:
        return "skip" if state["plans"][0].skips else "interpret"
    return _next({**state, "looks": 0}) if state["plans"][-1].skips else _next(state)


async def next_step(state: State) -> str:
    """The next operation; after the last another look, if the policy takes one, or the end."""
    return _next(state)


def _next(state: State) -> str:
    if state["remaining"]:
        return state["remaining"][0].value
    if state["looks"] > 0:
        return "plan"
    return "mend" if state.get("shaken") else "commit"


def build_graph(
    checkpointer: BaseCheckpointSaver[str] | None = None,
) -> CompiledStateGraph[State, Context, State, State]:
    """Compile the graph; it holds no state of its own and serves every run.

    With a checkpointer a run that was interrupted goes on where it was (see `run_planner`).
    """
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("observe", observe)
    graph.add_node("plan", plan)
    graph.add_node("interpret", interpret)
    graph.add_node("mend", mend)
    graph.add_node("commit", commit)
    graph.add_node("skip", skip)
    onward = [*(operation.value for operation in OPERATIONS), "plan", "mend", "commit"]
    for operation in OPERATIONS:
        graph.add_node(operation.value, node_of(operation))
        graph.add_conditional_edges(operation.value, next_step, onward)
    graph.add_edge(START, "observe")
    graph.add_edge("observe", "plan")
    graph.add_conditional_edges("plan", after_plan, ["skip", "interpret", *onward])
    graph.add_conditional_edges("interpret", next_step, onward)
    graph.add_edge("mend", "commit")
    graph.add_edge("commit", END)
    graph.add_edge("skip", END)
    return graph.compile(checkpointer=checkpointer)
