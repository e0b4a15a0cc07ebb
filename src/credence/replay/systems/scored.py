"""Systems that need no more than a function from a question to scores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.replay.systems.system import (
    Answer,
    Lessons,
    Material,
    Prepare,
    Question,
    System,
)

Scorer: TypeAlias = Callable[[Question], NDArray[np.float64]]  # (N,), 0 for all if nothing is known


@dataclass(frozen=True, slots=True)
class Scored:
    """A scorer as a system."""

    scorer: Scorer

    async def answer(self, question: Question) -> Answer:
        return Answer(scores=tuple(self.scorer(question).tolist()))


def learnt(learn: Callable[[Lessons], Scorer]) -> Prepare:
    """The system whose scorer is learnt before the exam, and kept for the next one of the domain.

    It is learnt anew where anything that it is learnt from differs.
    """
    before: tuple[Lessons, Scorer] | None = None

    @asynccontextmanager
    async def prepare(material: Material) -> AsyncIterator[System]:
        nonlocal before
        if before is None or not before[0].teach_as(material):
            before = (material, learn(material))
        yield Scored(before[1])

    return prepare
