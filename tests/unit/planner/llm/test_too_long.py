"""Events that are too many for one question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from credence.memory.model import Belief
from credence.planner.llm.asking import TOO_LONG, Outcome, Question, Unanswered
from credence.planner.llm.documents import ExtractorDocument
from credence.planner.llm.extractor import LlmExtractor
from credence.planner.llm.fence import read_document
from tests.fakes import SaidOutright, embed
from tests.unit.planner.llm.world import (
    ERRAND,
    NOW,
    RULES,
    Scripted,
    a_call,
    an_event,
    new,
    proposals,
)

EVENTS = [an_event(number, "I loved the heists.") for number in range(1, 19)]


def shown(question: Question[Any]) -> list[str]:
    """Ids of the events in a question."""
    read = ExtractorDocument.model_validate_json(read_document(question.data) or "")
    return [one.id for one in read.events]


def takes(most: int) -> Callable[[Question[Any]], BaseModel]:
    """A model whose context holds so many events, and that finds heists in each."""

    def said(question: Question[Any]) -> BaseModel:
        events = shown(question)
        if len(events) > most:
            raise Unanswered(TOO_LONG, (a_call(question, Outcome.REJECTED),))
        return proposals(*(new(event, "heists", "loved the heists") for event in events))

    return said


def an_extractor(model: Scripted) -> LlmExtractor:
    return LlmExtractor(
        model=model, errand=ERRAND, built_in=SaidOutright(), embed=embed, rules=RULES, now=NOW
    )


async def test_a_batch_too_long_for_the_model_is_read_in_halves() -> None:
    model = Scripted([takes(9)] * 3)

    extraction = await an_extractor(model)(Belief(), EVENTS)

    assert [len(shown(one)) for one in model.asked] == [18, 9, 9]
    assert [one.event_seq for one in extraction.findings] == list(range(1, 19))
    assert extraction.told is not None
    assert extraction.told.fallback is None
    assert (extraction.told.calls, extraction.told.failed) == (3, 1)


async def test_what_is_too_long_in_few_events_is_read_by_the_built_in_part() -> None:
    model = Scripted([takes(0)] * 99)
    events = [an_event(number, "heists +0.8") for number in range(1, 19)]

    extraction = await an_extractor(model)(Belief(), events)

    assert [len(shown(one)) for one in model.asked] == [18, 9, 4, 5, 9, 4, 5]
    assert extraction.told is not None
    assert extraction.told.fallback == TOO_LONG
    assert {one.event_seq for one in extraction.findings} == set(range(1, 19))


async def test_another_failure_is_not_asked_for_in_halves() -> None:
    model = Scripted([])

    await an_extractor(model)(Belief(), EVENTS)

    assert len(model.asked) == 1
