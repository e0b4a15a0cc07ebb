"""What the answers of a system took: tokens, cost, time, operations of the lifecycle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from credence.replay.figures.sat import Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds a person."""

    mean: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Means over people; failures are people too."""

    people: int
    tokens_in: float
    tokens_out: float
    cost: float
    latency: Latency | None  # None where no time was kept
    operations: Mapping[str, float]  # by name

    @property
    def total_cost(self) -> float:
        return self.cost * self.people


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
        cost=float(np.mean([record.cost for record in records])),
        latency=_latency(list(seat.seconds.values())),
        operations={name: count / len(records) for name, count in sorted(done.items())},
    )


def _latency(seconds: list[float]) -> Latency | None:
    if not seconds:
        return None
    p50, p95 = np.quantile(seconds, [0.5, 0.95])
    return Latency(mean=float(np.mean(seconds)), p50=float(p50), p95=float(p95))
