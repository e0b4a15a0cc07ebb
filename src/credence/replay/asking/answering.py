"""From a step's question to its value, and from an interview to what the runner keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel

from credence.planner.llm.answers import RankerAnswer
from credence.planner.llm.asking import AnswerT, Prompt, Question, Role, no_faults
from credence.planner.llm.documents import RankerDocument
from credence.planner.llm.fence import document, words
from credence.planner.llm.outcome import put
from credence.replay.asking.documents import RerankerDocument
from credence.replay.asking.interview import ERRAND, Interview
from credence.replay.asking.listing import faults_of, permutation, scores_of
from credence.replay.systems.system import Answer

NOTE, INSTRUCTION = 2_400, 1_000  # characters of a text about a person, and of what they ask for
TEXT_TOKENS = 1_200  # that a text about a person may take
_TOKENS_A_LABEL, _TOKENS_ANYWAY = 8, 200


async def step(
    interview: Interview,
    prompt: Prompt,
    data: BaseModel,
    form: type[AnswerT],
    *,
    role: Role,
    most_tokens: int,
    check: Callable[[AnswerT], Sequence[str]] = no_faults,
) -> AnswerT | None:
    """What the model answers, or None if nothing that can be used."""
    question = Question(
        role=role,
        errand=ERRAND,
        prompt=prompt,
        data=document(data),
        form=form,
        most_tokens=most_tokens,
        check=check,
    )
    asked = await put(question, interview)
    return None if asked.answer is None else asked.answer.value


async def ranked(
    interview: Interview, prompt: Prompt, data: RankerDocument | RerankerDocument
) -> tuple[int, ...] | None:
    """Places of the candidates, the best first; None where the answer names none of them."""
    count = len(data.candidates)
    answer = await step(
        interview,
        prompt,
        data,
        RankerAnswer,
        role=Role.RANKER,
        most_tokens=list_tokens(count),
        check=lambda answer: faults_of(answer.order, count),
    )
    return None if answer is None else permutation(answer.order, count)


def list_tokens(count: int) -> int:
    """What an order of so many labels may take."""
    return _TOKENS_ANYWAY + _TOKENS_A_LABEL * count


def concluded(
    interview: Interview,
    best_first: Sequence[int] | None,
    *,
    rewrites: int = 0,
    profile: str = "",
) -> Answer:
    """What the runner keeps: an order or a failure, and what all steps took.

    Without operations: those are of a memory in a database, and this one is in the journal.
    """
    spent = interview.spent
    lost = [kept.why for kept in spent if kept.answer is None]
    failure = "" if best_first is not None else _failure(lost)
    return Answer(
        scores=None if best_first is None else scores_of(best_first),
        failure=failure,
        tokens_in=sum(kept.tokens_in for kept in spent),
        tokens_out=sum(kept.tokens_out for kept in spent),
        cost=sum(kept.cost for kept in spent),
        unpriced=sum(kept.unpriced for kept in spent),
        belief={"narrative": profile, "rewrites": rewrites, "lost": len(lost)}
        if profile or lost
        else None,
    )


def asked_for(instruction: str | None) -> str | None:
    """The instruction as data; None for nothing."""
    return words(instruction or "", most=INSTRUCTION) or None


def _failure(lost: Sequence[str]) -> str:
    return lost[-1] if lost else "the model's order names none of the candidates"
