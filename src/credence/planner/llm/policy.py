"""The planner's seat: a model chooses operations; what it may choose is checked here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Operation
from credence.memory.planner_run import PlannerRun
from credence.planner.context import Policy
from credence.planner.llm.answers import PlannerAnswer
from credence.planner.llm.asking import Asks, Errand, Question, Role
from credence.planner.llm.documents import (
    ChunkView,
    ForgettableView,
    PairView,
    PlannerDocument,
    RunView,
)
from credence.planner.llm.fence import document, words
from credence.planner.llm.instructions import prompt_of
from credence.planner.llm.options import Options, options_of
from credence.planner.llm.outcome import noted, put
from credence.planner.llm.verdict import Judgement, judged, settled, with_forgetting
from credence.planner.llm.views import brief_view, chunk_id, chunk_view, titled_view
from credence.planner.matching import Related
from credence.planner.state import Plan, Situation
from credence.planner.told import Told

_CHUNKS, _EVENTS, _RUNS = 12, 30, 2  # that a model is shown
_TEXT = 160  # characters of a review
_TOKENS = 1_200

Runs = Callable[[int], Awaitable[Sequence[PlannerRun]]]  # the person's latest so many


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmPolicy:
    """Asks a model what to do (arXiv 2605.14401); `built_in` decides where it does not answer.

    Nothing is asked where there is nothing to decide: no event pending, no candidate for upkeep.
    """

    model: Asks
    errand: Errand
    built_in: Policy
    rules: Rules
    runs: Runs
    looks: int = 2

    @property
    def name(self) -> str:
        return f"llm-{prompt_of(Role.PLANNER).version}"

    async def __call__(self, situation: Situation) -> Plan:
        options = options_of(situation, rules=self.rules)
        if not options.any:
            why = "nothing is left to do" if situation.done else "nothing is pending or due"
            return Plan(operations=(), reason=why)
        asked = await put(await self._question(situation, options), self.model)
        if asked.answer is None:
            return await self._by_rule(situation, options, asked.told)
        judgement = self._judged(asked.answer.value, situation, options)
        told = noted(asked.told, judgement.notes, kept=judgement.verdicts)
        return replace(judgement.plan, told=told)

    def _judged(self, answer: PlannerAnswer, situation: Situation, options: Options) -> Judgement:
        return judged(answer, options, now=situation.now, rules=self.rules)

    async def _by_rule(self, situation: Situation, options: Options, told: Told) -> Plan:
        """Without an answer: the built-in policy's choice, and contradictions settled by rule."""
        plan = Plan(operations=(), reason="the model could not be asked again")
        if not situation.done:
            plan = await self.built_in(situation)
        pairs = (*options.contradictions, *options.unasked)
        refutes, reasons = settled(pairs, options.belief, now=situation.now, rules=self.rules)
        if refutes and Operation.FORGETTING not in plan.operations:
            operations = with_forgetting(plan.operations)
            plan = replace(plan, operations=operations, forgets=frozenset())
        return replace(
            plan,
            author=f"{self.built_in.name} for {self.name}",
            refutes=refutes,
            told=noted(told, (), kept=reasons),
        )

    def _chunks(self, options: Options, now: datetime) -> tuple[ChunkView, ...]:
        """In full those that a decision may touch, in brief those with most evidence; by id."""
        pairs = options.merges + options.contradictions
        touched = {number for pair in pairs for number in (pair.keep, pair.drop)}
        touched |= set(options.forgettable)
        others = [chunk for chunk in options.belief.active if chunk.chunk_id not in touched]
        others.sort(key=lambda chunk: (-(chunk.liking + chunk.disliking), chunk.chunk_id))
        shown = touched.union(chunk.chunk_id for chunk in others[:_CHUNKS])
        return tuple(
            (chunk_view if chunk.chunk_id in touched else brief_view)(
                chunk, now=now, rules=self.rules
            )
            for chunk in options.belief.active
            if chunk.chunk_id in shown
        )

    async def _question(self, situation: Situation, options: Options) -> Question[PlannerAnswer]:
        snapshot, profile = situation.snapshot, options.belief.profile
        waiting = (*snapshot.late, *snapshot.pending) if options.events else ()
        signals = {k: round(float(v), 3) for k, v in asdict(situation.signals).items()}
        data = PlannerDocument(
            chunks=self._chunks(options, situation.now),
            profile_words=None if profile is None else len(profile.narrative.split()),
            profile_is_events_old=None if profile is None else situation.signals.since_profile,
            pending=tuple(titled_view(one, text=_TEXT) for one in waiting[:_EVENTS]),
            signals=signals,
            may_merge=tuple(_pair(pair) for pair in options.merges),
            contradict=tuple(_pair(pair) for pair in options.contradictions),
            may_forget=tuple(
                ForgettableView(chunk=chunk_id(number), why=words(why, most=200))
                for number, why in sorted(options.forgettable.items())
            ),
            last_runs=tuple(_run(run) for run in await self.runs(_RUNS)),
            done=tuple(operation.value for operation in situation.done),
        )
        return Question(
            role=Role.PLANNER,
            errand=self.errand,
            prompt=prompt_of(Role.PLANNER),
            data=document(data),
            form=PlannerAnswer,
            most_tokens=_TOKENS,
            check=lambda answer: self._judged(answer, situation, options).faults,
        )


def _pair(pair: Related) -> PairView:
    return PairView(
        chunks=(chunk_id(pair.keep), chunk_id(pair.drop)), alike=round(pair.likeness, 2)
    )


def _run(run: PlannerRun) -> RunView:
    spent = run.cost.get("tokens_in", 0) + run.cost.get("tokens_out", 0)
    return RunView(
        operations=run.operations,
        outcome=run.outcome,
        events=run.events_consumed,
        tokens=spent or None,
    )
