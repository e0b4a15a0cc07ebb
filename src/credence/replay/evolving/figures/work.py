"""What walking took, and whether the quality was worth it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from credence.replay.bootstrap import Interval
from credence.replay.evolving.walked import Took, Walked
from credence.replay.figures.frontier import frontier


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Means over people, for their whole timelines."""

    people: int
    events: float
    looks: float
    operations: Mapping[str, float]  # of the lifecycle, by name
    planner_ms: float | None  # of a look; None where no time was kept
    asking_ms: float | None  # of a question
    failures: int  # questions without a ranking, in all

    @property
    def operations_in_all(self) -> float:
        return sum(self.operations.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One system between work and quality."""

    system: str
    measure: str
    operations: float  # a person
    looks: float  # a person
    value: Interval
    on_frontier: bool  # nothing that does less is as good


def work(walked: Sequence[Walked], took: Sequence[Took]) -> Work:
    """What one system did and took."""
    done: Counter[str] = Counter()
    for walk in walked:
        done.update(walk.operations)
    looked = [ms for one in took for ms in one.planner_ms]
    questions = sum(len(walk.steps) for walk in walked)
    return Work(
        people=len(walked),
        events=float(np.mean([walk.events for walk in walked])),
        looks=float(np.mean([walk.looks for walk in walked])),
        operations={name: count / len(walked) for name, count in sorted(done.items())},
        planner_ms=float(np.mean(looked)) if looked else None,
        asking_ms=1000 * sum(one.asking_s for one in took) / questions if took else None,
        failures=sum(bool(step.failure) for walk in walked for step in walk.steps),
    )


def points(
    works: Mapping[str, Work], qualities: Mapping[str, Interval], *, measure: str
) -> tuple[Point, ...]:
    """Every system whose quality is known, those that do least first."""
    prices = {
        name: (works[name].operations_in_all, quality.mean) for name, quality in qualities.items()
    }
    best = frontier(prices)
    return tuple(
        Point(
            system=name,
            measure=measure,
            operations=works[name].operations_in_all,
            looks=works[name].looks,
            value=qualities[name],
            on_frontier=name in best,
        )
        for name in sorted(prices, key=lambda name: (prices[name], name))
    )
