"""What is kept of one system's walk along one timeline: a line of JSON, without any clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question and its answer. A failure has the worst rank and no order."""

    step: int  # of the timeline, from 1: before it `step - 1` events were known
    change: int | None  # steps since the splice, from 1; None before it, or without one
    rank: int  # of the item really taken, from 1
    order: tuple[str, ...]  # item ids, best first
    failure: str
    revision: int | None
    operations: Mapping[str, int]  # lifecycle, by name, so far
    looks: int  # of the planner, so far
    looked: tuple[str, ...] | None  # operations of a look just before; None: there was none
    unlooked: int | None  # rank for the same question with the same events, before that look


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One person's steps, and what the whole timeline took."""

    user_id: str
    steps: tuple[Step, ...]
    events: int
    operations: Mapping[str, int]  # lifecycle, by name
    looks: int

    def line(self) -> str:
        """The walk as one line, the same bytes for the same walk."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def of_line(cls, line: str) -> Walked:
        """Raises ValueError, KeyError or TypeError for a line that is no walk."""
        row = json.loads(line)
        row["steps"] = tuple(_step(step) for step in row["steps"])
        return cls(**row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one walk took by the clock: what differs between equal walks."""

    user_id: str
    planner_ms: tuple[float, ...]  # of each look
    asking_s: float  # of all questions

    def line(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def of_line(cls, line: str) -> Took:
        """Raises ValueError, KeyError or TypeError for another line."""
        row = json.loads(line)
        row["planner_ms"] = tuple(row["planner_ms"])
        return cls(**row)


def _step(row: dict[str, object]) -> Step:
    row["order"] = _strings(row["order"])
    row["looked"] = None if row["looked"] is None else _strings(row["looked"])
    return Step(**row)  # type: ignore[arg-type]


def _strings(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is no list")
    return tuple(str(value) for value in values)
