"""A model that answers by form, and systems at work with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from credence.planner.llm.answers import RankerAnswer
from credence.planner.llm.asking import (
    Answer,
    AnswerT,
    Outcome,
    Question,
    Role,
    Unanswered,
)
from credence.planner.llm.fence import read_document
from credence.replay.asking.documents import (
    FlatAnswer,
    GuesserAnswer,
    InterestAnswer,
    Need,
    ProfilerAnswer,
    ReflectorAnswer,
)
from credence.replay.asking.interview import Desk
from credence.replay.asking.journal import Journal
from credence.replay.asking.named import ASKING
from credence.replay.systems.system import Answer as Answered
from credence.replay.systems.system import Material
from credence.replay.systems.system import Question as Exam
from tests.unit.planner.llm.world import a_call

Says = BaseModel | Outcome  # an outcome: no answer, and that is why
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ORDER = RankerAnswer(order=["C", "A", "B"])
USUAL: Mapping[type[BaseModel], Says] = {
    RankerAnswer: ORDER,
    Need: Need(wants=["heists"], avoids=["gore"], knowledge="Heists have crews."),
    ReflectorAnswer: ReflectorAnswer(sound=True, order=[]),
    GuesserAnswer: GuesserAnswer(choice="A", why="no reason"),
    ProfilerAnswer: ProfilerAnswer(profile="Takes what A is."),
    InterestAnswer: InterestAnswer(interest="Heists, of late."),
    FlatAnswer: FlatAnswer(summary="Likes heists."),
}


@dataclass
class Scripted:
    """`Asks` that says the same to every question of a form; each takes 10 tokens in and 2 out."""

    says: Mapping[type[BaseModel], Says | Callable[[Question[Any]], Says]]
    asked: list[Question[Any]] = field(default_factory=list)

    async def ask(self, question: Question[AnswerT]) -> Answer[AnswerT]:
        self.asked.append(question)
        said = self.says[question.form]
        value = said if isinstance(said, BaseModel | Outcome) else said(question)
        outcome = value if isinstance(value, Outcome) else Outcome.ANSWERED
        call = a_call(question, outcome)
        if isinstance(value, Outcome):
            raise Unanswered(f"it was {value}", (call,))
        assert isinstance(value, question.form)
        return Answer(value=value, faults=tuple(question.check(value)), calls=(call,))

    @property
    def forms(self) -> list[str]:
        return [question.form.__name__ for question in self.asked]

    @property
    def prompts(self) -> list[str]:
        return [f"{question.prompt.text}\n{question.data}" for question in self.asked]

    def documents(self, form: type[BaseModel]) -> list[str]:
        return [read_document(q.data) or "" for q in self.asked if q.form is form]


def saying(changes: Mapping[type[BaseModel], Any]) -> Scripted:
    """The usual, but for these forms."""
    return Scripted({**USUAL, **changes})


@contextmanager
def a_desk(model: Scripted, folder: Path) -> Iterator[Desk]:
    with Journal(folder / "prompts" / "system.jsonl").open() as journal:
        yield Desk(dict.fromkeys(Role, model), journal)


async def answered(
    name: str,
    model: Scripted,
    question: Exam,
    material: Material,
    folder: Path,
    *,
    recent: int = 15,
) -> Answered:
    """What a system answers, made anew around what the folder keeps."""
    with a_desk(model, folder) as desk:
        system = ASKING[name].of(desk, replace(material, folder=folder), recent)
        return await system.answer(question)
