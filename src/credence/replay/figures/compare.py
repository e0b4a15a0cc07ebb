"""Two systems, or two runs of the same ones, held against each other person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from credence.replay.bootstrap import Interval, bounded, holm, resampled_means
from credence.replay.figures.errors import UnlikeExams
from credence.replay.figures.sat import Sat, sat_exams
from credence.replay.metrics.measures import MEASURES, measured, telling
from credence.replay.runner.folder import FinishedRun
from credence.replay.sign_flips import two_sided_ps


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One system in one run."""

    run: FinishedRun
    system: str

    @property
    def sat(self) -> Sat:
        return sat_exams([self.run])[0]

    @property
    def label(self) -> str:
        return f"{self.system} ({self.run.folder.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One measure: both means, and A less B on the same people."""

    measure: str
    a: Interval
    b: Interval
    difference: Interval
    p: float
    p_holm: float  # corrected for the number of pairs compared at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A pair, measure by measure, and for how many people A ranked the target better."""

    a: Contender
    b: Contender
    people: int
    better: int
    same: int
    worse: int
    gaps: tuple[Gap, ...]


def compare(
    pairs: Sequence[tuple[Contender, Contender]], *, seed: int = 0
) -> tuple[Comparison, ...]:
    """Every pair on the same resamples and flips of signs.

    Raises UnlikeExams for one that sat different exams.
    """
    found = [_compared(a, b, seed=seed) for a, b in pairs]
    corrected = [holm([one.gaps[m].p for one in found]) for m in range(len(MEASURES))]
    return tuple(
        replace(
            one,
            gaps=tuple(
                replace(gap, p_holm=corrected[m][i])
                for m, gap in enumerate(one.gaps)
                if gap.measure in telling(one.a.run.exam.longest)
            ),
        )
        for i, one in enumerate(found)
    )


def _compared(a: Contender, b: Contender, *, seed: int) -> Comparison:
    if a.run.exam.sha256 != b.run.exam.sha256:
        raise UnlikeExams(
            f"{a.run.folder} sat “{a.run.exam.title}” ({a.run.exam.sha256[:12]}) and "
            f"{b.run.folder} sat “{b.run.exam.title}” ({b.run.exam.sha256[:12]}): only answers to "
            "one exam can be paired; run both systems on the same exam file"
        )
    ours, theirs = a.sat.ranks[a.system], b.sat.ranks[b.system]
    values = np.stack([measured(ours), measured(theirs)], axis=1)  # (P, 2, M)
    drawn = resampled_means(values.reshape(len(ours), -1), seed=seed)
    drawn = drawn.reshape(-1, 2, len(MEASURES))
    apart, drawn_apart = values[:, 0] - values[:, 1], drawn[:, 0] - drawn[:, 1]
    ps = two_sided_ps(apart, seed=seed)
    return Comparison(
        a=a,
        b=b,
        people=len(ours),
        better=int((ours < theirs).sum()),
        same=int((ours == theirs).sum()),
        worse=int((ours > theirs).sum()),
        gaps=tuple(
            Gap(
                measure=measure,
                a=bounded(values[:, 0, m], drawn[:, 0, m], lowest=0.0),
                b=bounded(values[:, 1, m], drawn[:, 1, m], lowest=0.0),
                difference=bounded(apart[:, m], drawn_apart[:, m], lowest=-1.0),
                p=float(ps[m]),
                p_holm=float(ps[m]),
            )
            for m, measure in enumerate(MEASURES)
        ),
    )
