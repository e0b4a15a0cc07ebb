"""What `credence replay report` wrote into figures.json, as the pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credence.app.replays import HEADLINES, ExamFigures, Measured, SystemFigures
from credence.replay.figures.slices import ALL

_BY = "NDCG@5"  # the measure that systems are put in order by
_LARGEST = 1e6  # measures lie between -1 and 1; this much and a picture can still be drawn


def exams_of(document: Mapping[str, Any]) -> tuple[ExamFigures, ...]:
    """Every exam. Raises KeyError, TypeError, ValueError where it is not that file."""
    return tuple(_exam(row) for row in document["exams"])


def condition_of(row: Mapping[str, Any]) -> str:
    """What exams of one kind share, in words."""
    return f"{row['negatives']}, {'with' if row['instructed'] else 'without'} instruction"


def measured(row: Mapping[str, Any]) -> Measured:
    """A mean with its interval, from wherever a file has one. Raises as `figure` does."""
    return Measured(figure(row["mean"]), figure(row["low"]), figure(row["high"]))


def figure(value: Any) -> float:
    """A figure that can be drawn. Raises ValueError for what no measure takes: JSON has NaN."""
    found = float(value)
    if not abs(found) <= _LARGEST:
        raise ValueError(f"{found!r} is no figure of a measure")
    return found


def _exam(row: Mapping[str, Any]) -> ExamFigures:
    values: dict[str, dict[str, Measured]] = {}
    for one in row["figures"]:
        if one["slice"] == ALL and one["measure"] in HEADLINES:
            values.setdefault(one["system"], {})[one["measure"]] = measured(one)
    apart = {one["system"]: one for one in row["differences"] if one["measure"] == _BY}
    systems = [
        SystemFigures(
            system=str(system),
            values=of_system,
            difference=measured(apart[system]) if system in apart else None,
            p_holm=float(apart[system]["p_holm"]) if system in apart else None,
            failures=len(row["failures"].get(system, ())),
        )
        for system, of_system in values.items()
        if len(of_system) == len(HEADLINES)
    ]
    return ExamFigures(
        sha256=str(row["exam"]),
        domain=str(row["domain"]),
        condition=condition_of(row),
        seed=int(row["seed"]) if "seed" in row else None,
        people=int(row["people"]),
        reference=str(row["reference"]),
        plumbing_only=bool(row["plumbing_only"]),
        simulated=bool(row.get("simulated", False)),  # missing in older ones
        systems=tuple(sorted(systems, key=lambda one: -one.values[_BY].mean)),
    )
