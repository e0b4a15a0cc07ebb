"""How near two items are by who chose both, and whether people went on from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from credence.memory.collaborative.audience import Audience

_DOUBT = 2.0  # people's worth of doubt in each norm: two lovers of a rare book prove little
_CROWD = 30.0  # norms' product from which a person's opinion moves an affinity by little
_SOON = timedelta(days=365).total_seconds()  # e-fold
_AT_ONCE = 500_000  # people who chose both of a pair, over all pairs, looked at together

Table = NDArray[np.float64]


class Affinities(NamedTuple):
    """How far people who chose one of ours chose one of theirs: (len(ours), len(theirs)) each."""

    together: Table  # in whatever order
    onward: Table  # those alone who chose theirs later; who did so in the same second count half
    soon: Table  # the same, each counting e-fold less for every year between the two


def affinities(ours: Sequence[Audience | None], theirs: Sequence[Audience | None]) -> Affinities:
    """The cosine of two audiences over people, each norm raised by doubt; 0 where either is
    unknown, and no order where times were not kept.

    Dislikes have negative weights, so they count against.
    """
    result = Affinities(*np.zeros((3, len(ours), len(theirs))))
    rows, held = _known(ours)
    columns, asked = _known(theirs)
    if held and asked:
        for whole, overlap in zip(result, _overlaps(held, asked), strict=True):
            whole[np.ix_(rows, columns)] = _cosine(overlap, held, asked)
    return result


def told_affinities(ours: Audience | None, theirs: Sequence[Audience | None]) -> tuple[float, ...]:
    """How near each of theirs is to ours as it may be told: in tenths, of crowds in hundredths.

    What one more person thinks of an item moves an affinity by at most 1.5 / the norms' product:
    by a few such steps, so that it does not say exactly what a newcomer thinks.
    """
    return tuple(
        round(float(affinity), 2 if one and ours and _norms(ours, one) >= _CROWD else 1)
        for affinity, one in zip(affinities([ours], theirs).together[0], theirs, strict=True)
    )


class _Choices(NamedTuple):
    """Everybody in some audiences, one entry a person and item."""

    people: NDArray[np.uint64]
    items: NDArray[np.int_]  # which of the audiences
    weights: Table
    times: Table  # not a number where they were not kept

    @classmethod
    def of(cls, audiences: Sequence[Audience]) -> _Choices:
        return cls(
            people=np.concatenate([one.people for one in audiences]),
            items=np.repeat(np.arange(len(audiences)), [len(one.people) for one in audiences]),
            weights=np.concatenate([one.weights for one in audiences]).astype(np.float64),
            times=np.concatenate([_times(one) for one in audiences]),
        )

    def some(self, entries: NDArray[Any]) -> _Choices:
        """These entries only."""
        return _Choices(*(values[entries] for values in self))


def _overlaps(ours: Sequence[Audience], theirs: Sequence[Audience]) -> tuple[Table, Table, Table]:
    """Sums of products of weights over the people of both samples: of all of them, of those who
    came to the second item later, and of these by how soon."""
    before, after = _Choices.of(ours), _Choices.of(theirs)
    before = before.some(np.argsort(before.people, kind="stable"))
    known, first, counts = np.unique(before.people, return_index=True, return_counts=True)
    place = np.minimum(np.searchsorted(known, after.people), len(known) - 1)
    met = np.flatnonzero(known[place] == after.people)
    after, first, counts = after.some(met), first[place[met]], counts[place[met]]
    ends = np.cumsum(counts)
    shape = len(ours), len(theirs)
    sums = np.zeros((3, shape[0] * shape[1]))
    at = 0
    while at < len(counts):
        most = int(ends[at - 1]) + _AT_ONCE if at else _AT_ONCE
        last = max(at + 1, int(np.searchsorted(ends, most, side="right")))
        own = counts[at:last]
        those = np.repeat(np.arange(at, last), own)
        these = np.arange(len(those)) + np.repeat(first[at:last] - (np.cumsum(own) - own), own)
        pairs = before.items[these] * shape[1] + after.items[those]
        weights = before.weights[these] * after.weights[those]
        gaps = after.times[those] - before.times[these]
        sums[0] += np.bincount(pairs, weights, minlength=sums.shape[1])
        later = np.flatnonzero(gaps >= 0)
        pairs, gaps = pairs[later], gaps[later]
        weights = weights[later] * np.where(gaps > 0, 1.0, 0.5)
        sums[1] += np.bincount(pairs, weights, minlength=sums.shape[1])
        sums[2] += np.bincount(pairs, weights * np.exp(gaps / -_SOON), minlength=sums.shape[1])
        at = last
    together, onward, soon = sums.reshape(3, *shape)
    return together, onward, soon


def _cosine(overlap: Table, ours: Sequence[Audience], theirs: Sequence[Audience]) -> Table:
    ours_share = np.array([one.share for one in ours])
    theirs_share = np.array([one.share for one in theirs])
    seen = np.minimum(ours_share[:, None], theirs_share)
    ours_mass = np.array([one.mass for one in ours])
    theirs_mass = np.array([one.mass for one in theirs])
    # What is seen of a vast audience stands for many, yet never for more than the smaller holds.
    most = np.where(seen < 1, np.minimum(ours_mass[:, None], theirs_mass), np.inf)
    norms = np.sqrt(np.outer(ours_mass + _DOUBT, theirs_mass + _DOUBT))
    cosine: Table = np.clip(overlap / seen, -most, most) / norms
    return cosine


def _known(audiences: Sequence[Audience | None]) -> tuple[list[int], list[Audience]]:
    """Those that hold anybody, and where they stand."""
    found = [(at, one) for at, one in enumerate(audiences) if one is not None and len(one.people)]
    return [at for at, _ in found], [one for _, one in found]


def _times(one: Audience) -> Table:
    if one.times is None:
        return np.full(len(one.people), np.nan)
    return one.times.astype(np.float64)


def _norms(one: Audience, other: Audience) -> float:
    return float(np.sqrt((one.mass + _DOUBT) * (other.mass + _DOUBT)))
