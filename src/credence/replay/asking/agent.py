"""The steps of an agent in the way of iAgent (ACL Findings 2025, arXiv 2502.14662).

Known of it: an instruction is parsed with the model's own knowledge, candidates are reranked with
what came of that, and the model then reflects on its order. The wording is ours throughout. Our own
choices as well: no tools, so that no knowledge comes from outside; one reflection; the beginning of
reviews beside titles; without an instruction nothing is parsed.
"""

from __future__ import annotations

from dataclasses import dataclass

from credence.planner.llm.asking import Role
from credence.planner.llm.documents import CandidateView
from credence.replay.asking.answering import asked_for, concluded, list_tokens, ranked, step
from credence.replay.asking.documents import (
    Need,
    ParserDocument,
    ReflectorAnswer,
    ReflectorDocument,
    RerankerDocument,
)
from credence.replay.asking.history import reviewed, witnessed
from credence.replay.asking.instructions import told
from credence.replay.asking.interview import Desk, Interview
from credence.replay.asking.listing import faults_of, listed, permutation
from credence.replay.systems.system import Answer, Material, Question

_NEED_TOKENS = 600


@dataclass(frozen=True, slots=True)
class Agent:
    """iAgent's steps: parse, rerank with the recent history, reflect once."""

    desk: Desk
    material: Material
    recent: int  # events it is shown, the latest: as many as Credence's first tier holds

    async def answer(self, question: Question) -> Answer:
        interview = self.desk.interview(question.user_id)
        instruction = asked_for(question.instruction)
        data = RerankerDocument(
            instruction=instruction,
            need=await parsed(interview, instruction),
            recent=reviewed(witnessed(question, self.material.items), most=self.recent),
            candidates=listed(question.candidates, self.material.items),
        )
        return concluded(interview, await considered(interview, data))


async def parsed(interview: Interview, instruction: str | None) -> Need | None:
    """What an instruction means; None where there is none, or no answer."""
    if instruction is None:
        return None
    return await step(
        interview,
        told("parser-1"),
        ParserDocument(instruction=instruction),
        Need,
        role=Role.RANKER,
        most_tokens=_NEED_TOKENS,
    )


async def considered(interview: Interview, data: RerankerDocument) -> tuple[int, ...] | None:
    """An order, and after one reflection the order in its place; None where the first failed."""
    stranger = not data.recent and not data.profile
    draft = await ranked(interview, told("reranker-1", stranger=stranger), data)
    if draft is None:
        return None
    labels = [one.label for one in data.candidates]
    shown = {name: getattr(data, name) for name in RerankerDocument.model_fields}
    checked = await step(
        interview,
        told("reflector-1", stranger=stranger),
        ReflectorDocument(**shown, draft=tuple(labels[place] for place in draft)),
        ReflectorAnswer,
        role=Role.RANKER,
        most_tokens=list_tokens(len(labels)),
        check=lambda answer: () if answer.sound else faults_of(answer.order, len(labels)),
    )
    if checked is None or checked.sound:
        return draft
    return permutation(checked.order, len(labels)) or draft


def label_in(given: str, items: tuple[CandidateView, CandidateView]) -> str | None:
    """The label that an answer names, if it is one of the two."""
    two = permutation([given], len(items))
    return None if two is None else items[two[0]].label
