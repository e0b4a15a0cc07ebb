"""What a model is shown in each step, as data, and what it answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from credence.planner.llm.answers import Id
from credence.planner.llm.documents import CandidateView, EventView

Phrase = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4_000)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answer(BaseModel):
    """Fields that nobody asked for are left out rather than refused: weak models add them."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class FlatDocument(_Document):
    """The summary so far, and what the person did now."""

    summary: str
    event: EventView


class FlatAnswer(_Answer):
    """The whole summary, written anew."""

    summary: Text


class ParserDocument(_Document):
    """What somebody asks for."""

    instruction: str


class Need(_Answer):
    """What an instruction means."""

    wants: list[Phrase] = Field(max_length=30)
    avoids: list[Phrase] = Field(max_length=30)
    knowledge: Text


class RerankerDocument(_Document):
    """Candidates in the order shown, and all that an agent has found out about the person."""

    instruction: str | None = None
    need: Need | None = None
    profile: str | None = None
    interest: str | None = None
    recent: tuple[EventView, ...] = ()  # newest first
    candidates: tuple[CandidateView, ...]


class ReflectorDocument(RerankerDocument):
    """The same, and the order that was made of it."""

    draft: tuple[str, ...]  # labels, the best first


class ReflectorAnswer(_Answer):
    """Whether a draft may stand, and the order in its place."""

    sound: bool
    order: list[Id] = Field(max_length=1_000)


class GuesserDocument(_Document):
    """Two items, one of which the person took."""

    profile: str
    items: tuple[CandidateView, CandidateView]


class GuesserAnswer(_Answer):
    choice: Id
    why: Phrase


class ProfilerDocument(_Document):
    """What a guess came to."""

    profile: str
    items: tuple[CandidateView, CandidateView]
    guessed: str | None  # a label; None where no guess was to be had
    why: str
    took: str  # a label
    rating: float | None = None  # 0 to 5
    text: str | None = None  # what the person wrote of it


class ProfilerAnswer(_Answer):
    """The whole profile, written anew."""

    profile: Text


class InterestDocument(_Document):
    """A profile beside what is asked for now."""

    instruction: str | None = None
    profile: str
    recent: tuple[EventView, ...]


class InterestAnswer(_Answer):
    interest: Text
