"""Credence in front of an exam question: the application's own recommendation, nothing written."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from credence.app.bootstrap import Application
from credence.memory.errors import Refused
from credence.memory.model import Person
from credence.memory.strength import contradicting, standing, statement, supporting
from credence.planner.counter import Ask, Rankers, Recommendation, Taste
from credence.planner.recommend import recommend
from credence.replay.believing.memory import TENANT, eve, runs_of
from credence.replay.systems.system import Answer, Material, Question

_TOLD = 40  # chunks that the report is told of
_MOST = 100  # of what it finds that anybody may ask for
_BEYOND = 1_000.0  # nats between the last of what it found and the rest, which has no share then


class Believing:
    """Ranks by what the memory holds; raises nothing where a ranking fails, but says so."""

    def __init__(
        self, app: Application, rankers: Rankers, material: Material, *, found: bool = False
    ) -> None:
        """With `found` it is told no candidates: what it does not find comes after what it does."""
        self._app = app
        self._rankers = rankers
        self._material = material
        self._found = found

    async def answer(self, question: Question) -> Answer:
        now = eve(self._material, question.user_id)
        counter = replace(self._app.counter, rankers=self._rankers, clock=lambda: now)
        ask = Ask(
            tenant=TENANT,
            user_id=question.user_id,
            instruction=question.instruction or "",
            candidates=None if self._found else question.candidates,
            k=_MOST if self._found else len(question.candidates),
            remembered=False,
        )
        try:
            made = await recommend(ask, counter)
        except Refused as refusal:
            return Answer(scores=None, failure=f"{type(refusal).__name__}: {refusal}")
        scores = in_order(made) if self._found else _scores(made)
        left_out = [item_id for item_id in question.candidates if item_id not in scores]
        if left_out and not self._found:
            return Answer(scores=None, failure=f"{len(left_out)} candidates were not ranked")
        last = min(scores.values(), default=0.0) - _BEYOND
        return Answer(
            scores=tuple(scores.get(item_id, last) for item_id in question.candidates),
            revision=made.revision,
            operations=await self._operations(question.user_id),
            belief=self._told(made.taste, question.user_id),
        )

    async def _operations(self, user_id: str) -> dict[str, int]:
        """How often each operation of the lifecycle ran over the person."""
        runs = await runs_of(self._app, Person(TENANT, user_id))
        counts = Counter(operation for run in runs for operation in run.operations)
        return {**dict(sorted(counts.items())), "looks": len(runs)}

    def _told(self, taste: Taste, user_id: str) -> dict[str, Any]:
        """The belief as a reader wants it: the strongest chunks, the narrative."""
        now, half_life = eve(self._material, user_id), self._app.counter.rules.half_life
        stood = [(c, standing(c, now=now, half_life=half_life)) for c in taste.belief.active]
        stood.sort(key=lambda one: (-abs(one[1].strength) * one[1].confidence, one[0].chunk_id))
        told = [
            {
                "statement": statement(chunk),
                "category": chunk.category,
                "strength": round(stands.strength, 3),
                "confidence": round(stands.confidence, 3),
                "supporting": supporting(chunk),
                "contradicting": contradicting(chunk),
            }
            for chunk, stands in stood[:_TOLD]
        ]
        profile = taste.belief.profile
        return {
            "chunks": told,
            "of": len(stood),
            "narrative": "" if profile is None else profile.narrative,
        }


def _scores(made: Recommendation) -> dict[str, float]:
    return {ranked.item.item_id: ranked.score for ranked in made.items}


def in_order(made: Recommendation) -> dict[str, float]:
    """Scores of a list as it stands: by place where it is not in the order of its scores."""
    scores = _scores(made)
    told = list(scores.values())
    if told == sorted(told, reverse=True):
        return scores
    return {item_id: -float(place) for place, item_id in enumerate(scores)}
