"""Strength and confidence: two views of one Beta posterior with time-discounted evidence.

Evidence of weight w at time t counts w * 2 ** -((now - t) / half_life) at `now`. With L the
discounted mass for liking and D for disliking, the posterior under Jeffreys' prior is
Beta(L + 1/2, D + 1/2):

    strength   = 2 * mean - 1 = (L - D) / (L + D + 1)          in (-1, 1)
    confidence = 1 - sd / sd(Beta(1/2, 1/2))                   in [0, 1)

Both drift to 0 without evidence. Our choice where arXiv 2605.14401 gives no formula: ADR 0003.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt

from credence.memory.model import Chunk

PRIOR = 0.5  # pseudo-evidence on each side: Jeffreys' prior, "we know nothing"
CLEAR_EVENT = 1.0  # the evidence of one event that could not be clearer
_PRIOR_SD = sqrt(1 / 8)  # of Beta(1/2, 1/2)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a chunk stands at one instant."""

    strength: float  # -1 dislike .. 1 like
    confidence: float  # 0 nothing known .. 1 certain
    low: float  # strength one standard deviation down, and
    high: float  # up


def faded(mass: float, *, since: datetime, now: datetime, half_life: timedelta) -> float:
    """A mass of evidence as it counts at `now`; the future does not amplify it."""
    remains: float = mass * 0.5 ** (max(now - since, timedelta(0)) / half_life)
    return remains


def lasting(chunk: Chunk) -> bool:
    """Whether time takes nothing off it: a person said how it is, and only evidence moves it."""
    return chunk.pinned or chunk.stated


def masses(chunk: Chunk, *, now: datetime, half_life: timedelta) -> tuple[float, float]:
    """What a chunk holds for liking and for disliking as it counts at `now`; in one that a person
    pinned, or whose strength they stated, nothing fades."""
    if lasting(chunk):
        return chunk.liking, chunk.disliking
    remains = faded(1.0, since=chunk.as_of, now=now, half_life=half_life)
    return chunk.liking * remains, chunk.disliking * remains


def standing(chunk: Chunk, *, now: datetime, half_life: timedelta) -> Standing:
    """Strength and confidence of a chunk at `now`. One that lasts does not drift."""
    held_for, held_against = masses(chunk, now=now, half_life=half_life)
    liking, disliking = held_for + PRIOR, held_against + PRIOR
    total = liking + disliking
    strength = (liking - disliking) / total
    sd = sqrt(liking * disliking / (total * total * (total + 1)))
    spread = 2 * sd  # strength is 2 * mean - 1, so its sd is twice the mean's
    return Standing(
        strength=strength,
        confidence=1 - sd / _PRIOR_SD,
        low=max(-1.0, strength - spread),
        high=min(1.0, strength + spread),
    )


def polarity(chunk: Chunk) -> int:
    """+1 for a like, -1 for a dislike; fading never flips it, only evidence does."""
    return 1 if chunk.liking >= chunk.disliking else -1


def supporting(chunk: Chunk) -> int:
    """Events that agree with what the chunk now says."""
    return chunk.likes if polarity(chunk) > 0 else chunk.dislikes


def contradicting(chunk: Chunk) -> int:
    """Events that disagree with what the chunk now says."""
    return chunk.dislikes if polarity(chunk) > 0 else chunk.likes


def leaning(chunk: Chunk) -> float:
    """Its strength as if nothing had faded away: with what it held when it was last touched, and
    no less than one clear event's worth. Only evidence changes it."""
    held = chunk.liking + chunk.disliking
    if not held:
        return 0.0
    weight = max(held, CLEAR_EVENT)
    return (chunk.liking - chunk.disliking) / held * weight / (weight + 2 * PRIOR)


def undecided(chunk: Chunk) -> bool:
    """Whether what speaks for it and against it weighs about the same: as one clear event's worth
    its strength would read 0.00.

    As with polarity, only evidence makes it so, and not how much of it is left: a like of which
    little is left is still one, also where that little was written down since.
    """
    held = chunk.liking + chunk.disliking
    if not held:
        return True
    balance = (chunk.liking - chunk.disliking) / held
    return round(balance * CLEAR_EVENT / (CLEAR_EVENT + 2 * PRIOR), 2) == 0


def side_of(chunk: Chunk) -> str:
    """Which way it counts: "likes", "dislikes" or "undecided"."""
    if undecided(chunk):
        return "undecided"
    return "likes" if polarity(chunk) > 0 else "dislikes"


def says(side: str, text: str) -> str:
    """A side and a topic in words: "likes horror", "undecided on romance"."""
    return f"{'undecided on' if side == 'undecided' else side} {text}"


def statement(chunk: Chunk) -> str:
    """The belief in words: "likes slow-burn romance"."""
    return says(side_of(chunk), chunk.text)


def claim(chunk: Chunk) -> str:
    """What supporting events agree with, be it undecided or not: "likes slow-burn romance"."""
    return says("likes" if polarity(chunk) > 0 else "dislikes", chunk.text)


def add_evidence(chunk: Chunk, weight: float, at: datetime, *, half_life: timedelta) -> Chunk:
    """The chunk after one more piece of evidence; the order in which pieces come does not matter.

    In a chunk that lasts nothing fades, neither what it holds nor what comes.
    Raises ValueError if `weight` is 0 or outside [-1, 1].
    """
    if weight == 0 or not -1 <= weight <= 1:
        raise ValueError(f"weight must be in [-1, 1] and not 0, got {weight}")
    as_of = max(chunk.as_of, at)
    liking, disliking = masses(chunk, now=as_of, half_life=half_life)
    mass = abs(weight)
    if not lasting(chunk):
        mass = faded(mass, since=at, now=as_of, half_life=half_life)
    return replace(
        chunk,
        liking=liking + (mass if weight > 0 else 0.0),
        disliking=disliking + (mass if weight < 0 else 0.0),
        as_of=as_of,
        likes=chunk.likes + (weight > 0),
        dislikes=chunk.dislikes + (weight < 0),
        first_evidence_at=min(chunk.first_evidence_at, at),
        last_evidence_at=max(chunk.last_evidence_at, at),
        last_like_at=latest(chunk.last_like_at, at) if weight > 0 else chunk.last_like_at,
        last_dislike_at=latest(chunk.last_dislike_at, at) if weight < 0 else chunk.last_dislike_at,
    )


def latest(*moments: datetime | None) -> datetime | None:
    """The last of those that are known."""
    return max((moment for moment in moments if moment), default=None)
