"""What the answers of a system took: tokens, cost, time, operations of the lifecycle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from credence.replay.figures.sat import Seat
from credence.replay.runner.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds from a question to its answer, by the clock.

    Several people are asked at a time, what a journal knows is answered at once, and the making of
    a memory is no part of it: no two systems can be held against each other by it.
    """

    mean: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Means over people; failures are people too."""

    people: int
    tokens_in: float
    tokens_out: float
    cost: float | None  # US dollars; None where any call has no price
    latency: Latency | None  # None where no time was kept
    operations: Mapping[str, float]  # by name

    @property
    def total_cost(self) -> float | None:
        return None if self.cost is None else self.cost * self.people


def spent(seat: Seat) -> Spent:
    """What one system's answers took."""
    records = seat.records
    done: Counter[str] = Counter()
    for record in records:
        done.update(record.operations)
    return Spent(
        people=len(records),
        tokens_in=float(np.mean([record.tokens_in for record in records])),
        tokens_out=float(np.mean([record.tokens_out for record in records])),
        cost=_cost(records),
        latency=_latency(list(seat.seconds.values())),
        operations={name: count / len(records) for name, count in sorted(done.items())},
    )


def _cost(records: Sequence[Record]) -> float | None:
    if any(record.unpriced for record in records):
        return None
    return float(np.mean([record.cost for record in records]))


def _latency(seconds: list[float]) -> Latency | None:
    if not seconds:
        return None
    p50, p95 = np.quantile(seconds, [0.5, 0.95])
    return Latency(mean=float(np.mean(seconds)), p50=float(p50), p95=float(p95))
