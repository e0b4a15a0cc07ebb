"""Commit: one atomic write of the revision and of the run, or the record of a skip."""

from __future__ import annotations

from dataclasses import asdict

from langgraph.runtime import Runtime

from credence.memory.ledger import Revision
from credence.memory.planner_run import PlannerRun
from credence.planner.context import Context
from credence.planner.nodes.operations import vectors_of
from credence.planner.state import State, Update


async def commit(state: State, runtime: Runtime[Context]) -> Update:
    """Make the draft the person's next revision."""
    context, draft = runtime.context, state["draft"]
    revision = Revision(
        number=draft.base.revision + 1,
        run_id=state["run_id"],
        actor=f"planner:{context.policy.name}",
        at=state["situation"].now,
        reason=state["plan"].reason,
        watermark=draft.belief.watermark,
        undoes=None,
        changes=draft.changes,
    )
    consumed = sum(
        witnessed.event.seq <= draft.belief.watermark
        for witnessed in state["situation"].snapshot.pending
    )
    run = _record(state, context, outcome="committed", revision=revision.number, consumed=consumed)
    stored = state["situation"].snapshot.vectors
    born = {key: vector for key, vector in vectors_of(state).items() if key not in stored}
    await context.store.commit(state["person"], revision, born, run)
    return {"run": run}


async def skip(state: State, runtime: Runtime[Context]) -> Update:
    """Remember that the planner looked and chose to do nothing."""
    context = runtime.context
    run = _record(state, context, outcome="skipped", revision=None, consumed=0)
    checked_to = state["situation"].snapshot.last_seq
    await context.store.record(state["person"], run, checked_to=checked_to)
    return {"run": run}


def _record(
    state: State, context: Context, *, outcome: str, revision: int | None, consumed: int
) -> PlannerRun:
    situation = state["situation"]
    return PlannerRun(
        run_id=state["run_id"],
        started_at=state["started_at"],
        duration_ms=(context.timer() - state["started"]) * 1000,
        policy=context.policy.name,
        outcome=outcome,
        operations=tuple(operation.value for operation in state["plan"].operations),
        reason=state["plan"].reason,
        signals=asdict(situation.signals),
        cost={"llm_calls": 0},
        events_consumed=consumed,
        base_revision=situation.snapshot.belief.revision,
        revision=revision,
    )
