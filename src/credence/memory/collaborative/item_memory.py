"""What people together say and choose about one item, as a function of their contributions.

The memory is made anew from the contributions whenever they change. So it does not matter in
which order they came, and after somebody is erased it is what it would be had they never come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from credence.memory.collaborative.audience import Audience, gathered, key_of
from credence.memory.collaborative.contribution import Contribution
from credence.memory.model import Vector

HALF_LIFE = timedelta(days=730)  # of a choice against the item's latest one
MOST_READ = 500  # people whose words are read; those with the lowest keys
_TWINS = 0.88  # cosine from which two texts say the same: few honest ones do (docs/log.md)
_PHRASES = 20  # phrases kept
_EVEN = -0.2  # a liking from here on is company; below it, it counts less and then against
_AGAINST = -0.5  # what the deepest dislike weighs


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A topic that people speak of, and how many of them praise and blame it."""

    topic: str
    praised: int
    blamed: int

    @property
    def people(self) -> int:
        return self.praised + self.blamed


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMemory:
    """What is known of an item from people. Texts of the same words count as one voice.

    `people` is how many stand behind it, `voices` how many spoke; both count those who say the
    same in the same words once. `words` is the mean of the directions of what they wrote (D,),
    not of unit length: the more they differ the shorter it is.
    """

    people: int
    voices: float
    words: Vector | None
    liking: float  # mean, [-1, 1]
    rating: float | None  # mean, 0 .. 5
    rated: float  # people behind it
    phrases: tuple[Phrase, ...]  # by people, most first
    latest: datetime  # of the events behind it
    audience: Audience


def remembered(
    tenant: str, contributions: Sequence[Contribution], *, total: int | None = None
) -> ItemMemory | None:
    """The memory of one item from everybody's contributions to it; None without any.

    `contributions` holds each person once, all of them or, of more than `MOST_READ`, at least
    those with the lowest keys; `total` is how many there are when these are not all.
    """
    if not contributions:
        return None
    keys = np.array([key_of(tenant, c.user_id) for c in contributions], dtype=np.uint64)
    order = np.argsort(keys, kind="stable")[:MOST_READ]
    keys = keys[order]
    own = [contributions[index] for index in order]
    told = [index for index, c in enumerate(own) if _direction(c) is not None]
    directions = np.array([_direction(own[index]) for index in told], dtype=np.float64)
    shares = np.ones(len(own))
    if told:
        shares[told] = 1.0 / twins(directions)
    liking = np.array([c.liking for c in own])
    clear = np.minimum(1.0, np.array([c.clarity for c in own])) * shares
    rated = np.array([float(c.rated > 0) for c in own]) * shares
    ratings = np.array([c.ratings / c.rated if c.rated else 0.0 for c in own])
    spoken = float(shares[told].sum())
    scale = (total or len(contributions)) / len(own)  # a sample stands for everybody
    return ItemMemory(
        people=int(np.floor(shares.sum() * scale + 1e-9)),
        voices=spoken * scale,
        words=(shares[told] @ directions / spoken).astype(np.float32) if told else None,
        liking=_mean(liking, clear),
        rating=_mean(ratings, rated) if rated.any() else None,
        rated=float(rated.sum()) * scale,
        phrases=_phrases(own, shares, scale),
        latest=max(c.latest for c in own),
        audience=gathered(keys, _company(own, liking) * shares, scale=scale),
    )


def twins(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """For unit rows (n, D): how many of them say the same, each itself included (n,)."""
    alike: NDArray[np.float64] = (directions @ directions.T >= _TWINS - 1e-9).sum(axis=1) * 1.0
    return alike


def weight_of(liking: float, engaged: float, age: timedelta) -> float:
    """What a person weighs in an audience, [-0.5, 1]: by liking, engagement and age."""
    return float(company_of(np.array(liking))) * engaged * float(0.5 ** (age / HALF_LIFE))


def company_of(liking: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a choice counts as company: 1 unless it was disliked, then less and in the end against.

    People come to what they do not like in the same company as to what they do; so all but a
    clear dislike counts in full.
    """
    return np.interp(liking, [-1.0, _EVEN, 1.0], [_AGAINST, 1.0, 1.0])


def _company(own: Sequence[Contribution], liking: NDArray[np.float64]) -> NDArray[np.float64]:
    latest = max(c.latest for c in own)
    weights = [
        weight_of(float(liked), c.engaged, latest - c.latest)
        for c, liked in zip(own, liking, strict=True)
    ]
    return np.array(weights)


def _direction(one: Contribution) -> NDArray[np.float64] | None:
    if one.words is None:
        return None
    row = one.words.astype(np.float64)
    length = float(np.linalg.norm(row))
    return row / length if length > 0 else None


def _mean(values: NDArray[np.float64], mass: NDArray[np.float64]) -> float:
    total = float(mass.sum())
    return float(values @ mass / total) if total > 0 else 0.0


def _phrases(
    own: Sequence[Contribution], shares: NDArray[np.float64], scale: float
) -> tuple[Phrase, ...]:
    praised: Counter[str] = Counter()
    blamed: Counter[str] = Counter()
    for one, share in zip(own, shares.tolist(), strict=True):
        for topic in one.praised:
            praised[topic] += share
        for topic in one.blamed:
            blamed[topic] += share
    found = [
        Phrase(
            topic=topic,
            praised=int(praised[topic] * scale + 1e-9),
            blamed=int(blamed[topic] * scale + 1e-9),
        )
        for topic in praised.keys() | blamed.keys()
    ]
    ranked = sorted(found, key=lambda phrase: (-phrase.people, phrase.topic))
    return tuple(phrase for phrase in ranked[:_PHRASES] if phrase.people)
