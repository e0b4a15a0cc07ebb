"""A plan that a model wrote, checked against what may be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from credence.memory.lifecycle.draft import Rules
from credence.memory.lifecycle.forgetting import refutable, remaining
from credence.memory.model import Belief, Chunk, Operation
from credence.planner.llm.answers import PlannerAnswer, Step
from credence.planner.llm.fence import words
from credence.planner.llm.options import Options
from credence.planner.llm.topics import has_markup
from credence.planner.llm.views import chunk_id, event_id, number_of
from credence.planner.matching import Related
from credence.planner.read_whole import READING, read_whole
from credence.planner.state import Plan

_UPKEEP = (Operation.CONSOLIDATION, Operation.FORGETTING)
_STAGE = dict.fromkeys(READING, 0) | dict.fromkeys(_UPKEEP, 1) | {Operation.RESYNTHESIS: 2}
_KNOWN = {operation.value: operation for operation in _STAGE}
_REASON = 240  # characters
_TWICE = 2  # times the evidence that settles a contradiction which no model judged


@dataclass(slots=True, kw_only=True)
class Judgement:
    """What is left of an answer: a plan, notes for the run's record, and what to ask again for.

    `verdicts` are the notes on contradictions, none of which is left out of the record.
    """

    plan: Plan
    verdicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def judged(answer: PlannerAnswer, options: Options, *, now: datetime, rules: Rules) -> Judgement:
    """The plan that may be carried out; whatever else was asked for is refused, and noted.

    Many events are read even by a plan that leaves them, and what is read is read whole.
    """
    notes: list[str] = []
    faults: list[str] = []
    steps = _in_order(_possible(answer.steps, options, faults, notes), faults)
    operations = [operation for operation, _ in steps]
    if options.must_read and not any(one in READING for one in operations):
        notes.append(
            "the events were read, whatever the plan: they had waited, or it was asked for"
        )
        operations = [*READING, *operations]
    chosen, why = read_whole(operations)
    notes += [why] if why else []
    by_operation = dict(steps)
    refutes, verdicts = _verdicts(answer, options, faults, now=now, rules=rules)
    unasked, reasons = settled(options.unasked, options.belief, now=now, rules=rules)
    refutes, verdicts = (*refutes, *unasked), [*verdicts, *reasons]
    if refutes and Operation.FORGETTING not in chosen:
        chosen = with_forgetting(chosen)
    merging, forgetting = (by_operation.get(operation) for operation in _UPKEEP)
    plan = Plan(
        operations=chosen,
        reason=_reason(answer, steps),
        merges=_merges(merging, options, faults, notes) if merging else None,
        forgets=_forgets(forgetting, options, faults),
        refutes=refutes,
    )
    return Judgement(plan=plan, verdicts=verdicts, notes=[*faults, *notes], faults=faults)


def settled(
    pairs: Iterable[Related], belief: Belief, *, now: datetime, rules: Rules
) -> tuple[tuple[tuple[int, int], ...], list[str]]:
    """Contradictions that no model judged: which are refuted, and why the others stand."""
    refutes, reasons = [], []
    for pair in pairs:
        kept, gone = _by_evidence(pair, belief, now=now, rules=rules)
        if refutable(kept, gone, now=now, rules=rules) and remaining(
            kept, now=now, rules=rules
        ) >= _TWICE * remaining(gone, now=now, rules=rules):
            refutes.append((kept.chunk_id, gone.chunk_id))
        else:
            named = " and ".join(_ids(pair))
            reasons.append(f"{named} both stand: neither clearly has more behind it")
    return tuple(refutes), reasons


def with_forgetting(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The operations and forgetting, before the profile is written."""
    at = len(operations) - (Operation.RESYNTHESIS in operations)
    return (*operations[:at], Operation.FORGETTING, *operations[at:])


def _possible(
    steps: Sequence[Step], options: Options, faults: list[str], notes: list[str]
) -> list[tuple[Operation, Step]]:
    """Steps whose operation exists, comes once, and has something to work on."""
    kept: dict[Operation, Step] = {}
    for step in steps:
        operation = _KNOWN.get(step.operation.strip().lower())
        if operation is None:
            faults.append(f"{words(step.operation, most=40)!r} is no operation")
            continue
        why = _why_not(operation, step, options)
        if operation in kept:
            why = "it is in the plan already"
        if why is None:
            kept[operation] = step
            if operation in READING and (strange := set(step.targets) - _readable(options)):
                notes.append(f"{operation.value} named {_few(strange)}, which is not there")
        else:
            faults.append(f"{operation.value} was refused: {why}")
    return list(kept.items())


def _why_not(operation: Operation, step: Step, options: Options) -> str | None:
    if operation in READING:
        if not options.events:
            return "no event is waiting to be read"
        if step.targets and _readable(options).isdisjoint(step.targets):
            return f"it names {_few(step.targets)}, which is not there"
    if operation is Operation.CONSOLIDATION and step.targets and not _pairs(step, options):
        return "none of its pairs is in may_merge"
    if operation is Operation.FORGETTING and step.targets:
        numbers = {number_of(target, "c") for target in step.targets}
        if numbers.isdisjoint(options.forgettable):
            return "none of its chunks is in may_forget"
    return None


def _readable(options: Options) -> frozenset[str]:
    """What may be named when events are read."""
    events = (event_id(seq) for seq in options.events)
    return frozenset([*events, *(chunk_id(chunk.chunk_id) for chunk in options.belief.active)])


def _few(targets: Iterable[str]) -> str:
    return words(", ".join(sorted(targets)[:3]), most=60)


def _in_order(
    steps: Sequence[tuple[Operation, Step]], faults: list[str]
) -> list[tuple[Operation, Step]]:
    """Without steps that come before something that changes what they rest on."""
    kept = []
    for at, (operation, step) in enumerate(steps):
        earlier = [one for one, _ in steps[at + 1 :] if _STAGE[one] < _STAGE[operation]]
        if earlier:
            faults.append(f"{operation.value} was refused: it came before {earlier[0].value}")
        else:
            kept.append((operation, step))
    return kept


def _pairs(step: Step, options: Options) -> tuple[tuple[int, int], ...]:
    """The candidates that a step names, each as (keep, drop), the most alike first."""
    named = {_pair(target) for target in step.targets}
    return tuple((p.keep, p.drop) for p in options.merges if frozenset(_ids(p)) in named)


def _pair(target: str) -> frozenset[str]:
    return frozenset(part.strip() for part in target.split("+"))


def _merges(
    step: Step, options: Options, faults: list[str], notes: list[str]
) -> tuple[tuple[int, int], ...] | None:
    """None, all near-duplicates, where the step names no pair.

    No chain: what joins another chunk takes none in, as with near-duplicates.
    """
    if not step.targets:
        return None
    allowed = {frozenset(_ids(pair)) for pair in options.merges}
    if strange := {target for target in step.targets if _pair(target) not in allowed}:
        faults.append(f"not in may_merge: {_few(strange)}")
    merges: list[tuple[int, int]] = []
    for keep, drop in _pairs(step, options):
        kept, dropped = {one for one, _ in merges}, {other for _, other in merges}
        if keep in dropped or drop in kept | dropped:
            named = f"{chunk_id(keep)} and {chunk_id(drop)}"
            notes.append(f"{named} were not merged: one of them is in another pair")
        else:
            merges.append((keep, drop))
    return tuple(merges)


def _forgets(step: Step | None, options: Options, faults: list[str]) -> frozenset[int]:
    """Nothing that decayed goes but by a step for it; one without targets means all."""
    if step is None:
        return frozenset()
    if not step.targets:
        return frozenset(options.forgettable)
    numbers = {number_of(target, "c") for target in step.targets}
    strange = {one for one in step.targets if number_of(one, "c") not in options.forgettable}
    if strange:
        faults.append(f"not in may_forget: {_few(strange)}")
    return frozenset(number for number in options.forgettable if number in numbers)


def _verdicts(
    answer: PlannerAnswer, options: Options, faults: list[str], *, now: datetime, rules: Rules
) -> tuple[tuple[tuple[int, int], ...], list[str]]:
    """Who gives way in each contradiction, and why both stand where nobody does.

    A pair without a usable verdict is settled by the evidence alone.
    """
    refutes: list[tuple[int, int]] = []
    reasons: list[str] = []
    for pair in options.contradictions:
        named = " and ".join(_ids(pair))
        said = next((v for v in answer.contradictions if {*v.chunks} == {*_ids(pair)}), None)
        why = "" if said is None else _told(said.reason)
        kept, gone = _by_evidence(pair, options.belief, now=now, rules=rules)
        if said is None or not why:
            faults.append(f"no verdict on {named} with a reason")
        elif said.verdict == "both_stand":
            reasons.append(f"{named} both stand: {why}")
            continue
        elif said.refuted != chunk_id(gone.chunk_id):
            faults.append(f"of {named} only {chunk_id(gone.chunk_id)} may be refuted")
        elif not refutable(kept, gone, now=now, rules=rules):
            faults.append(f"neither of {named} may be refuted: as much speaks for the other")
        else:
            refutes.append((kept.chunk_id, gone.chunk_id))
            reasons.append(f"{said.refuted} is to give way: {why}")
            continue
        ruled, standing = settled([pair], options.belief, now=now, rules=rules)
        refutes += ruled
        reasons += standing
    return tuple(refutes), reasons


def _by_evidence(
    pair: Related, belief: Belief, *, now: datetime, rules: Rules
) -> tuple[Chunk, Chunk]:
    """The two chunks, first the one to stay: a person's own, or that with more evidence left."""
    chunks = [chunk for chunk in belief.active if chunk.chunk_id in {pair.keep, pair.drop}]

    def weight(chunk: Chunk) -> tuple[bool, float, int]:
        chosen = chunk.pinned or chunk.edited
        return (not chosen, -remaining(chunk, now=now, rules=rules), chunk.chunk_id)

    kept, gone = sorted(chunks, key=weight)
    return kept, gone


def _ids(pair: Related) -> tuple[str, str]:
    return chunk_id(pair.keep), chunk_id(pair.drop)


def _reason(answer: PlannerAnswer, steps: Sequence[tuple[Operation, Step]]) -> str:
    """The plan's reason, then those of its steps."""
    reasons = [(operation.value, _told(step.reason)) for operation, step in steps]
    said = [_told(answer.reason), *(f"{name}: {why}" for name, why in reasons if why)]
    return "; ".join(filter(None, said)) or "the model gave no reason"


def _told(reason: str) -> str:
    """A model's reason as it is kept, which somebody will read: without markup and links."""
    text = words(reason, most=_REASON)
    return "" if has_markup(text) else text
