"""What the charts draw, as plain JSON: names of systems and numbers, nothing people wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from credence.replay.figures.exam import ExamFigures
from credence.replay.figures.slices import ALL
from credence.replay.report.price import Price

_DIGITS = 5


def chart_data(
    one: ExamFigures, *, rival: str | None, price: Price | None, measures: Sequence[str]
) -> dict[str, Any]:
    """One exam's charts: bars with intervals, quality against price, calibration."""
    exam = one.sat.exam
    return {
        "domain": exam.domain,
        "condition": condition(one),
        "people": len(exam.papers),
        "reference": one.reference,
        "rival": rival,
        "systems": list(one.sat.systems),
        "chance": {measure: _round(one.chance[measure]) for measure in measures},
        "figures": {
            measure: [_interval(one, system, measure) for system in one.sat.systems]
            for measure in measures
        },
        "price": None
        if price is None
        else {
            "label": price.label,
            "values": {system: price.by_system[system] for system in price.by_system},
            "frontier": {measure: list(price.frontier(one, measure)) for measure in measures},
        },
        "calibration": {
            system: [[_round(b.predicted), _round(b.right), b.people] for b in found.bins]
            for system, found in one.calibration.items()
        },
    }


def condition(one: ExamFigures) -> str:
    """Which kind of list, with or without instruction: what exams of one kind share."""
    exam = one.sat.exam
    return f"{exam.negatives.value}, {'with' if exam.instructed else 'without'} instruction"


def _interval(one: ExamFigures, system: str, measure: str) -> list[float]:
    value = one.figure(system, measure, ALL).value
    return [_round(value.mean), _round(value.low), _round(value.high)]


def _round(value: float) -> float:
    return round(value, _DIGITS)
