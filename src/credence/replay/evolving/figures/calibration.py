"""Whether the strength of a belief says how the person's later events will bear on it.

A claim is a chunk as it stood right after a look, with at least one of the ten events that follow
bearing on it (`evolving.hindsight`). Its strength s in [-1, 1] is held against the mean sign y of
those events: +1 where one speaks for liking, -1 where it speaks for disliking. By the posterior
that strength is a view of (ADR 0003), a piece of evidence of full clarity would be a like with
probability (1 + s) / 2, so a calibrated belief lies on the diagonal y = s.

What this cannot see:

- Bearing and sign are judged by the extractor that made the chunks. Where it misreads a person, it
  misreads them before and after, and the two agree. A topic whose own words say which way it counts
  ("predictable plots") can hardly be read the other way and always agrees with itself, so claims
  about open topics are a part of their own: that part is the one to go by.
- People rate what they chose. A topic that they keep away from brings no event to hold a dislike
  against, and a claim on which nothing later bears is left out.
- Signs have no size here, while masses of evidence do: a faint like counts as a clear one.
- Neighbouring looks share later events. Intervals draw people whole, so they allow for that; the
  numbers of claims and pieces of evidence are no numbers of independent trials.
- A distance is never below 0, so noise adds to the error, and once more in every resample: the
  error's interval is biased upward.
- What the predictors learn of everybody else is not learnt anew in each resample, so the intervals
  of "others' mean" and "belief, rescaled", and of skill that rests on them, are somewhat too
  narrow.

Of a spliced timeline the looks after the change are left out: what they left is mostly of the first
person, and what follows is of the second.

The "person's mean" is made of all evidence that the belief rests on, an event once for each chunk
that it bears on. Where open topics alone are asked about it is made of theirs alone, as evidence of
the others goes nearly all one way.

In every figure a person's claims together count 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.replay.bootstrap import Interval, around, resampled_means
from credence.replay.evolving.figures.answers import Array
from credence.replay.evolving.figures.claims import Claims
from credence.replay.evolving.walked import Walked

BINS = 10  # of equal width over [-1, 1]
ALL, OPEN = "all", "open topics"
BELIEF, RESCALED, PERSON, PEOPLE = "belief", "belief, rescaled", "person's mean", "others' mean"
_THIRDS = ("least confident third", "middle third", "most confident third")
_LEAST = 2  # people that make a mean
_NOTHING = 1e-12  # a score this small leaves nothing to improve


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The claims of a strength between two bounds."""

    low: float
    high: float
    people: int
    claims: int
    strength: float  # mean
    sign: float  # mean of later evidence
    interval: Interval | None  # of the sign; None where one person alone is here


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Brier score of predicting whether a later piece of evidence is a like; 0 is perfect.

    `skill` is the share of this predictor's score that the belief takes away, and `rescaled` what
    the rescaled belief takes away, below 0 where those are worse; None for the belief itself and
    what comes of it, and for a predictor that is never wrong.
    """

    predictor: str
    brier: Interval
    skill: Interval | None
    rescaled: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Strength against later signs, over the claims of some confidence.

    `error` is the expected calibration error: over the bins, the mean distance between mean
    strength and mean sign, each bin counting as much as its claims; 0 to 2, in units of strength.
    Few people make it larger than it is: `noise` is what beliefs without any error would show,
    going by how far resamples stray from the mean gap of each bin. How many claims fall into a bin
    is no part of it. `bias` is the mean sign less the mean strength.
    """

    part: str  # "all", "open topics", or a third of those by confidence
    least_confidence: float
    most_confidence: float
    people: int
    chunks: int  # different ones
    claims: int
    evidence: int  # later events that bear on a claim, once for each claim
    bins: tuple[Bin, ...]  # those that hold anything
    error: Interval
    noise: float
    bias: Interval
    scores: tuple[Score, ...]  # of the belief first


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One system's beliefs against later behaviour."""

    parts: tuple[Reliability, ...]  # all claims first; those of one person alone are left out
    active: int  # chunks after looks, whether anything later bears on them or not
    looks: int  # that left a belief and had events to come
    later: int  # different later events that bear on something believed


def calibration(walked: Sequence[Walked], *, seed: int) -> Calibration | None:
    """None where walks kept no beliefs, or fewer than two people have any claim."""
    claims = Claims.of(walked)
    if len(np.unique(claims.person)) < _LEAST:
        return None
    looks = [look for walk in walked for look in walk.believed or ()]
    opened = claims.opened
    third = _third(opened.confidence)
    thirds = [opened.among(third == number) for number in range(len(_THIRDS))]
    named = [(ALL, claims), (OPEN, opened), *zip(_THIRDS, thirds, strict=True)]
    return Calibration(
        parts=tuple(
            _reliability(name, part, seed=seed)
            for name, part in named
            if len(np.unique(part.person)) >= _LEAST
        ),
        active=sum(look.active for look in looks),
        looks=len(looks),
        later=sum(len(_later(walk)) for walk in walked),
    )


def _later(walk: Walked) -> set[int]:
    borne = [one for look in walk.believed or () for one in look.borne]
    return {event for one in borne for event in (*one.liked, *one.disliked)}


def _third(confidence: Array) -> NDArray[np.int_]:
    """0, 1 or 2 for each claim (C,); those of one confidence stay together."""
    if len(confidence) == 0:
        return np.zeros(0, dtype=np.int_)
    bounds = np.quantile(confidence, [1 / 3, 2 / 3])
    thirds: NDArray[np.int_] = np.searchsorted(bounds, confidence, side="left")
    return thirds


def _place(strength: Array) -> NDArray[np.int_]:
    """The bin of each strength (C,). Rounded, so that a hair less than 0.2 is in 0.2's."""
    along = np.floor(np.round((strength + 1) / 2 * BINS, 9)).astype(np.int_)
    places: NDArray[np.int_] = np.clip(along, 0, BINS - 1)
    return places


def _reliability(name: str, claims: Claims, *, seed: int) -> Reliability:
    place, weight = _place(claims.strength), claims.weight
    having = np.bincount(claims.person, minlength=claims.people) > 0
    columns = (weight, weight * claims.strength, weight * claims.sign)
    sums = np.stack([_by_bin(claims, place, column)[having] for column in columns], axis=1)
    drawn = resampled_means(sums.reshape(len(sums), -1), seed=seed).reshape(-1, 3, BINS)
    means = sums.mean(axis=0)
    gaps, gaps_drawn = means[2] - means[1], drawn[:, 2] - drawn[:, 1]
    rate = np.divide(gaps, means[0], out=np.zeros(BINS), where=means[0] > 0)  # mean gap of a bin
    return Reliability(
        part=name,
        least_confidence=float(claims.confidence.min()),
        most_confidence=float(claims.confidence.max()),
        people=len(sums),
        chunks=len({*zip(claims.person.tolist(), claims.chunk.tolist(), strict=True)}),
        claims=len(claims),
        evidence=int((claims.likes + claims.dislikes).sum()),
        bins=tuple(
            _bin(at, sums[:, :, at], drawn[:, :, at], claims=int((place == at).sum()))
            for at in range(BINS)
            if (place == at).any()
        ),
        error=around(float(np.abs(gaps).sum()), np.abs(gaps_drawn).sum(axis=1)),
        noise=float(np.abs(gaps_drawn - drawn[:, 0] * rate).sum(axis=1).mean()),
        bias=around(float(gaps.sum()), gaps_drawn.sum(axis=1)),
        scores=_scores(claims, seed=seed),
    )


def _by_bin(claims: Claims, place: NDArray[np.int_], values: Array) -> Array:
    """Sums (P, BINS) of values (C,) for everybody who was followed."""
    sums = np.bincount(claims.person * BINS + place, weights=values, minlength=claims.people * BINS)
    rows: Array = sums.reshape(claims.people, BINS).astype(np.float64)
    return rows


def _bin(at: int, sums: Array, drawn: Array, *, claims: int) -> Bin:
    """One bin of sums (P, 3) and their resampled means (R, 3): weight, strength, sign."""
    weight, strength, sign = sums.sum(axis=0)
    people = int((sums[:, 0] > 0).sum())
    mean = float(sign / weight)
    some = drawn[drawn[:, 0] > 0]  # a resample may hold nobody with such a claim
    return Bin(
        low=-1 + 2 * at / BINS,
        high=-1 + 2 * (at + 1) / BINS,
        people=people,
        claims=claims,
        strength=float(strength / weight),
        sign=mean,
        interval=around(mean, some[:, 2] / some[:, 0]) if people >= _LEAST else None,
    )


def _scores(claims: Claims, *, seed: int) -> tuple[Score, ...]:
    predicted = {  # in this order
        BELIEF: (1 + claims.strength) / 2,
        RESCALED: _rescaled(claims),
        PERSON: claims.liked_before,
        PEOPLE: _of_others(claims),
    }
    errors = np.stack(
        [claims.by_person(claims.squared_error(share)) for share in predicted.values()], axis=1
    )
    drawn = resampled_means(errors, seed=seed)  # (R, 4)
    means = errors.mean(axis=0)
    return tuple(
        Score(
            predictor=name,
            brier=around(float(means[at]), drawn[:, at]),
            skill=None if at == 0 else _skill(means[[0, at]], drawn[:, [0, at]]),
            rescaled=None if at <= 1 else _skill(means[[1, at]], drawn[:, [1, at]]),
        )
        for at, name in enumerate(predicted)
    )


def _skill(means: Array, drawn: Array) -> Interval | None:
    """Of the first score (of 2; of (R, 2) resampled) over the second."""
    if means[1] <= _NOTHING:
        return None
    some = drawn[drawn[:, 1] > _NOTHING]
    return around(float(1 - means[0] / means[1]), 1 - some[:, 0] / some[:, 1])


def _of_others(claims: Claims) -> Array:
    """The mean share of likes of everybody else's later evidence (C,)."""
    means = claims.by_person(claims.share)
    others = (means.sum() - means) / (len(means) - 1)
    spread: Array = others[_among_having(claims)]
    return spread


def _rescaled(claims: Claims) -> Array:
    """Shares (C,) from a line through everybody else's strengths and signs, kept in [0, 1].

    What strength is worth where its scale is put right: whether stronger beliefs are followed by
    more liking at all.
    """
    s, y = claims.strength, claims.sign
    moments = np.stack([claims.by_person(v) for v in (s, y, s * s, s * y)], axis=1)  # (P, 4)
    rest = (moments.sum(axis=0) - moments) / (len(moments) - 1)
    variance = rest[:, 2] - rest[:, 0] ** 2
    flat = variance <= _NOTHING
    slope = np.where(
        flat, 0.0, (rest[:, 3] - rest[:, 0] * rest[:, 1]) / np.where(flat, 1, variance)
    )
    at = _among_having(claims)
    line = rest[at, 1] + slope[at] * (s - rest[at, 0])
    share: Array = np.clip((1 + line) / 2, 0, 1)
    return share


def _among_having(claims: Claims) -> NDArray[np.int_]:
    """Each claim's person (C,) as a row of what `by_person` gives."""
    rows: NDArray[np.int_] = np.unique(claims.person, return_inverse=True)[1]
    return rows
