"""Credence with language models in some of its seats, in front of an exam question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from credence.app.bootstrap import Application
from credence.app.llm_settings import LlmSettings
from credence.memory.model import Person
from credence.planner.counter import Rankers, Reordered, Reorders, Shown
from credence.planner.llm.ranker import LlmRanker
from credence.replay.asking.interview import Desk
from credence.replay.asking.journal import Kept
from credence.replay.asking.listing import scores_of
from credence.replay.asking.spent import NOTHING, Spent
from credence.replay.believing.memory import TENANT, runs_of
from credence.replay.believing.system import Believing
from credence.replay.systems.system import Answer, Material, Question

# For a person's id and an exam's seed: who orders the list, and what was asked over the network
# for it, once it is ordered.
Seat: TypeAlias = Callable[[str, int], tuple[Reorders, Sequence[Kept]]]


@dataclass(slots=True)
class LastWord:
    """`ranker` as a reorderer that is not shown what is hidden, and remembers what it said."""

    ranker: Reorders
    hidden: Collection[str]  # of `variant.PARTS`
    order: tuple[str, ...] = ()  # item ids, the best first
    fell_back: bool = False

    @property
    def most(self) -> int:
        return self.ranker.most

    async def __call__(self, shown: Shown) -> Reordered:
        made = await self.ranker(_blinkered(shown, self.hidden))
        self.order = tuple(shown.candidates[place].item_id for place in made.order)
        self.fell_back = made.fallback is not None
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Seated:
    """The application's own recommendation, with what models took for it and its memory.

    As it serves, the local order stands where a model gives none: `fallbacks` among the operations
    counts that, and the steps of the memory's making that a built-in part did for a model.
    """

    app: Application
    rankers: Rankers
    material: Material
    seat: Seat | None  # None: no model ranks
    hidden: Collection[str]
    found: bool = False  # see `Believing`

    async def answer(self, question: Question) -> Answer:
        runs = await runs_of(self.app, Person(TENANT, question.user_id))
        made, ranking = await self.ranked(question)
        spent = Spent.on_looks(runs) + ranking
        return replace(
            made,
            tokens_in=spent.tokens_in,
            tokens_out=spent.tokens_out,
            cost=spent.cost,
            unpriced=spent.unpriced,
            operations={**made.operations, "calls": spent.calls, "fallbacks": spent.fallbacks},
        )

    async def ranked(self, question: Question) -> tuple[Answer, Spent]:
        """The answer, and what a model took for its order alone."""
        app = self.app
        if self.seat is None:
            return await self._believing(app).answer(question), NOTHING
        ranker, asked = self.seat(question.user_id, self.material.seed)
        word = LastWord(ranker, self.hidden)
        app = replace(app, counter=replace(app.counter, reorder=word))
        made = await self._believing(app).answer(question)
        if made.scores is not None and not self.found:  # what is found stands in the model's order
            made = replace(made, scores=in_order(word.order, question.candidates, made.scores))
        return made, Spent.on_answers(asked, fallbacks=int(word.fell_back))

    def _believing(self, app: Application) -> Believing:
        return Believing(app, self.rankers, self.material, found=self.found)


def at_desk(desk: Desk, settings: LlmSettings) -> Seat:
    """Of a model behind a server: as the application asks it, but that labels are drawn by the
    exam's seed."""

    def taken(user_id: str, seed: int) -> tuple[Reorders, Sequence[Kept]]:
        interview = desk.interview(user_id)
        ranker = LlmRanker(
            model=interview,
            clock=lambda: asyncio.get_running_loop().time(),
            seconds=settings.rank_seconds,
            most=settings.rank_top,
            rise=settings.rank_rise,
            seed=seed,
        )
        return ranker, interview.spent

    return taken


def in_process(models: Reorders) -> Seat:
    """Of models of this process, with labels drawn by the seed that they were made for."""
    return lambda user_id, seed: (models, ())


def _blinkered(shown: Shown, hidden: Collection[str]) -> Shown:
    if "chunks" in hidden:
        shown = replace(shown, profile="")
    if "events" in hidden:
        shown = replace(shown, recent=())
    if "instruction" in hidden:
        shown = replace(shown, instruction="")
    return shown


def in_order(
    first: Sequence[str], candidates: Sequence[str], scores: Sequence[float]
) -> tuple[float, ...]:
    """Scores for this order; candidates beyond it follow as the local ranker scored them."""
    place = {item_id: at for at, item_id in enumerate(candidates)}
    left = sorted(set(candidates) - set(first), key=lambda i: (-scores[place[i]], i))
    return scores_of([place[item_id] for item_id in (*first, *left)])
