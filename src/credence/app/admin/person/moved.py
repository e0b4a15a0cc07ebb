"""Strengths of several chunks at each of several revisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from credence.app.admin.person.whose import Whose
from credence.memory.model import Chunk, Status
from credence.memory.strength import side_of, standing
from credence.memory.trail import Mark, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one chunk stood at each revision; None where it was not believed."""

    chunk: Chunk
    side: str
    address: str
    strengths: Sequence[float | None]

    @property
    def believed(self) -> Sequence[float]:
        """The strengths that there are."""
        return [strength for strength in self.strengths if strength is not None]


def courses(
    chunks: Sequence[Chunk],
    stages: Mapping[int, Sequence[Stage]],
    marks: Sequence[Mark],
    *,
    half_life: timedelta,
    whose: Whose,
) -> Sequence[Course]:
    """A course for each chunk: it fades between its changes as it does in the belief."""
    if not marks:
        return []
    return [
        Course(
            chunk=chunk,
            side=side_of(chunk),
            address=whose.chunk(chunk.chunk_id),
            strengths=_strengths(stages.get(chunk.chunk_id, ()), marks, half_life),
        )
        for chunk in chunks
    ]


def strongest(found: Sequence[Course], most: int) -> Sequence[Course]:
    """Those that were strongest at any of their revisions; none that was never believed."""
    believed = [course for course in found if course.believed]
    return sorted(believed, key=lambda c: -max(abs(s) for s in c.believed))[:most]


def sampled(marks: Sequence[Mark], most: int) -> Sequence[tuple[int, Mark]]:
    """At most so many of the revisions with their places, evenly, the first and last among them."""
    if len(marks) <= most:
        return list(enumerate(marks))
    places = sorted({round(i * (len(marks) - 1) / (most - 1)) for i in range(most)})
    return [(place, marks[place]) for place in places]


def _strengths(
    stages: Sequence[Stage], marks: Sequence[Mark], half_life: timedelta
) -> Sequence[float | None]:
    found: list[float | None] = []
    passed, state = 0, None
    for mark in marks:
        while passed < len(stages) and stages[passed].revision <= mark.revision:
            state = stages[passed].chunk
            passed += 1
        believed = state is not None and state.status is Status.ACTIVE
        found.append(
            standing(state, now=mark.at, half_life=half_life).strength
            if believed and state is not None
            else None
        )
    return found
