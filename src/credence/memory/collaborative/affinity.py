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
_USUAL = 0.2  # what is usually left of those who chose both when fading by time and order
_AT_ONCE = 500_000  # people who chose both of a pair, over all pairs, looked at together

Table = NDArray[np.float64]


class Affinities(NamedTuple):
    """How far people who chose one of ours chose one of theirs: (len(ours), len(theirs)) each."""

    together: Table  # in whatever order
    onward: Table  # how much more of them chose theirs later than earlier
    soon: Table  # those who chose theirs later, fading e-fold a year, beyond what is usual


def affinities(ours: Sequence[Audience | None], theirs: Sequence[Audience | None]) -> Affinities:
    """The cosine of two audiences over people, each norm raised by doubt, and its parts by order;
    0 where either is unknown.

    Dislikes have negative weights, so they count against. Of whom nobody knows when they came to
    one of the two, `onward` and `soon` say nothing; who came to both in the same second is as much
    earlier as later.
    """
    result = Affinities(*np.zeros((3, len(ours), len(theirs))))
    rows, held = _known(ours)
    columns, asked = _known(theirs)
    if held and asked:
        overlaps = _overlaps(held, asked)
        units = _units(overlaps[0], held, asked)
        for whole, overlap in zip(result, overlaps, strict=True):
            whole[np.ix_(rows, columns)] = overlap * units
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
    moments: Table

    @classmethod
    def of(cls, audiences: Sequence[Audience]) -> _Choices:
        return cls(
            people=np.concatenate([one.people for one in audiences]),
            items=np.repeat(np.arange(len(audiences)), [len(one.people) for one in audiences]),
            weights=np.concatenate([one.weights for one in audiences]).astype(np.float64),
            moments=np.concatenate([one.moments for one in audiences]),
        )

    def some(self, entries: NDArray[Any]) -> _Choices:
        """These entries only."""
        return _Choices(*(values[entries] for values in self))


def _overlaps(ours: Sequence[Audience], theirs: Sequence[Audience]) -> tuple[Table, Table, Table]:
    """Sums of products of weights over the people of both samples: of all of them, of those who
    came to the second item later less those who came earlier, and of the later by how soon."""
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
        gaps = after.moments[those] - before.moments[these]
        sums[0] += np.bincount(pairs, weights, minlength=sums.shape[1])
        way = np.nan_to_num(np.sign(gaps))
        sums[1] += np.bincount(pairs, weights * way, minlength=sums.shape[1])
        faded = (1 + way) / 2 * np.exp(np.abs(gaps) / -_SOON) - _USUAL
        faded[np.isnan(gaps)] = 0.0
        sums[2] += np.bincount(pairs, weights * faded, minlength=sums.shape[1])
        at = last
    together, onward, soon = sums.reshape(3, *shape)
    return together, onward, soon


def _units(overlap: Table, ours: Sequence[Audience], theirs: Sequence[Audience]) -> Table:
    """By what sums over the people of two samples are multiplied to be parts of a cosine."""
    ours_share = np.array([one.share for one in ours])
    theirs_share = np.array([one.share for one in theirs])
    seen = np.minimum(ours_share[:, None], theirs_share)
    ours_mass = np.array([one.mass for one in ours])
    theirs_mass = np.array([one.mass for one in theirs])
    # What is seen of a vast audience stands for many, yet never for more than the smaller holds.
    most = np.where(seen < 1, np.minimum(ours_mass[:, None], theirs_mass), np.inf)
    norms = np.sqrt(np.outer(ours_mass + _DOUBT, theirs_mass + _DOUBT))
    held = np.abs(overlap / seen)
    units: Table = np.minimum(1.0, most / np.where(held > 0, held, 1.0)) / seen / norms
    return units


def _known(audiences: Sequence[Audience | None]) -> tuple[list[int], list[Audience]]:
    """Those that hold anybody, and where they stand."""
    found = [(at, one) for at, one in enumerate(audiences) if one is not None and len(one.people)]
    return [at for at, _ in found], [one for _, one in found]


def _norms(one: Audience, other: Audience) -> float:
    return float(np.sqrt((one.mass + _DOUBT) * (other.mass + _DOUBT)))
