"""Policies without judgement, for comparison: every k events, and never."""

from __future__ import annotations

from dataclasses import dataclass

from credence.memory.model import Operation
from credence.planner.state import Plan, Situation

LIFECYCLE = (
    Operation.EXTRACTION,
    Operation.REINFORCEMENT,
    Operation.WEAKENING,
    Operation.CONSOLIDATION,
    Operation.FORGETTING,
    Operation.RESYNTHESIS,
)


@dataclass(frozen=True, slots=True)
class FixedIntervalPolicy:
    """Every operation whenever `interval` events are pending."""

    interval: int
    looks: int = 1

    @property
    def name(self) -> str:
        return f"fixed-{self.interval}"

    async def __call__(self, situation: Situation) -> Plan:
        pending = situation.signals.pending
        if pending < self.interval:
            return Plan(operations=(), reason=f"{pending} of {self.interval} events are pending")
        return Plan(operations=LIFECYCLE, reason=f"{pending} events are pending")


@dataclass(frozen=True, slots=True)
class NeverPolicy:
    """Never touches the belief: what raw events alone are worth."""

    name: str = "never"
    looks: int = 1

    async def __call__(self, situation: Situation) -> Plan:
        return Plan(operations=(), reason="this policy never runs an operation")
