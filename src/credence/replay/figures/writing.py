"""Figures as files: `figures.json` whole, `figures.csv` a row a figure, `figures.md` to be read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from credence.replay.bootstrap import Interval
from credence.replay.figures.draws import Draws, Pool
from credence.replay.figures.exam import ExamFigures
from credence.replay.figures.quality import Difference
from credence.replay.figures.slices import ALL
from credence.replay.figures.spent import Spent
from credence.replay.figures.tables import tables

_DIGITS = 9  # past this, sums of floats differ between machines
COLUMNS = (
    *("exam", "domain", "negatives", "instructed", "seed", "system", "measure", "slice", "n"),
    *("mean", "low", "high", "reference", "difference", "difference_low", "difference_high"),
    *("p", "p_holm"),
)


def write_figures(
    exams: Sequence[ExamFigures], draws: Draws, folder: Path
) -> tuple[Path, Path, Path]:
    """Write the three files into `folder`: the same bytes for the same runs."""
    whole, tidy, told = (folder / f"figures.{kind}" for kind in ("json", "csv", "md"))
    document = {"exams": [figures_json(one) for one in exams], **draws_json(draws)}
    text = json.dumps(document, ensure_ascii=True, indent=1, allow_nan=False)
    whole.write_text(text + "\n", encoding="utf-8")
    tidy.write_text(figures_csv(exams), encoding="utf-8", errors="replace", newline="")
    told.write_text(tables(exams, draws) + "\n", encoding="utf-8", errors="replace", newline="\n")
    return whole, tidy, told


def figures_csv(exams: Sequence[ExamFigures]) -> str:
    """One row a figure: exam, system, measure, slice, and what was found."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for one in exams:
        exam = one.sat.exam
        head = {
            "exam": exam.sha256,
            "domain": exam.domain,
            "negatives": exam.negatives.value,
            "instructed": str(exam.instructed).lower(),
            "seed": exam.seed,
        }
        writer.writerows(head | row for row in _rows(one))
    return stream.getvalue()


def figures_json(one: ExamFigures) -> dict[str, Any]:
    """Everything counted about one exam."""
    exam = one.sat.exam
    return {
        "exam": exam.sha256,
        "title": exam.title,
        "domain": exam.domain,
        "negatives": exam.negatives.value,
        "instructed": exam.instructed,
        "seed": exam.seed,
        "people": len(exam.papers),
        "runs": [str(run.folder.name) for run in one.sat.runs],
        "plumbing_only": any(run.manifest.plumbing_only for run in one.sat.runs),
        "simulated": any(run.manifest.simulated for run in one.sat.runs),
        "reference": one.reference,
        "bootstrap_seed": one.seed,
        "by_chance": {name: _round(value) for name, value in one.chance.items()},
        "slices": [{"name": s.name, "note": s.note, "n": s.people} for s in one.slices],
        "figures": [
            {"system": f.system, "measure": f.measure, "slice": f.slice, "n": f.people}
            | _interval(f.value)
            for f in one.figures
        ],
        "differences": [_difference(found) for found in one.differences],
        "spent": {name: _spent(spent) for name, spent in one.spent.items()},
        "failures": {
            name: [{"user_id": r.user_id, "failure": r.failure} for r in records]
            for name, records in one.failures.items()
        },
        "calibration": {
            name: {
                "error": _round(found.error),
                "n": found.people,
                "bins": [
                    {"low": b.low, "high": b.high, "n": b.people}
                    | {"predicted": _round(b.predicted), "right": _round(b.right)}
                    for b in found.bins
                ],
            }
            for name, found in one.calibration.items()
        },
        "orders": [sat.exam.sha256 for sat in one.orders],
        "sensitivity": [
            {"system": s.system, "orders": s.orders, "top_item_changed": _round(s.changed)}
            | {"hr_at_1": [_round(rate) for rate in s.hit_rates], "spread": _round(s.spread)}
            | {"seeds": s.seeds}
            for s in one.sensitivity
        ],
    }


def draws_json(draws: Draws) -> dict[str, Any]:
    """Everything counted over several draws, and why what is alike was not."""
    return {
        "draws": [_pool(pool) for pool in draws.pools],
        "not_pooled": [
            {
                "title": one.title,
                "seeds": [list(seeds) for seeds in one.seeds],
                "exams": [[exam.sha256 for exam in part] for part in one.parts],
                "why": one.why,
            }
            for one in draws.unpooled
        ],
    }


def _pool(pool: Pool) -> dict[str, Any]:
    exam = pool.sats[0].exam
    return {
        "title": pool.title,
        "domain": exam.domain,
        "negatives": exam.negatives.value,
        "instructed": exam.instructed,
        "people": pool.people,
        "exams": [sat.exam.sha256 for sat in pool.sats],
        "seeds": list(pool.seeds),
        "same_in_two_draws": _round(pool.repeated / pool.people),  # of people
        "plumbing_only": pool.plumbing_only,
        "simulated": pool.simulated,
        "reference": pool.reference,
        "bootstrap_seed": pool.seed,
        "figures": [
            {"system": f.system, "measure": f.measure, "n": f.people}
            | _interval(f.value)
            | {"between_draws": _round(pool.spread[f.system, f.measure])}
            for f in pool.figures
        ],
        "differences": [_difference(found) for found in pool.differences],
        "left_out": [
            {"system": one.system, "draws": one.draws, "why": one.why} for one in pool.left
        ],
    }


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "system": found.system,
        "measure": found.measure,
        "n": found.people,
        **_interval(found.value),
        "p": _round(found.p),
        "p_holm": _round(found.p_holm),
    }


def _rows(one: ExamFigures) -> Iterator[dict[str, Any]]:
    for figure in one.figures:
        found = one.difference(figure.system, figure.measure)
        yield {
            "system": figure.system,
            "measure": figure.measure,
            "slice": figure.slice,
            "n": figure.people,
            **_interval(figure.value),
            **(_beside(found) if found is not None and figure.slice == ALL else {}),
        }
    for system, spent in one.spent.items():
        failed = len(one.failures[system]) / spent.people
        for measure, mean in (*_flat(spent), ("failures", failed)):
            row: dict[str, Any] = {"system": system, "measure": measure, "slice": ALL}
            yield row | {"n": spent.people, "mean": _round(mean)}


def _beside(found: Difference) -> dict[str, Any]:
    value = found.value
    return {
        "reference": found.reference,
        "difference": _round(value.mean),
        "difference_low": _round(value.low),
        "difference_high": _round(value.high),
        "p": _round(found.p),
        "p_holm": _round(found.p_holm),
    }


def _flat(spent: Spent) -> Iterator[tuple[str, float]]:
    yield "tokens in", spent.tokens_in
    yield "tokens out", spent.tokens_out
    if spent.cost is not None:
        yield "cost", spent.cost
    if spent.latency is not None:
        yield "seconds", spent.latency.mean
        yield "seconds p50", spent.latency.p50
        yield "seconds p95", spent.latency.p95
    for name, mean in spent.operations.items():
        yield f"operation {name}", mean


def _spent(spent: Spent) -> Mapping[str, Any]:
    total = spent.total_cost
    unknown = {"cost": None, "total cost": None}
    told = {name: _round(value) for name, value in _flat(spent)}
    return told | (unknown if total is None else {"total cost": _round(total)})


def _interval(value: Interval) -> dict[str, float]:
    return {"mean": _round(value.mean), "low": _round(value.low), "high": _round(value.high)}


def _round(value: float) -> float:
    return round(value, _DIGITS)
