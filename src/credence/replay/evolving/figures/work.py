"""What walking took, and whether the quality was worth it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from credence.replay.asking.spent import NOTHING
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
    calls: float  # of language models
    tokens_in: float
    tokens_out: float
    cost: float | None  # US dollars; None where any call has no price
    fallbacks: int  # pieces of work that a built-in part did for a model, in all

    @property
    def operations_in_all(self) -> float:
        return sum(self.operations.values())

    @property
    def tokens(self) -> float:
        return self.tokens_in + self.tokens_out

    @property
    def asks(self) -> bool:
        """Whether a language model was asked, or would have been."""
        return self.calls > 0 or self.fallbacks > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One system between work and quality."""

    system: str
    measure: str
    operations: float  # a person
    looks: float  # a person
    tokens: float  # of language models, a person
    value: Interval
    on_frontier: bool  # nothing that does less is as good
    on_token_frontier: bool  # nothing that takes fewer tokens is as good


def work(walked: Sequence[Walked], took: Sequence[Took]) -> Work:
    """What one system did and took."""
    done: Counter[str] = Counter()
    for walk in walked:
        done.update(walk.operations)
    looked = [ms for one in took for ms in one.planner_ms]
    questions = sum(len(walk.steps) for walk in walked)
    spent = sum((walk.spent for walk in walked), NOTHING)
    return Work(
        people=len(walked),
        events=float(np.mean([walk.events for walk in walked])),
        looks=float(np.mean([walk.looks for walk in walked])),
        operations={name: count / len(walked) for name, count in sorted(done.items())},
        planner_ms=float(np.mean(looked)) if looked else None,
        asking_ms=1000 * sum(one.asking_s for one in took) / questions if took else None,
        failures=sum(bool(step.failure) for walk in walked for step in walk.steps),
        calls=spent.calls / len(walked),
        tokens_in=spent.tokens_in / len(walked),
        tokens_out=spent.tokens_out / len(walked),
        cost=None if spent.price is None else spent.price / len(walked),
        fallbacks=spent.fallbacks,
    )


def points(
    works: Mapping[str, Work], qualities: Mapping[str, Interval], *, measure: str
) -> tuple[Point, ...]:
    """Every system whose quality is known, those that do least first."""
    done = {
        name: (works[name].operations_in_all, quality.mean) for name, quality in qualities.items()
    }
    asked = {name: (works[name].tokens, quality.mean) for name, quality in qualities.items()}
    best, sparing = frontier(done), frontier(asked)
    return tuple(
        Point(
            system=name,
            measure=measure,
            operations=works[name].operations_in_all,
            looks=works[name].looks,
            tokens=works[name].tokens,
            value=qualities[name],
            on_frontier=name in best,
            on_token_frontier=name in sparing,
        )
        for name in sorted(done, key=lambda name: (done[name], name))
    )
