"""Language models of the process that are shown titles, the instruction and the candidates, and
nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from credence.planner.counter import Reorders, Shown
from credence.replay.asking.history import titled, witnessed
from credence.replay.asking.in_process import InTurn, Loaded
from credence.replay.asking.journal import journal_of
from credence.replay.asking.listing import scores_of
from credence.replay.asking.roles import VANILLA_CAUSAL
from credence.replay.believing.memory import TENANT
from credence.replay.systems.system import Answer, Material, Prepare, Question, System

WHAT = "language models of this process (CREDENCE_CAUSAL_ROUTER), shown what vanilla is shown"


@dataclass(frozen=True, slots=True)
class VanillaCausal:
    """Their order of the whole list, however far that is from any other. Where they give none it
    is a failure, as no other order stands in for theirs."""

    models: Reorders
    material: Material
    recent: int  # events it is shown, the latest: as many as Credence's first tier holds

    async def answer(self, question: Question) -> Answer:
        items = self.material.items
        made = await self.models(
            Shown(
                tenant=TENANT,
                user_id=question.user_id,
                profile="",
                recent=titled(witnessed(question, items), most=self.recent),
                session=(),
                instruction=question.instruction or "",
                candidates=tuple(items[item_id] for item_id in question.candidates),
            )
        )
        if made.fallback is not None:
            return Answer(scores=None, failure=made.fallback)
        return Answer(scores=scores_of(made.order))


def prepare(loaded: Loaded, *, recent: int) -> Prepare:
    """The system around these models, which are shown so many recent events."""

    free = replace(loaded, told=replace(loaded.told, rise=None))  # of an order that is no ranker's

    @asynccontextmanager
    async def prepared(material: Material) -> AsyncIterator[System]:
        ranker = free.ranker(seed=material.seed)
        try:
            with journal_of(VANILLA_CAUSAL, material).open() as journal:
                yield VanillaCausal(InTurn(ranker, journal), material, recent)
        finally:
            ranker.close()

    return prepared
