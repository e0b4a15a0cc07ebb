"""What quality is held against: money where any was paid, time otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from credence.replay.figures.exam import ExamFigures
from credence.replay.figures.frontier import frontier


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of each system that has one, and who is worth it, by measure."""

    label: str
    by_system: Mapping[str, float]

    def frontier(self, one: ExamFigures, measure: str) -> tuple[str, ...]:
        """Systems that nothing cheaper equals."""
        return frontier(
            {
                system: (price, one.figure(system, measure, "all").value.mean)
                for system, price in self.by_system.items()
            }
        )


def price(one: ExamFigures) -> Price | None:
    """None where neither cost nor time is known of two systems."""
    if any(found.cost for found in one.spent.values()):
        costs = {system: found.cost for system, found in one.spent.items()}
        return Price(label="cost per person", by_system=costs)
    times = {s: found.latency.mean for s, found in one.spent.items() if found.latency is not None}
    return Price(label="seconds per person", by_system=times) if len(times) > 1 else None
