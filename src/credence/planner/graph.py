"""The planner's LangGraph: observe, plan, the chosen operations in their order, one commit."""

from __future__ import annotations

from typing import Literal

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from credence.memory.model import Operation
from credence.planner.context import Context
from credence.planner.nodes import operations
from credence.planner.nodes.commit import commit, skip
from credence.planner.nodes.interpret import interpret
from credence.planner.nodes.observe import observe
from credence.planner.nodes.plan import plan
from credence.planner.state import State

_NODES = {
    Operation.EXTRACTION: operations.extraction,
    Operation.REINFORCEMENT: operations.reinforcement,
    Operation.WEAKENING: operations.weakening,
    Operation.CONSOLIDATION: operations.consolidation,
    Operation.FORGETTING: operations.forgetting,
    Operation.RESYNTHESIS: operations.resynthesis,
}


def acts(state: State) -> Literal["interpret", "skip"]:
    return "skip" if state["plan"].skips else "interpret"


def next_operation(state: State) -> str:
    return state["remaining"][0].value if state["remaining"] else "commit"


def build_graph() -> CompiledStateGraph[State, Context, State, State]:
    """Compile the graph; it holds no state of its own and serves every run."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("observe", observe)
    graph.add_node("plan", plan)
    graph.add_node("interpret", interpret)
    graph.add_node("commit", commit)
    graph.add_node("skip", skip)
    onward = [*(operation.value for operation in _NODES), "commit"]
    for operation, node in _NODES.items():
        graph.add_node(operation.value, node)
        graph.add_conditional_edges(operation.value, next_operation, onward)
    graph.add_edge(START, "observe")
    graph.add_edge("observe", "plan")
    graph.add_conditional_edges("plan", acts)
    graph.add_conditional_edges("interpret", next_operation, onward)
    graph.add_edge("commit", END)
    graph.add_edge("skip", END)
    return graph.compile()
