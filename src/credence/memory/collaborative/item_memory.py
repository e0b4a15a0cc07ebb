"""What people together say and choose about one item, as a function of their contributions.

The memory is made anew from the contributions whenever they change. So it does not matter in
which order they came, and after somebody is erased it is what it would be had they never come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from credence.memory.collaborative.audience import (
    KEYS,
    SAMPLE,
    Audience,
    gathered,
    key_of,
    times_of,
)
from credence.memory.collaborative.contribution import Contribution
from credence.memory.collaborative.held import Part, held, part_of
from credence.memory.model import Vector

HALF_LIFE = timedelta(days=730)  # of a choice against the item's latest one
MOST_READ = SAMPLE  # people whose words are read: those of the audience, with the lowest keys
_TWINS = 0.88  # cosine from which two texts say the same: few honest ones do (docs/log.md)
_PHRASES = 20  # phrases kept
_EVEN = -0.2  # a liking from here on is company; below it, it counts less and then against
_OLDEST = 0.25  # share that the oldest choice keeps: one newcomer must not outweigh a crowd
_JUDGED = 0.2  # clarity from which somebody has an opinion
_NONE = 1e-6  # people; less is rounding
_EXACT = 9  # decimals of a sum of shares, so that three thirds are one person at a threshold
_AGAINST = -0.5  # what the deepest dislike weighs


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A topic that people speak of, and how many of them praise and blame it; some do both."""

    topic: str
    people: int
    praised: int
    blamed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMemory:
    """What is known of an item from people. Texts of the same words count as one voice.

    `people` is how many there are, estimated if not all were read; all other counts are of people
    who were read, so that a threshold on them is one on people. `words` is the mean of the
    directions of what they wrote (D,), not of unit length: the more they differ the shorter it is.
    """

    people: int
    standing: float  # behind the memory
    voices: float  # behind `words`
    words: Vector | None
    liking: float  # mean, [-1, 1]
    judged: float  # behind `liking`
    clear: float  # what those weigh together, the clear ones more
    rating: float | None  # mean, 0 .. 5
    rated: float  # behind `rating`
    phrases: tuple[Phrase, ...]  # by people, most first
    latest: datetime  # of the events behind it
    audience: Audience
    held: bytes | None = None  # which contributions it was made from


def remembered(
    tenant: str, contributions: Sequence[Contribution], *, total: int | None = None
) -> ItemMemory | None:
    """The memory of one item from everybody's contributions to it; None without any.

    `contributions` holds each person once, all of them or, of more than `MOST_READ`, at least one
    more than that with the lowest keys; `total` is how many there are when these are not all.
    """
    if not contributions:
        return None
    keys = np.array([key_of(tenant, c.user_id) for c in contributions], dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    share = int(keys[order[MOST_READ]]) / KEYS if len(order) > MOST_READ else 1.0
    order = order[:MOST_READ]
    keys = keys[order]
    own = [contributions[index] for index in order]
    told, directions = _directions(own)
    shares = np.ones(len(own))
    if len(told):
        shares[told] = 1.0 / twins(directions)
    liking = np.array([c.liking for c in own])
    clear = np.minimum(1.0, np.array([c.clarity for c in own])) * shares
    rated = np.array([float(c.rated > 0) for c in own]) * shares
    ratings = np.array([c.ratings / c.rated if c.rated else 0.0 for c in own])
    voices = _summed(shares[told])
    judged = np.array([float(c.clarity >= _JUDGED) for c in own]) * shares
    scale = (total or len(contributions)) / len(own)
    return ItemMemory(
        people=int(np.floor(shares.sum() * scale + 1e-9)),
        standing=_summed(shares),
        voices=voices,
        words=(shares[told] @ directions / voices).astype(np.float32) if len(told) else None,
        liking=_mean(liking, clear),
        judged=_summed(judged),
        clear=_summed(clear),
        rating=_mean(ratings, rated) if rated.any() else None,
        rated=_summed(rated),
        phrases=_phrases(own, shares),
        latest=max(c.latest for c in own),
        audience=gathered(
            keys,
            _company(own, liking) * shares,
            times=times_of(c.latest for c in own),
            share=share,
            scale=scale,
        ),
        held=held(keys, own),
    )


def without(memory: ItemMemory, own: Contribution, *, tenant: str) -> ItemMemory:
    """The memory as if this person had never come.

    One who says the same in the same words as others is taken out with the whole voice. A memory
    that was made before they came is as it should be. In one that holds less of them than they
    bring by now, they are counted no more, and the means stay: what they had brought then is
    known no more, and they are made anew in a moment.
    """
    key = key_of(tenant, own.user_id)
    if key >= memory.audience.share * KEYS:  # was not read
        return replace(memory, people=max(0, memory.people - 1))
    part = part_of(memory.held, key, own)
    if part is Part.NOTHING:
        return memory
    _, directions = _directions([own])
    fewer = _uncounted(memory, own, key=key, told=len(directions) > 0)
    if part is Part.EARLIER:
        return replace(
            fewer,
            words=fewer.words if fewer.voices > _NONE else None,
            liking=fewer.liking if fewer.clear > _NONE else 0.0,
            rating=fewer.rating if fewer.rated > _NONE else None,
        )
    words = memory.words
    if len(directions) and words is not None:
        words = _less(words, memory.voices, directions[0])
    rating = memory.rating
    if own.rated and rating is not None:
        total = rating * memory.rated - own.ratings / own.rated
        rating = _within(0.0, total / fewer.rated, 5.0) if fewer.rated > _NONE else None
    liking = memory.liking * memory.clear - own.liking * min(1.0, own.clarity)
    return replace(
        fewer,
        words=words,
        liking=_within(-1.0, liking / fewer.clear, 1.0) if fewer.clear > _NONE else 0.0,
        rating=rating,
    )


def _uncounted(memory: ItemMemory, own: Contribution, *, key: int, told: bool) -> ItemMemory:
    """The memory with this person in none of its counts, and in the means as before."""
    age = max(timedelta(0), memory.latest - own.latest)
    return replace(
        memory,
        people=max(0, memory.people - 1),
        standing=max(0.0, memory.standing - 1),
        voices=max(0.0, memory.voices - told),
        judged=max(0.0, memory.judged - (own.clarity >= _JUDGED)),
        clear=max(0.0, memory.clear - min(1.0, own.clarity)),
        rated=max(0.0, memory.rated - (own.rated > 0)),
        phrases=_ranked(_unsaid(phrase, own) for phrase in memory.phrases),
        audience=memory.audience.without(key, weight_of(own.liking, own.engaged, age)),
    )


def _within(least: float, value: float, most: float) -> float:
    """The value, but for what rounding puts beyond the ends."""
    return min(most, max(least, value))


def _less(mean: Vector, voices: float, direction: NDArray[np.float64]) -> Vector | None:
    if voices - 1 <= _NONE:
        return None
    rest: Vector = ((mean.astype(np.float64) * voices - direction) / (voices - 1)).astype(
        np.float32
    )
    return rest


def _unsaid(phrase: Phrase, own: Contribution) -> Phrase:
    praised, blamed = phrase.topic in own.praised, phrase.topic in own.blamed
    return replace(
        phrase,
        people=max(0, phrase.people - (praised or blamed)),
        praised=max(0, phrase.praised - praised),
        blamed=max(0, phrase.blamed - blamed),
    )


def twins(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """For unit rows (n, D): how many of them say the same, each itself included (n,)."""
    counted: NDArray[np.float64] = alike(directions).sum(axis=1) * 1.0
    return counted


def alike(directions: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For unit rows (n, D): which two of them say the same (n, n)."""
    same: NDArray[np.bool_] = directions @ directions.T >= _TWINS - 1e-9
    return same


def weight_of(liking: float, engaged: float, age: timedelta) -> float:
    """What a person weighs in an audience, [-0.5, 1]: by liking, engagement and age."""
    ages = np.array([age / HALF_LIFE])
    return float(_weights(np.array([liking]), np.array([engaged]), ages)[0])


def _weights(
    liking: NDArray[np.float64], engaged: NDArray[np.float64], half_lives: NDArray[np.float64]
) -> NDArray[np.float64]:
    kept: NDArray[np.float64] = np.maximum(_OLDEST, 0.5**half_lives)
    return company_of(liking) * engaged * kept


def company_of(liking: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a choice counts as company: 1 unless it was disliked, then less and in the end against.

    People come to what they do not like in the same company as to what they do; so all but a
    clear dislike counts in full.
    """
    return np.interp(liking, [-1.0, _EVEN, 1.0], [_AGAINST, 1.0, 1.0])


def _company(own: Sequence[Contribution], liking: NDArray[np.float64]) -> NDArray[np.float64]:
    latest = max(c.latest for c in own)
    ages = np.array([(latest - c.latest) / HALF_LIFE for c in own])
    return _weights(liking, np.array([c.engaged for c in own]), ages)


def _directions(
    own: Sequence[Contribution],
) -> tuple[NDArray[np.int_], NDArray[np.float64]]:
    """Who wrote anything (n,), and the directions of what they wrote (n, D)."""
    wrote = [(index, c.words) for index, c in enumerate(own) if c.words is not None]
    if not wrote:
        return np.empty(0, dtype=np.int_), np.empty((0, 0))
    rows = np.array([words for _, words in wrote], dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1)
    told = lengths > 0
    return np.array([index for index, _ in wrote])[told], rows[told] / lengths[told, None]


def _summed(shares: NDArray[np.float64]) -> float:
    return round(float(shares.sum()), _EXACT)


def _mean(values: NDArray[np.float64], mass: NDArray[np.float64]) -> float:
    total = float(mass.sum())
    return float(values @ mass / total) if total > 0 else 0.0


def _phrases(own: Sequence[Contribution], shares: NDArray[np.float64]) -> tuple[Phrase, ...]:
    people: Counter[str] = Counter()
    praised: Counter[str] = Counter()
    blamed: Counter[str] = Counter()
    for one, share in zip(own, shares.tolist(), strict=True):
        for counts, topics in (
            (people, one.praised | one.blamed),
            (praised, one.praised),
            (blamed, one.blamed),
        ):
            for topic in topics:
                counts[topic] += share
    found = [
        Phrase(
            topic=topic,
            people=int(count + 1e-9),
            praised=int(praised[topic] + 1e-9),
            blamed=int(blamed[topic] + 1e-9),
        )
        for topic, count in people.items()
    ]
    return _ranked(found)[:_PHRASES]


def _ranked(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """Those that anybody stands behind, by people, ties by topic."""
    spoken = [phrase for phrase in phrases if phrase.people]
    return tuple(sorted(spoken, key=lambda phrase: (-phrase.people, phrase.topic)))
