"""Flat memory: one summary of a person, rewritten by a model after every event."""

from __future__ import annotations

from dataclasses import dataclass

from credence.planner.llm.asking import Role
from credence.planner.llm.documents import RankerDocument
from credence.planner.llm.fence import words
from credence.replay.asking.answering import (
    NOTE,
    TEXT_TOKENS,
    asked_for,
    concluded,
    ranked,
    step,
)
from credence.replay.asking.documents import FlatAnswer, FlatDocument
from credence.replay.asking.history import whole, witnessed
from credence.replay.asking.instructions import told
from credence.replay.asking.interview import Desk
from credence.replay.asking.listing import listed
from credence.replay.systems.system import Answer, Material, Question


@dataclass(frozen=True, slots=True)
class Flat:
    """A call an event, and one that ranks from the summary alone.

    An event whose summary cannot be used leaves the one before it; where none of all could be
    used, the system failed.
    """

    desk: Desk
    material: Material

    async def answer(self, question: Question) -> Answer:
        interview = self.desk.interview(question.user_id)
        summary, rewrites = "", 0
        history = witnessed(question, self.material.items)
        for event in history:
            answer = await step(
                interview,
                told("flat-1"),
                FlatDocument(summary=summary, event=whole(event)),
                FlatAnswer,
                role=Role.SYNTHESIZER,
                most_tokens=TEXT_TOKENS,
            )
            if answer is not None:
                summary, rewrites = words(answer.summary, most=NOTE), rewrites + 1
        if history and not rewrites:
            return concluded(interview, None)
        data = RankerDocument(
            profile=summary,
            recent=(),
            instruction=asked_for(question.instruction),
            candidates=listed(question.candidates, self.material.items),
        )
        best = await ranked(interview, told("flat_ranker-1", stranger=not summary), data)
        return concluded(interview, best, rewrites=rewrites, profile=summary)
