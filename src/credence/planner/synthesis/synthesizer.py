"""Writes the profile from the chunks, without a language model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

from credence.memory.model import Belief, Sentence
from credence.planner.synthesis.outline import outline
from credence.planner.synthesis.wording import narrative

_LONGEST = 300  # words a narrative may have


class Synthesizer(Protocol):
    """Writes what is believed of a person as prose."""

    async def __call__(self, belief: Belief, *, now: datetime) -> tuple[Sentence, ...]:
        """Sentences in reading order, each with the chunks it rests on."""
        ...


class BuiltInSynthesizer:
    """Sentences from the active chunks, at most 300 words (arXiv 2605.14401).

    Says only what a chunk says, so a belief with little in it gives a short profile.
    """

    def __init__(self, half_life: timedelta) -> None:
        self._half_life = half_life

    async def __call__(self, belief: Belief, *, now: datetime) -> tuple[Sentence, ...]:
        """The same belief at the same time gives the same sentences; none gives ()."""
        return _within(_LONGEST, narrative(outline(belief, now=now, half_life=self._half_life)))


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
