"""All figures of one study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from credence.replay.evolving.figures.answers import SHOWN, Answers
from credence.replay.evolving.figures.calibration import Calibration, calibration
from credence.replay.evolving.figures.differences import Difference, differences
from credence.replay.evolving.figures.operations import ByOperation, by_operation
from credence.replay.evolving.figures.quality import (
    After,
    Level,
    after_change,
    before_change,
    over_time,
    overall,
)
from credence.replay.evolving.figures.recovery import Recovery, recovery
from credence.replay.evolving.figures.work import Point, Work, points, work
from credence.replay.evolving.folder import Manifest, Study
from credence.replay.exam.negatives import COUNT
from credence.replay.metrics.measures import by_chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything counted about one study; by system unless it says so itself."""

    manifest: Manifest
    seed: int  # of the bootstrap
    chance: Mapping[str, float]  # what a random order reaches, by measure
    quality: Mapping[str, tuple[Level, ...]]
    over_time: Mapping[str, tuple[Level, ...]]
    before: Mapping[str, tuple[Level, ...]]  # the change
    after: Mapping[str, tuple[After, ...]]
    recovery: Mapping[str, tuple[Recovery, ...]]
    differences: tuple[Difference, ...]
    work: Mapping[str, Work]
    frontier: tuple[Point, ...]
    by_operation: Mapping[str, tuple[ByOperation, ...]]
    calibration: Mapping[str, Calibration]  # of those whose beliefs were kept and borne on

    @property
    def asks(self) -> bool:
        """Whether any system asked a language model."""
        return any(work.asks for work in self.work.values())


def found(study: Study, *, seed: int = 0) -> Found:
    """The figures, with the same resamples of people for every system."""
    answers = {system: Answers.of(walked) for system, walked in study.walked.items()}
    quality = {system: overall(one, seed=seed) for system, one in answers.items()}
    works = {system: work(walked, study.took[system]) for system, walked in study.walked.items()}
    spliced = answers if study.manifest.spliced else {}
    calibrated = {s: calibration(walked, seed=seed) for s, walked in study.walked.items()}
    expected = by_chance(np.array([COUNT + 1]))
    return Found(
        manifest=study.manifest,
        seed=seed,
        chance={measure: expected[measure] for measure in SHOWN},
        quality=quality,
        over_time={system: over_time(one, seed=seed) for system, one in answers.items()},
        before={system: before_change(one, seed=seed) for system, one in spliced.items()},
        after={system: after_change(one, seed=seed) for system, one in spliced.items()},
        recovery={system: recovery(one, seed=seed) for system, one in spliced.items()},
        differences=differences(answers, seed=seed),
        work=works,
        frontier=_frontier(works, quality),
        by_operation={
            system: by_operation(walked, seed=seed) for system, walked in study.walked.items()
        },
        calibration={s: one for s, one in calibrated.items() if one is not None},
    )


def _frontier(
    works: Mapping[str, Work], quality: Mapping[str, tuple[Level, ...]]
) -> tuple[Point, ...]:
    measured = {
        measure: {
            s: one.value
            for s, levels in quality.items()
            for one in levels
            if one.measure == measure
        }
        for measure in SHOWN
    }
    return tuple(
        point
        for measure, values in measured.items()
        for point in points(works, values, measure=measure)
    )
