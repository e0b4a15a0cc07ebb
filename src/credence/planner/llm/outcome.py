"""A role's question put, and what its calls came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic

from credence.planner.llm.asking import (
    Answer,
    AnswerT,
    Asks,
    Call,
    Outcome,
    Question,
    Unanswered,
)
from credence.planner.told import Told

_NOTES = 20  # that one step keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Generic[AnswerT]):
    """The answer if there is one, and the account of the calls."""

    answer: Answer[AnswerT] | None
    told: Told


async def put(question: Question[AnswerT], model: Asks) -> Asked[AnswerT]:
    """Ask; without an answer the account says why."""
    try:
        answer = await model.ask(question)
    except Unanswered as error:
        told = told_of(question, error.calls)
        return Asked(answer=None, told=replace(told, fallback=error.why))
    return Asked(answer=answer, told=told_of(question, answer.calls))


def told_of(question: Question[AnswerT], calls: tuple[Call, ...]) -> Told:
    """The account of these calls."""
    prices = [call.price for call in calls]
    failed = sum(call.outcome is not Outcome.ANSWERED for call in calls)
    return Told(
        role=question.role.value,
        prompt=calls[-1].prompt if calls else question.prompt.version,
        calls=len(calls),
        failed=failed,
        tokens_in=sum(call.tokens_in for call in calls),
        tokens_out=sum(call.tokens_out for call in calls),
        tokens_cached=sum(call.tokens_cached for call in calls),
        price=None if None in prices else sum(p for p in prices if p is not None),
    )


def noted(told: Told, notes: Sequence[str], *, kept: Sequence[str] = ()) -> Told:
    """With what is `kept` in any case, and with what was refused or repaired; of very many such
    notes only the first."""
    first = [*kept, *notes[:_NOTES]]
    if len(notes) > _NOTES:
        first.append(f"and {len(notes) - _NOTES} more")
    return replace(told, notes=(*told.notes, *first))


def together(first: Told, second: Told) -> Told:
    """Two accounts of one role as one."""
    priced = [t.price for t in (first, second) if t.calls]
    reasons = [t.fallback for t in (first, second) if t.fallback is not None]
    return replace(
        first,
        calls=first.calls + second.calls,
        failed=first.failed + second.failed,
        tokens_in=first.tokens_in + second.tokens_in,
        tokens_out=first.tokens_out + second.tokens_out,
        tokens_cached=first.tokens_cached + second.tokens_cached,
        price=None if None in priced else sum(p for p in priced if p is not None),
        fallback="; ".join(dict.fromkeys(reasons)) or None,
        notes=first.notes + second.notes,
    )
