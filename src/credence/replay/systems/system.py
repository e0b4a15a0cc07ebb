"""What a system under test is given before the exam, what it is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from credence.memory.model import Item
from credence.replay.encoded import Encode, EncodedDomain
from credence.replay.people import Interaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One exam question without its answer: nothing here says which candidate is the target."""

    user_id: str
    history: tuple[Interaction, ...]  # oldest first, all before the target
    instruction: str | None
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Scores of the candidates (N,) in the order of the question, higher is better, or a failure.

    Scores stand for an order: equal ones are a tie, which the runner breaks by a seeded hash.
    """

    scores: tuple[float, ...] | None
    failure: str = ""  # why there are no scores
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0  # US dollars, memory included, of the calls that have a price
    unpriced: int = 0  # calls that have none
    revision: int | None = None  # of the belief that the answer rests on
    operations: Mapping[str, int] = field(default_factory=dict)  # lifecycle, by name, so far
    belief: Mapping[str, Any] | None = None  # what it believed of the person, for the report


class System(Protocol):
    """Something that ranks. It may be asked about several people at once."""

    async def answer(self, question: Question) -> Answer: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Lessons:
    """What may be learnt from: the same before all exams of a domain that have one seed.

    `donors` holds everybody's interactions by person, oldest first: of the training half all of
    them, of the exam half those before their targets. Nothing else of the domain's people is to
    be read: their targets are the answers.
    """

    encoded: EncodedDomain
    donors: Mapping[str, tuple[Interaction, ...]]
    training: frozenset[str]  # those of the training half
    encode: Encode  # texts (n,) to unit rows (n, D); the same text has the same row in every run
    words: Encode  # how what people write is read, of the same shape
    seed: int

    @property
    def items(self) -> Mapping[str, Item]:
        return self.encoded.items

    def teach_as(self, other: Lessons) -> bool:
        """Whether what was learnt of the one holds for the other: it is all the very same."""
        return (
            self.encoded is other.encoded
            and self.donors is other.donors
            and self.training == other.training
            and self.encode == other.encode
            and self.words == other.words
            and self.seed == other.seed
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Material(Lessons):
    """What every system is given before an exam."""

    examinees: tuple[str, ...]  # those who sit the exam, by id
    instructed: bool
    folder: Path  # of this run, for what a system keeps
    database: str  # URL of a Postgres with pgvector, to make schemas in


Prepare: TypeAlias = Callable[[Material], AbstractAsyncContextManager[System]]
Score: TypeAlias = Callable[[Question], Awaitable[tuple[float, ...]]]
