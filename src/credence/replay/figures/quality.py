"""How well the systems of one exam rank: every measure in every slice, and paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from credence.replay.bootstrap import FEW, Interval, bounded, holm, of_shares, resampled_means
from credence.replay.figures.sat import Sat
from credence.replay.metrics.measures import MEASURES, Values, measured
from credence.replay.sign_flips import two_sided_ps


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measure of one system among some people."""

    system: str
    measure: str
    slice: str
    people: int
    value: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A system less the reference, each person against themselves."""

    system: str
    reference: str
    measure: str
    people: int
    value: Interval
    p: float  # two-sided
    p_holm: float  # corrected for the number of systems held against the reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampled:
    """Each person's measures and what 10,000 resamples of people make of their means."""

    systems: tuple[str, ...]
    values: Values  # (P, S, M)
    drawn: Values  # (R, S, M)

    @property
    def people(self) -> int:
        return len(self.values)


def valued(sat: Sat, systems: Sequence[str]) -> Values:
    """Every measure of each person by these systems (P, S, M), in the order of the exam.

    Raises MalformedData for answers that do not fit the exam.
    """
    return np.stack([measured(sat.ranks[system]) for system in systems], axis=1)


def resample(systems: Sequence[str], values: Values, *, seed: int) -> Resampled:
    """The same resamples for every system and measure of `values` (P, S, M).

    Raises ValueError without people.
    """
    drawn = resampled_means(values.reshape(len(values), -1), seed=seed)
    return Resampled(
        systems=tuple(systems),
        values=values,
        drawn=drawn.reshape(-1, *values.shape[1:]),
    )


def figures(
    found: Resampled, *, part: str, lists: NDArray[np.int_] | None = None
) -> tuple[Figure, ...]:
    """Every measure of every system with its 95% interval, among the people of the slice `part`.

    `lists` (S, M) says of how many lists each value is the share of hits; 0 of what is none.
    """
    shared = np.zeros(found.values.shape[1:], np.int_) if lists is None else lists
    return tuple(
        Figure(
            system=system,
            measure=measure,
            slice=part,
            people=found.people,
            value=_value(found, s, m, lists=int(shared[s, m])),
        )
        for s, system in enumerate(found.systems)
        for m, measure in enumerate(MEASURES)
    )


def _value(found: Resampled, s: int, m: int, *, lists: int) -> Interval:
    values = found.values[:, s, m]
    if lists and found.people >= FEW:
        return of_shares(values, lists=lists)
    return bounded(values, found.drawn[:, s, m], lowest=0.0)


def differences(found: Resampled, *, reference: str, seed: int) -> tuple[Difference, ...]:
    """Every other system less the reference, measure by measure; p by flips drawn from `seed`."""
    r = found.systems.index(reference)
    apart = found.values - found.values[:, [r]]
    ps = two_sided_ps(apart.reshape(found.people, -1), seed=seed).reshape(apart.shape[1:])
    others = [s for s in range(len(found.systems)) if s != r]
    return tuple(
        one
        for m in range(len(MEASURES))
        for one in _corrected([_difference(found, s, r, m, float(ps[s, m])) for s in others])
    )


def _difference(found: Resampled, s: int, r: int, m: int, p: float) -> Difference:
    apart = found.values[:, s, m] - found.values[:, r, m]
    drawn = found.drawn[:, s, m] - found.drawn[:, r, m]
    return Difference(
        system=found.systems[s],
        reference=found.systems[r],
        measure=list(MEASURES)[m],
        people=found.people,
        value=bounded(apart, drawn, lowest=-1.0),
        p=p,
        p_holm=p,
    )


def _corrected(alone: Sequence[Difference]) -> list[Difference]:
    return [
        replace(one, p_holm=p) for one, p in zip(alone, holm([one.p for one in alone]), strict=True)
    ]
