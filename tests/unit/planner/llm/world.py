"""A model that answers from a script, and small beliefs to put before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
from pydantic import BaseModel

from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.model import Action, Belief, Chunk, Event, Item, Operation, Status, Vector
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.answers import ExtractorAnswer, Proposal
from credence.planner.llm.asking import (
    Answer,
    AnswerT,
    Call,
    Errand,
    Outcome,
    Question,
    Unanswered,
)
from credence.planner.reading import matched
from credence.planner.signals import signals_of
from credence.planner.state import Reading, Situation, Snapshot
from tests.fakes import NOW, vector_of

RULES = Rules()
ERRAND = Errand(tenant="default", user_id="ada", run_id="run")
Script = BaseModel | None | Callable[[Question[Any]], BaseModel]


@dataclass
class Scripted:
    """`Asks` that reads its answers from a script; None, or the end of it, is no answer.

    As the contract has it: what `check` finds fault with is asked for once more.
    """

    script: Sequence[Script]
    asked: list[Question[Any]] = field(default_factory=list)
    read: int = 0  # answers

    async def ask(self, question: Question[AnswerT]) -> Answer[AnswerT]:
        self.asked.append(question)
        first = self._next(question)
        if first is None:
            raise Unanswered("the model is away", (a_call(question, Outcome.FAILED),))
        faults = tuple(question.check(first))
        if not faults:
            return Answer(value=first, faults=(), calls=(a_call(question, Outcome.ANSWERED),))
        second = self._next(question) or first
        calls = (a_call(question, Outcome.FAULTY), a_call(question, Outcome.ANSWERED))
        return Answer(value=second, faults=tuple(question.check(second)), calls=calls)

    def _next(self, question: Question[AnswerT]) -> AnswerT | None:
        if self.read >= len(self.script):
            return None
        said = self.script[self.read]
        self.read += 1
        if said is None:
            return None
        value = said if isinstance(said, BaseModel) else said(question)
        assert isinstance(value, question.form)
        return value


def a_call(question: Question[Any], outcome: Outcome) -> Call:
    """What one question took."""
    return Call(
        role=question.role,
        model="scripted",
        prompt=question.prompt.version,
        outcome=outcome,
        started_at=NOW,
        latency_ms=1.0,
        tokens_in=10,
        tokens_out=2,
        price=0.25,
    )


def a_chunk(
    number: int,
    text: str,
    *,
    liking: float = 1.0,
    disliking: float = 0.0,
    category: str = "trope",
    days_ago: float = 0,
    pinned: bool = False,
    edited: bool = False,
    status: Status = Status.ACTIVE,
    merged_into: int | None = None,
    aliases: tuple[str, ...] = (),
) -> Chunk:
    at = NOW - timedelta(days=days_ago)
    return Chunk(
        chunk_id=number,
        category=category,
        text=text,
        liking=liking,
        disliking=disliking,
        as_of=at,
        likes=round(liking),
        dislikes=round(disliking),
        first_evidence_at=at,
        last_evidence_at=at,
        pinned=pinned,
        edited=edited,
        status=status,
        merged_into=merged_into,
        aliases=aliases,
    )


def a_belief(*chunks: Chunk, **parts: Any) -> Belief:
    return replace(Belief(revision=3, chunks=chunks), **parts)


def an_event(
    seq: int,
    text: str = "",
    *,
    action: Action = Action.REVIEW,
    rating: float | None = None,
    item: Item | None = None,
) -> Witnessed:
    event = Event(
        seq=seq,
        item_id=None if item is None else item.item_id,
        action=action,
        rating=rating,
        text=text,
        metadata={},
        occurred_at=NOW,
        recorded_at=NOW,
    )
    return Witnessed(event=event, item=item, item_vector=None)


def near_to(vector: Vector, *, cosine: float, other: str) -> Vector:
    """A unit vector at this cosine to the first, otherwise in a direction of its own."""
    away = vector_of(other)
    away = away - float(away @ vector) * vector
    away = away / np.linalg.norm(away)
    near: Vector = (cosine * vector + np.sqrt(1 - cosine**2) * away).astype(np.float32)
    return near


def vectors_for(belief: Belief, alike: Mapping[int, int] | None = None) -> dict[int, Vector]:
    """A vector for every chunk; `alike` puts one at cosine 0.8 to another."""
    vectors = {chunk.chunk_id: vector_of(chunk.text) for chunk in belief.chunks}
    for one, other in (alike or {}).items():
        vectors[one] = near_to(vectors[other], cosine=0.8, other=f"{one} beside {other}")
    return vectors


def a_situation(
    belief: Belief,
    *events: Witnessed,
    alike: Mapping[int, int] | None = None,
    before: Belief | None = None,
    done: tuple[Operation, ...] = (),
    reading: Reading | None = None,
) -> Situation:
    """What a policy looks at; with `before` it looks again, and that is where the run began."""
    base = belief if before is None else before
    last = max((one.event.seq for one in events), default=base.watermark)
    snapshot = Snapshot(
        belief=base,
        vectors=vectors_for(belief, alike),
        pending=events,
        last_seq=last,
        head_seq=last,
    )
    reading = reading or Reading(bearings=(), vectors={}, said={})
    return Situation(
        snapshot=snapshot,
        reading=reading,
        signals=signals_of(snapshot, reading, now=NOW, rules=RULES, forced=False),
        now=NOW,
        draft=None if before is None else replace(Draft.of(base), belief=belief),
        done=done,
    )


def new(
    event: str,
    topic: str,
    words: str,
    *,
    stance: str = "like",
    clarity: str = "clear",
    category: str | None = "trope",
) -> Proposal:
    return Proposal.model_validate({
        "event": event,
        "kind": "new",
        "chunk": None,
        "topic": topic,
        "category": category,
        "stance": stance,
        "clarity": clarity,
        "words": words,
    })  # fmt: skip


def about(
    event: str, chunk: str, words: str, *, kind: str = "supports", clarity: str = "clear"
) -> Proposal:
    return Proposal.model_validate({
        "event": event,
        "kind": kind,
        "chunk": chunk,
        "topic": None,
        "category": None,
        "stance": None,
        "clarity": clarity,
        "words": words,
    })  # fmt: skip


def proposals(*given: Proposal) -> ExtractorAnswer:
    return ExtractorAnswer(proposals=list(given))


__all__ = [
    "ERRAND",
    "NOW",
    "RULES",
    "Scripted",
    "a_belief",
    "a_chunk",
    "a_situation",
    "about",
    "an_event",
    "matched",
    "near_to",
    "new",
    "proposals",
    "vectors_for",
]
