"""How well the systems of one exam rank: every measure in every slice, and paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from credence.replay.bootstrap import Interval, bounded, holm, resampled_means
from credence.replay.figures.sat import Sat
from credence.replay.figures.slices import Slice
from credence.replay.metrics.measures import MEASURES, measured
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
    values: NDArray[np.float64]  # (P, S, M)
    drawn: NDArray[np.float64]  # (R, S, M)

    @property
    def people(self) -> int:
        return len(self.values)


def resample(sat: Sat, part: Slice, *, seed: int) -> Resampled:
    """The same resamples for every system and measure."""
    values = np.stack([measured(sat.ranks[s][part.members]) for s in sat.systems], axis=1)
    people, systems, measures = values.shape
    drawn = resampled_means(values.reshape(people, -1), seed=seed)
    return Resampled(
        systems=sat.systems,
        values=values,
        drawn=drawn.reshape(-1, systems, measures),
    )


def figures(found: Resampled, part: Slice) -> tuple[Figure, ...]:
    """Every measure of every system with its 95% interval."""
    return tuple(
        Figure(
            system=system,
            measure=measure,
            slice=part.name,
            people=found.people,
            value=bounded(found.values[:, s, m], found.drawn[:, s, m], lowest=0.0),
        )
        for s, system in enumerate(found.systems)
        for m, measure in enumerate(MEASURES)
    )


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
