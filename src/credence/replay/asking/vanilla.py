"""A language model that is shown titles, the instruction and the candidates, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from credence.planner.llm.documents import RankerDocument
from credence.replay.asking.answering import asked_for, concluded, ranked
from credence.replay.asking.history import titles, witnessed
from credence.replay.asking.instructions import told
from credence.replay.asking.interview import Desk
from credence.replay.asking.listing import listed
from credence.replay.systems.system import Answer, Material, Question


@dataclass(frozen=True, slots=True)
class Vanilla:
    """One call a person. How many titles there are, and their dates, is our own choice: published
    figures do not say."""

    desk: Desk
    material: Material
    recent: int  # events it is shown, the latest: as many as Credence's first tier holds

    async def answer(self, question: Question) -> Answer:
        interview = self.desk.interview(question.user_id)
        recent = titles(witnessed(question, self.material.items), most=self.recent)
        data = RankerDocument(
            profile="",
            recent=recent,
            instruction=asked_for(question.instruction),
            candidates=listed(question.candidates, self.material.items),
        )
        best = await ranked(interview, told("vanilla-1", stranger=not recent), data)
        return concluded(interview, best)
