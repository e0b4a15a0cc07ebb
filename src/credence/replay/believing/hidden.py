"""A ranker from whom parts of the case are hidden, and a policy that leaves operations out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Operation
from credence.planner.context import Policy
from credence.planner.ranking.case import Ranker, RankingCase, Scored
from credence.planner.state import Plan, Situation

_OF_OTHERS = {  # fields of `Others` that hold what a part of it says
    "others-words": ("words", "event_words"),
    "others-company": ("company", "followed", "followed_soon"),
    "others-order": ("followed", "followed_soon"),
    "others-people": ("people",),
    "others-liking": ("liking",),
}
_OF_EVENTS = ("company", "followed", "followed_soon", "event_words")  # one row an event


@dataclass(frozen=True, slots=True)
class Blinkered:
    """Ranks as `ranker` would if there were nothing in the parts that are hidden."""

    ranker: Ranker
    hidden: Collection[str]  # of `variant.PARTS`

    @property
    def name(self) -> str:
        return "-without-".join([self.ranker.name, *sorted(self.hidden)])

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        chunks, events = len(case.chunks), len(case.events)
        if "instruction" in self.hidden:
            case = replace(case, instruction=None, wording=None)
        if "chunks" in self.hidden:
            case = _without_chunks(case)
            keep = keep[:, chunks:]
            chunks = 0
        if "events" in self.hidden:
            case = _without_events(case)
            keep = np.delete(keep, np.s_[chunks : chunks + events], axis=1)
        if "others" in self.hidden:
            case = replace(case, others=None)
        return await self.ranker.score(_without_saying(case, self.hidden), keep)


@dataclass(frozen=True, slots=True)
class Abstaining:
    """Plans as `policy` does, less the operations in `skipped`."""

    policy: Policy
    skipped: Collection[Operation]

    @property
    def name(self) -> str:
        return "-without-".join([self.policy.name, *sorted(o.value for o in self.skipped)])

    @property
    def looks(self) -> int:
        return self.policy.looks

    async def __call__(self, situation: Situation) -> Plan:
        plan = await self.policy(situation)
        left = tuple(o for o in plan.operations if o not in self.skipped)
        return replace(plan, operations=left)


def _without_saying(case: RankingCase, hidden: Collection[str]) -> RankingCase:
    """With 0 for what a part of others' say would tell, as where nobody spoke of anything, or
    nobody knows when they chose."""
    others = case.others
    silent = [name for part, names in _OF_OTHERS.items() if part in hidden for name in names]
    if others is None:
        return case
    nothing: dict[str, Any] = {name: np.zeros_like(getattr(others, name)) for name in silent}
    return replace(case, others=replace(others, **nothing))


def _without_chunks(case: RankingCase) -> RankingCase:
    return replace(
        case,
        chunks=case.chunks[:0],
        strengths=case.strengths[:0],
        confidences=case.confidences[:0],
        chosen=None,
    )


def _without_events(case: RankingCase) -> RankingCase:
    others = case.others
    return replace(
        case,
        events=case.events[:0],
        event_weights=case.event_weights[:0],
        voices=None if case.voices is None else case.voices[:0],
        others=None
        if others is None
        else replace(others, **{name: getattr(others, name)[:0] for name in _OF_EVENTS}),
    )
