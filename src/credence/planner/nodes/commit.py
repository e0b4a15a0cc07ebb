"""Commit: one atomic write of the revision and of the run, or the record of a skip."""

from __future__ import annotations

from dataclasses import asdict

from langgraph.runtime import Runtime

from credence.memory.collaborative.contribution import Contribution
from credence.memory.ledger import Revision
from credence.memory.looked import Looked
from credence.memory.model import Operation
from credence.memory.planner_run import PlannerRun
from credence.planner.context import Context
from credence.planner.contributing import contributed
from credence.planner.nodes.operations import vectors_of
from credence.planner.state import State, Update
from credence.planner.truth import kept_true


async def commit(state: State, runtime: Runtime[Context]) -> Update:
    """Make the draft the person's next revision; one that changes nothing is a skip."""
    context, situation = runtime.context, state["situation"]
    draft = await kept_true(
        state["draft"],
        synthesizer=context.synthesizer,
        now=situation.now,
        operation=Operation.RESYNTHESIS,
    )
    if not draft.changes and draft.belief.watermark == draft.base.watermark:
        return await skip(state, runtime)
    state = {**state, "draft": draft}
    revision = Revision(
        number=draft.base.revision + 1,
        run_id=state["run_id"],
        actor=f"planner:{context.policy.name}",
        at=situation.now,
        reason=state["plan"].reason,
        watermark=draft.belief.watermark,
        undoes=None,
        changes=draft.changes,
    )
    consumed = len(situation.snapshot.pending) if state["plan"].reads else 0
    run = _record(state, context, outcome="committed", revision=revision.number, consumed=consumed)
    stored = situation.snapshot.vectors
    born = {key: vector for key, vector in vectors_of(state).items() if key not in stored}
    await context.store.commit(
        state["person"],
        revision,
        born,
        run,
        lease=state["lease"],
        looked=_looked(state, context),
    )
    return {"run": run}


async def skip(state: State, runtime: Runtime[Context]) -> Update:
    """Remember that the planner looked and that there was nothing to do."""
    context = runtime.context
    run = _record(state, context, outcome="skipped", revision=None, consumed=0)
    await context.store.record(
        state["person"], run, lease=state["lease"], looked=_looked(state, context)
    )
    return {"run": run}


def _contributions(state: State, context: Context) -> tuple[Contribution, ...]:
    """What the events looked at bring to their items, once: what a policy leaves waiting has done
    so by its next look, and so have late events."""
    situation = state["situation"]
    if context.words is None:
        return ()
    new = [
        witnessed
        for witnessed in situation.snapshot.pending
        if witnessed.event.seq > situation.snapshot.shared_to
    ]
    return contributed(state["person"], new, situation.reading.said, context.words)


def _looked(state: State, context: Context) -> Looked:
    """Late events are done with once they were read, even if nothing was learnt from them."""
    snapshot, at = state["situation"].snapshot, state["situation"].now
    contributions = _contributions(state, context)
    if not state["plan"].reads:
        return Looked(
            at=at,
            to=snapshot.head_seq,
            late=snapshot.late_seqs,
            shared_to=snapshot.last_seq,
            contributions=contributions,
        )
    return Looked(
        at=at,
        to=snapshot.last_seq,
        shared_to=snapshot.last_seq,
        contributions=contributions,
        late=snapshot.late_seqs,
        read=tuple(witnessed.event.seq for witnessed in snapshot.late),
        unlinked=tuple(
            (witnessed.event.seq, witnessed.event.item_id)
            for witnessed in snapshot.pending
            if witnessed.item is None and witnessed.event.item_id is not None
        ),
    )


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
