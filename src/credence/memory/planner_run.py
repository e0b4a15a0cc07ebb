"""A planner run as it is remembered: signals, choice, reason, duration, cost, detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who wanted a run now, and why."""

    actor: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerRun:
    """One look of the planner at one person. `number` grows with time over all people."""

    run_id: str
    started_at: datetime
    duration_ms: float
    policy: str
    outcome: str  # committed, skipped or failed
    operations: tuple[str, ...]
    reason: str
    signals: Mapping[str, Any]
    cost: Mapping[str, Any]
    events_consumed: int
    base_revision: int
    revision: int | None
    error: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)  # models' part in it; who asked for it
    number: int = 0


def asked_of(asked: Asked | None) -> dict[str, Any]:
    """What a run's detail says of who asked for it: nothing, if nobody did."""
    if asked is None:
        return {}
    return {"asked": {"actor": asked.actor, "reason": asked.reason}}
