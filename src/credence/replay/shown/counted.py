"""What `credence replay report` wrote into figures.json, as the pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credence.app.replays import HEADLINES, ExamFigures, Measured, SystemFigures
from credence.replay.figures.slices import ALL

_BY = "NDCG@5"  # the measure that systems are put in order by


def exams_of(document: Mapping[str, Any]) -> tuple[ExamFigures, ...]:
    """Every exam. Raises KeyError, TypeError, ValueError where it is not that file."""
    return tuple(_exam(row) for row in document["exams"])


def condition_of(row: Mapping[str, Any]) -> str:
    """What exams of one kind share, in words."""
    return f"{row['negatives']}, {'with' if row['instructed'] else 'without'} instruction"


def measured(row: Mapping[str, Any]) -> Measured:
    """A mean with its interval, from wherever a file has one."""
    return Measured(float(row["mean"]), float(row["low"]), float(row["high"]))


def _exam(row: Mapping[str, Any]) -> ExamFigures:
    values: dict[str, dict[str, Measured]] = {}
    for figure in row["figures"]:
        if figure["slice"] == ALL and figure["measure"] in HEADLINES:
            values.setdefault(figure["system"], {})[figure["measure"]] = measured(figure)
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
        people=int(row["people"]),
        reference=str(row["reference"]),
        plumbing_only=bool(row["plumbing_only"]),
        systems=tuple(sorted(systems, key=lambda one: -one.values[_BY].mean)),
    )
