"""How a role asks a language model, and what it may count on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from credence.memory.model import Person


class Role(StrEnum):
    """The seats a model can take (arXiv 2605.14401)."""

    PLANNER = "planner"
    EXTRACTOR = "extractor"
    SYNTHESIZER = "synthesizer"
    RANKER = "ranker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a role is told to do: the system message, and the version stored with every run."""

    version: str  # "extractor-1"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """On whose behalf a model is asked, for the ledger of cost."""

    tenant: str
    user_id: str | None = None
    run_id: str | None = None
    until: float | None = None  # on the event loop's clock, seconds; when an answer is of no use

    @classmethod
    def of(cls, person: Person, *, run_id: str | None, until: float | None = None) -> Errand:
        return cls(tenant=person.tenant, user_id=person.user_id, run_id=run_id, until=until)


AnswerT = TypeVar("AnswerT", bound=BaseModel)


def no_faults(answer: BaseModel) -> Sequence[str]:
    """The check of a question that takes any answer of its form."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[AnswerT]):
    """One question: its data is fenced already (`fence.document`) and is never instructions.

    `check` says in words what is wrong with an answer of the right form; such an answer is asked
    for once more, as one of a wrong form is.
    """

    role: Role
    errand: Errand
    prompt: Prompt
    data: str
    form: type[AnswerT]
    most_tokens: int
    check: Callable[[AnswerT], Sequence[str]] = no_faults


TOO_LONG = "the question is longer than the model takes"  # why a request was rejected


class Outcome(StrEnum):
    """How one HTTP call to a model ended."""

    ANSWERED = "answered"
    MALFORMED = "malformed"  # no JSON of the form asked for
    FAULTY = "faulty"  # of the form, and its check found something wrong
    REFUSED = "refused"  # by the model
    REJECTED = "rejected"  # by the server: a request it does not take, a key it does not know
    LIMITED = "limited"  # 429
    FAILED = "failed"  # 5xx, or the connection broke
    LATE = "late"
    OVERLONG = "overlong"  # more bytes than an answer may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one HTTP call cost."""

    role: Role
    model: str
    prompt: str  # its version
    outcome: Outcome
    started_at: datetime
    latency_ms: float
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0  # of those in
    price: float | None = None  # US dollars; None where the settings give no price


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[AnswerT]):
    """A well-formed answer, what is still wrong with it, and every call that it took."""

    value: AnswerT
    faults: tuple[str, ...]  # what `check` says of it
    calls: tuple[Call, ...]
    shared: bool = False  # whether words of other people stood in the prompt as well


class Unanswered(Exception):
    """No usable answer is to be had; the built-in part does the work.

    `why` is a sentence fit for a run's record: it holds no key and nothing a person wrote.
    """

    def __init__(self, why: str, calls: tuple[Call, ...] = ()) -> None:
        super().__init__(why)
        self.why = why
        self.calls = calls


class Asks(Protocol):
    """Whatever can put a question to a model."""

    async def ask(self, question: Question[AnswerT]) -> Answer[AnswerT]:
        """Raises Unanswered, and nothing else but cancellation."""
        ...
