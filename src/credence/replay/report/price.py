"""What quality is held against: money, where any was paid.

Not time: what is timed is no system's own, see `figures.spent.Latency`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from credence.replay.figures.exam import ExamFigures
from credence.replay.figures.frontier import frontier


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a person costs by each system whose price is known, and who is worth it, by measure."""

    label: ClassVar[str] = "US dollars per person"

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
    """None where no system is known to cost anything."""
    known = {s: found.cost for s, found in one.spent.items() if found.cost is not None}
    return Price(by_system=known) if any(known.values()) else None
