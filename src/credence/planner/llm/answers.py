"""What each role answers, as types. Field descriptions go into the JSON schema that models see."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Short = Annotated[str, StringConstraints(max_length=400)]
Id = Annotated[str, StringConstraints(max_length=24)]


class _Answer(BaseModel):
    """Fields that nobody asked for are left out rather than refused: weak models add them."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class Step(_Answer):
    """One lifecycle operation of a plan."""

    operation: str = Field(
        max_length=40,
        description="extraction, reinforcement, weakening, consolidation, forgetting or "
        "resynthesis",
    )
    targets: list[Id] = Field(
        max_length=120,
        description="event ids or chunk ids; for consolidation pairs written c1+c2; may be empty",
    )
    reason: Short


class Verdict(_Answer):
    """What to make of two chunks that contradict each other."""

    chunks: list[Id] = Field(min_length=2, max_length=2)
    verdict: Literal["both_stand", "refuted"]
    refuted: Id | None = Field(description="the chunk that goes, where the verdict is refuted")
    reason: Short


class PlannerAnswer(_Answer):
    """Operations in order; none means to skip."""

    steps: list[Step] = Field(max_length=12)
    contradictions: list[Verdict] = Field(max_length=40)
    reason: Short


class Proposal(_Answer):
    """What one event says: a new chunk, or evidence for or against a known one."""

    event: Id
    kind: Literal["new", "supports", "contradicts"]
    chunk: Id | None = Field(description="the known chunk; null for a new one")
    topic: Annotated[str, StringConstraints(max_length=80)] | None = Field(
        description="for a new chunk: a short noun phrase without like or dislike; else null"
    )
    category: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        description="for a new chunk: one of the categories given; else null"
    )
    stance: Literal["like", "dislike"] | None = Field(description="for a new chunk; else null")
    clarity: Literal["faint", "clear", "emphatic"]
    words: Annotated[str, StringConstraints(max_length=300)] = Field(
        description="the words of that event, copied exactly, that this rests on"
    )


class ExtractorAnswer(_Answer):
    """Proposals in any order."""

    proposals: list[Proposal] = Field(max_length=400)


class PersonAnswer(_Answer):
    """Proposals for one of several people."""

    id: Id
    proposals: list[Proposal] = Field(max_length=400)


class SharedAnswer(_Answer):
    """One entry for every person given."""

    people: list[PersonAnswer] = Field(max_length=50)


class ProfileSentence(_Answer):
    text: Annotated[str, StringConstraints(max_length=600)]
    rests_on: list[Id] = Field(max_length=40, description="ids of the chunks that say so")


class SynthesizerAnswer(_Answer):
    """The profile, sentence by sentence."""

    sentences: list[ProfileSentence] = Field(max_length=60)


class RankerAnswer(_Answer):
    """All labels, the best first."""

    order: list[Id] = Field(max_length=1_000)
