"""A belief at a glance: the three numbers by which lists of people are ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from credence.memory.model import Belief, Chunk
from credence.memory.strength import Standing, standing

_OPPOSED = 2  # events on each side that it takes for a chunk to be contested, and a
_UNDECIDED = 0.25  # strength nearer to 0 than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """How much is believed of a person, how surely, and how much of it is in doubt."""

    beliefs: int = 0
    certainty: float | None = None  # mean confidence; None where nothing is believed
    contested: int = 0


def glance(belief: Belief, *, now: datetime, half_life: timedelta) -> Glance:
    """The numbers of a belief at `now`. They are stored with its head and fade no further."""
    stands = [(chunk, standing(chunk, now=now, half_life=half_life)) for chunk in belief.active]
    return Glance(
        beliefs=len(stands),
        certainty=fmean(how.confidence for _, how in stands) if stands else None,
        contested=sum(contested(chunk, how) for chunk, how in stands),
    )


def contested(chunk: Chunk, stands: Standing) -> bool:
    """Whether events speak on both sides of it and neither has won."""
    return min(chunk.likes, chunk.dislikes) >= _OPPOSED and abs(stands.strength) < _UNDECIDED
