"""Everything that is counted about one exam."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from credence.replay.figures.calibration import Calibration, calibration
from credence.replay.figures.errors import NothingSat, UnknownSystem
from credence.replay.figures.facts import PersonFacts, read_facts
from credence.replay.figures.orders import Sensitivity, in_orders, sensitivity
from credence.replay.figures.quality import (
    Difference,
    Figure,
    differences,
    figures,
    resample,
    valued,
)
from credence.replay.figures.sat import Sat, sat_exams
from credence.replay.figures.slices import Slice, slices
from credence.replay.figures.spent import Spent, spent
from credence.replay.metrics.measures import by_chance
from credence.replay.runner.folder import FinishedRun
from credence.replay.runner.record import Record

_OURS = "credence"


@dataclass(frozen=True, kw_only=True)
class ExamFigures:
    """One exam, counted. Of an exam sat in several orders the first is counted in full."""

    sat: Sat
    reference: str
    seed: int
    slices: tuple[Slice, ...]
    facts: Mapping[str, PersonFacts] | None  # None: no breakdown could be made
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    chance: Mapping[str, float]  # by measure
    spent: Mapping[str, Spent]
    failures: Mapping[str, tuple[Record, ...]]
    calibration: Mapping[str, Calibration]  # of those with scores
    orders: tuple[Sat, ...]  # the same questions in other orders, this one first
    sensitivity: tuple[Sensitivity, ...]

    def figure(self, system: str, measure: str, part: str) -> Figure:
        """Raises KeyError for what was not counted."""
        return self._figures[system, measure, part]

    def difference(self, system: str, measure: str) -> Difference | None:
        """None for the reference itself."""
        return self._differences.get((system, measure))

    @cached_property
    def _figures(self) -> Mapping[tuple[str, str, str], Figure]:
        return {(one.system, one.measure, one.slice): one for one in self.figures}

    @cached_property
    def _differences(self) -> Mapping[tuple[str, str], Difference]:
        return {(one.system, one.measure): one for one in self.differences}


def count_exams(
    runs: Sequence[FinishedRun],
    *,
    reference: str | None = None,
    seed: int = 0,
    counted: Callable[[], None] = lambda: None,
) -> tuple[ExamFigures, ...]:
    """Figures of every exam of these runs; without a `reference` it is ours, or the first system.

    Raises NothingSat, UnknownSystem for a reference that sat none of them, and MalformedData.
    """
    groups = in_orders(sat_exams(runs))
    known = list(dict.fromkeys(name for group in groups for name in group[0].systems))
    if not known or any(not sat.exam.papers for group in groups for sat in group):
        raise NothingSat("no answers in these runs; name folders that `credence replay run` made")
    if reference is not None and reference not in known:
        raise UnknownSystem(reference, known)
    found = []
    for group in groups:
        found.append(_count(group, reference=reference, seed=seed))
        counted()
    return tuple(found)


def reference_of(systems: Sequence[str], wanted: Sequence[str]) -> str:
    """The first one wanted that is among the systems, else ours, else the first of them.

    Raises StopIteration without systems.
    """
    return next(name for name in (*wanted, _OURS, *systems) if name in systems)


def _count(group: Sequence[Sat], *, reference: str | None, seed: int) -> ExamFigures:
    sat = group[0]
    against = reference_of(sat.systems, [] if reference is None else [reference])
    facts = _facts(sat)
    parts = slices(sat.user_ids, facts)
    values = valued(sat, sat.systems)
    resampled = [resample(sat.systems, values[part.members], seed=seed) for part in parts]
    return ExamFigures(
        sat=sat,
        reference=against,
        seed=seed,
        slices=parts,
        facts=facts,
        figures=tuple(
            one
            for drawn, part in zip(resampled, parts, strict=True)
            for one in figures(drawn, part=part.name)
        ),
        differences=differences(resampled[0], reference=against, seed=seed),
        chance=by_chance(np.array([len(paper.candidates) for paper in sat.exam.papers])),
        spent={name: spent(seat) for name, seat in sat.seats.items()},
        failures={
            name: tuple(record for record in seat.records if record.failure)
            for name, seat in sat.seats.items()
        },
        calibration={
            name: found
            for name, seat in sat.seats.items()
            if (found := calibration(seat.records)) is not None
        },
        orders=tuple(group),
        sensitivity=sensitivity(group),
    )


def _facts(sat: Sat) -> Mapping[str, PersonFacts] | None:
    """Those of the first run that has any: the exam is the same."""
    for run in sat.runs:
        facts = read_facts(run.folder)
        if facts is not None:
            return facts
    return None
