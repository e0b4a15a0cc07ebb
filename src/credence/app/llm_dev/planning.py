"""The planner's seat, taken by the adaptive policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from credence.app.llm_dev.mind import Unread
from credence.app.llm_dev.reading import seen
from credence.app.llm_dev.views import latest
from credence.memory.model import Belief, Operation
from credence.memory.strength import polarity
from credence.planner.extraction.extractor import Embed
from credence.planner.llm.answers import PlannerAnswer, Step, Verdict
from credence.planner.llm.documents import ChunkView, PairView, PlannerDocument
from credence.planner.policies.adaptive import AdaptivePolicy
from credence.planner.state import Plan, Reading, Signals, Situation

_MOST_TARGETS, _MOST_VERDICTS = 120, 40
_CLEARLY = 0.5  # of the other chunk's weight; a chunk with less is refuted by it
_UPKEEP = (Operation.CONSOLIDATION, Operation.FORGETTING, Operation.RESYNTHESIS)


async def planned(document: PlannerDocument, embed: Embed) -> PlannerAnswer:
    """What the adaptive policy chooses by the document's signals, and a verdict on every pair.

    Where something is done already, only upkeep that has something to do and is not done.
    Raises Unread.
    """
    snapshot, reading = await seen(document.pending, document.chunks, embed)
    situation = Situation(
        snapshot=snapshot,
        reading=reading,
        signals=_signals(document.signals),
        now=latest(document.pending, document.chunks),
    )
    plan = await AdaptivePolicy()(situation)
    targets = _targets(document, reading, snapshot.belief)
    steps = [
        Step(operation=operation, targets=targets[operation][:_MOST_TARGETS], reason=reason)
        for operation, reason in _chosen(plan)
        if not document.done or _remains(operation, targets[operation], document.done)
    ]
    reason = plan.reason if steps or not document.done else "what remains needs no more upkeep"
    known = {chunk.id: chunk for chunk in document.chunks}
    verdicts = [_verdict(pair, known) for pair in document.contradict[:_MOST_VERDICTS]]
    return PlannerAnswer(steps=steps, contradictions=verdicts, reason=reason)


def _signals(told: Mapping[str, float]) -> Signals:
    try:
        return Signals(
            pending=int(told["pending"]),
            information=told["information"],
            novel=int(told["novel"]),
            agreeing=int(told["agreeing"]),
            contradicting=int(told["contradicting"]),
            active=int(told["active"]),
            redundant=int(told["redundant"]),
            forgettable=int(told["forgettable"]),
            since_profile=int(told["since_profile"]),
            unsupported=int(told["unsupported"]),
            has_profile=bool(told["has_profile"]),
            forced=bool(told["forced"]),
            late=int(told.get("late", 0)),
        )
    except KeyError as error:
        raise Unread("a signal is missing") from error


def _chosen(plan: Plan) -> Sequence[tuple[Operation, str]]:
    """Each operation with the policy's reason for it."""
    return list(zip(plan.operations, plan.reason.split("; "), strict=False))


def _targets(
    document: PlannerDocument, reading: Reading, belief: Belief
) -> dict[Operation, list[str]]:
    """What each operation would work on; a new profile works on all."""
    agreeing: dict[str, None] = {}
    contradicting: dict[str, None] = {}
    for bearing in reading.bearings:
        chunk = belief.chunk(bearing.chunk_id) if bearing.chunk_id is not None else None
        if chunk is not None:
            agrees = bearing.finding.weight * polarity(chunk) > 0
            (agreeing if agrees else contradicting)[f"c{chunk.chunk_id}"] = None
    return {
        Operation.EXTRACTION: [event.id for event in document.pending],
        Operation.REINFORCEMENT: list(agreeing),
        Operation.WEAKENING: list(contradicting),
        Operation.CONSOLIDATION: ["+".join(pair.chunks) for pair in document.may_merge],
        Operation.FORGETTING: [one.chunk for one in document.may_forget],
        Operation.RESYNTHESIS: [],
    }


def _remains(operation: Operation, targets: Sequence[str], done: Sequence[str]) -> bool:
    named = any(operation in told.lower() for told in done)
    due = bool(targets) or operation is Operation.RESYNTHESIS
    return operation in _UPKEEP and due and not named


def _verdict(pair: PairView, known: Mapping[str, ChunkView]) -> Verdict:
    chunks = list(pair.chunks)
    if not known.keys() >= set(chunks):
        return Verdict(
            chunks=chunks,
            verdict="both_stand",
            refuted=None,
            reason="one of the two is not among the chunks shown",
        )
    weaker, stronger = sorted((known[chunk] for chunk in chunks), key=_weight)
    if weaker.fixed or _weight(weaker) >= _CLEARLY * _weight(stronger):
        return Verdict(
            chunks=chunks,
            verdict="both_stand",
            refuted=None,
            reason="neither has clearly less behind it, or a person fixed it",
        )
    return Verdict(
        chunks=chunks,
        verdict="refuted",
        refuted=weaker.id,
        reason=f"{stronger.id} has {_weight(stronger):.2f} of strength times confidence, "
        f"{weaker.id} has {_weight(weaker):.2f}",
    )


def _weight(chunk: ChunkView) -> float:
    return abs(chunk.strength) * (chunk.confidence or 0.0)
