"""Commit: one atomic write of the revision and of the run, or the record of a skip."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from langgraph.runtime import Runtime

from credence.memory.collaborative.contribution import Contribution
from credence.memory.glance import glance
from credence.memory.ledger import Revision
from credence.memory.looked import Looked
from credence.memory.planner_run import PlannerRun, asked_of
from credence.planner.carried_out import vectors_of
from credence.planner.context import Context
from credence.planner.contributing import contributed
from credence.planner.restored import Standing, restored
from credence.planner.state import State, Update
from credence.planner.told import cost_of, detail_of


async def commit(state: State, runtime: Runtime[Context]) -> Update:
    """Make the draft the person's next revision; one that changes nothing is a skip."""
    context = runtime.context
    standing = await restored(state, context)
    draft, snapshot = standing.draft, standing.situation.snapshot
    if not draft.changes and draft.belief.watermark == draft.base.watermark:
        return await _skipped(state, standing, context)
    revision = Revision(
        number=draft.base.revision + 1,
        run_id=state["run_id"],
        actor=f"planner:{_author(state, context)}",
        at=context.clock(),  # what a run makes is believed from now on, however long it took
        reason=_reason(state) + _wish(state),
        watermark=draft.belief.watermark,
        undoes=None,
        changes=draft.changes,
    )
    consumed = len(snapshot.pending) if _reads(state) else 0
    run = _record(
        state, standing, context, outcome="committed", revision=revision.number, consumed=consumed
    )
    vectors = vectors_of(draft, snapshot, standing.reading)
    await context.store.commit(
        state["person"],
        revision,
        {key: vector for key, vector in vectors.items() if key not in snapshot.vectors},
        run,
        lease=context.lease,
        looked=_looked(state, standing, context),
        glance=glance(draft.belief, now=revision.at, half_life=context.rules.half_life),
    )
    return {"run": run}


async def skip(state: State, runtime: Runtime[Context]) -> Update:
    """Remember that the planner looked and that there was nothing to do."""
    return await _skipped(state, await restored(state, runtime.context), runtime.context)


async def _skipped(state: State, standing: Standing, context: Context) -> Update:
    run = _record(state, standing, context, outcome="skipped", revision=None, consumed=0)
    looked = _looked(state, standing, context)
    await context.store.record(state["person"], run, lease=context.lease, looked=looked)
    return {"run": run}


def _contributions(state: State, standing: Standing, context: Context) -> tuple[Contribution, ...]:
    """What the events looked at bring to their items, once: what a policy leaves waiting has done
    so by its next look, and so have late events."""
    situation = standing.situation
    if context.words is None:
        return ()
    new = [
        witnessed
        for witnessed in situation.snapshot.pending
        if witnessed.event.seq > situation.snapshot.shared_to
    ]
    return contributed(state["person"], new, situation.reading.said, context.words)


def _looked(state: State, standing: Standing, context: Context) -> Looked:
    """Late events are done with once they were read, even if nothing was learnt from them."""
    snapshot, at = standing.situation.snapshot, standing.situation.now
    contributions = _contributions(state, standing, context)
    if not _reads(state):
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
    state: State,
    standing: Standing,
    context: Context,
    *,
    outcome: str,
    revision: int | None,
    consumed: int,
) -> PlannerRun:
    situation, told = standing.situation, state.get("told", ())
    return PlannerRun(
        run_id=state["run_id"],
        started_at=situation.now,
        duration_ms=(context.timer() - context.started) * 1000,
        policy=_author(state, context),
        outcome=outcome,
        operations=tuple(operation.value for _, operation in state.get("done", ())),
        reason=_reason(state),
        signals=asdict(situation.signals),
        cost=cost_of(told),
        detail=_detail(state) | asked_of(state.get("asked")),
        events_consumed=consumed,
        base_revision=situation.snapshot.belief.revision,
        revision=revision,
    )


def _detail(state: State) -> dict[str, Any]:
    """What was planned at each look, and what models had to do with each step, if any had."""
    told = state.get("told", ())
    if not told:
        return {}
    plans = [
        {
            "operations": [operation.value for operation in plan.operations],
            "reason": plan.reason,
            "merges": None if plan.merges is None else [list(pair) for pair in plan.merges],
            "forgets": None if plan.forgets is None else sorted(plan.forgets),
            "refutes": [list(pair) for pair in plan.refutes],
        }
        for plan in state["plans"]
    ]
    return {"plans": plans, "roles": detail_of(told)}


def _author(state: State, context: Context) -> str:
    """Who made the first plan: a policy, or the one that stood in for it."""
    return state["plans"][0].author or context.policy.name


def _reason(state: State) -> str:
    """The plans' reasons; a further look that found nothing to add says nothing."""
    first, *further = state["plans"]
    return "; then ".join([first.reason, *(plan.reason for plan in further if not plan.skips)])


def _wish(state: State) -> str:
    """For the ledger: why somebody wanted the run, if they said so."""
    asked = state.get("asked")
    if asked is None or asked.reason is None:
        return ""
    return f"; asked for by {asked.actor}: {asked.reason}"


def _reads(state: State) -> bool:
    return any(plan.reads for plan in state["plans"])
