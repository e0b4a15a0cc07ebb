"""Writes the profile from the chunks, without a language model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from credence.memory.model import Belief, Sentence
from credence.planner.synthesis.outline import outline
from credence.planner.synthesis.wording import narrative, plainly, with_evidence
from credence.planner.told import Told

LONGEST = 300  # words a narrative may have
SHORTEST = 150  # words it should have once there is much to say
MUCH = 12  # chunks spoken of that are much to say


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrative:
    """Sentences in reading order, each with the chunks it rests on."""

    sentences: tuple[Sentence, ...]
    told: Told | None = None


class Synthesizer(Protocol):
    """Writes what is believed of a person as prose."""

    async def __call__(self, belief: Belief, *, now: datetime) -> Narrative:
        """The narrative of the active chunks; `belief.profile` is the previous one."""
        ...


class BuiltInSynthesizer:
    """Sentences from the active chunks, at most 300 words (arXiv 2605.14401).

    Says only what a chunk says, so a belief with little in it gives a short profile. Where there
    are many chunks and few words, it adds how much evidence each rests on and when it came.
    """

    def __init__(self, half_life: timedelta) -> None:
        self._half_life = half_life

    async def __call__(self, belief: Belief, *, now: datetime) -> Narrative:
        """The same belief at the same time gives the same sentences; none gives ()."""
        return Narrative(sentences=self._sentences(belief, now))

    def _sentences(self, belief: Belief, now: datetime) -> tuple[Sentence, ...]:
        parts = outline(belief, now=now, half_life=self._half_life)
        brief = _within(LONGEST, narrative(parts, plainly))
        spoken_of = sum(len(sentence.chunk_ids) for sentence in brief)
        if spoken_of < MUCH or _words(brief) >= SHORTEST:
            return brief
        return _within(LONGEST, narrative(parts, with_evidence))


def _words(sentences: tuple[Sentence, ...]) -> int:
    return sum(len(sentence.text.split()) for sentence in sentences)


def _within(longest: int, sentences: Iterator[Sentence]) -> tuple[Sentence, ...]:
    """Sentences in order; one that would make the narrative too long is left out."""
    kept: list[Sentence] = []
    length = 0
    for sentence in sentences:
        size = len(sentence.text.split())
        if length + size <= longest:
            kept.append(sentence)
            length += size
    return tuple(kept)
