"""Figures as files: `figures.json`, ready to be drawn, `figures.md` and `calibration.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from credence.replay.bootstrap import Interval
from credence.replay.evolving.figures.calibration import Calibration, Reliability
from credence.replay.evolving.figures.found import Found
from credence.replay.evolving.figures.operations import Gained
from credence.replay.evolving.figures.quality import Level
from credence.replay.evolving.figures.recovery import WITHIN
from credence.replay.evolving.figures.tables import tables
from credence.replay.evolving.hindsight import AHEAD
from credence.replay.runner.kept import write_json

FIGURES, TABLES, CALIBRATION = "figures.json", "figures.md", "calibration.csv"
_COLUMNS = (  # of a bin
    *("system", "claims_of", "low", "high", "people", "claims"),
    *("strength", "sign", "sign_low", "sign_high"),
)
_DIGITS = 9  # past this, sums of floats differ between machines


def write(found: Found, folder: Path) -> None:
    """The files, into the folder of the study."""
    write_json(folder / FIGURES, as_document(found))
    (folder / TABLES).write_text(tables(found) + "\n", encoding="utf-8", errors="replace")
    with (folder / CALIBRATION).open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, _COLUMNS, restval="", lineterminator="\n")
        lines.writeheader()
        lines.writerows(_bins(found))


def as_document(found: Found) -> dict[str, Any]:
    """Lists of rows, each a bar, a point or a row of a table."""
    manifest = found.manifest
    return {
        "domain": manifest.domain,
        "spliced": manifest.spliced,
        "people": manifest.people,
        "questions": manifest.questions,
        "questions_sha256": manifest.questions_sha256,
        "stride": manifest.stride,
        "seed": manifest.seed,
        "bootstrap_seed": found.seed,
        "command": manifest.command,
        "commit": manifest.commit,
        "others": manifest.others,
        "plumbing_only": manifest.plumbing_only,
        "simulated": manifest.simulated,
        "by_chance": _rounded(found.chance),
        "quality": [*_levels(found.quality)],
        "over_time": [*_levels(found.over_time)],
        "differences": [
            {"system": d.system, "reference": d.reference, "measure": d.measure, "part": d.part}
            | {"people": d.people}
            | _interval(d.value)
            | _rounded({"p": d.p, "p_holm": d.p_holm})
            for d in found.differences
        ],
        "before_change": [*_levels(found.before)],
        "after_change": [
            {"system": system}
            | _level(one.level)
            | {"gap": None if one.gap is None else _interval(one.gap)}
            for system, after in found.after.items()
            for one in after
        ],
        "recovery_within": WITHIN,
        "recovery": [
            {"system": system, "measure": one.measure, "people": one.people}
            | {"looked_at": one.looked_at, "steps": one.steps, "low": one.low, "high": one.high}
            | _rounded({"not_recovered": one.not_recovered})
            for system, recovered in found.recovery.items()
            for one in recovered
        ],
        "work": [
            {"system": system, "people": one.people, "failures": one.failures}
            | {"fallbacks": one.fallbacks}
            | _rounded(
                {
                    "events": one.events,
                    "looks": one.looks,
                    "operations_in_all": one.operations_in_all,
                    "calls": one.calls,
                    "tokens_in": one.tokens_in,
                    "tokens_out": one.tokens_out,
                }
            )
            | {"cost": None if one.cost is None else round(one.cost, _DIGITS)}
            | {"operations": _rounded(one.operations)}
            for system, one in found.work.items()
        ],
        "clock": [
            {"system": system, "planner_ms": one.planner_ms, "asking_ms": one.asking_ms}
            for system, one in found.work.items()
        ],
        "frontier": [
            {"system": p.system, "measure": p.measure, "on_frontier": p.on_frontier}
            | {"on_token_frontier": p.on_token_frontier}
            | _rounded({"operations": p.operations, "looks": p.looks, "tokens": p.tokens})
            | _interval(p.value)
            for p in found.frontier
        ],
        "by_operation_is": "descriptive: policies run an operation where it has something to do",
        "by_operation": [
            {"system": system, "operation": one.operation}
            | {"ran": _gained(one.ran), "skipped": _gained(one.skipped)}
            for system, operations in found.by_operation.items()
            for one in operations
        ],
        "calibration_is": "strength of a chunk after a look against the mean sign of those of the "
        f"{AHEAD} events to come that bear on it, by the extractor that made the chunk",
        "calibration": {system: _calibrated(one) for system, one in found.calibration.items()},
    }


def _calibrated(one: Calibration) -> dict[str, Any]:
    return {
        "looks": one.looks,
        "active_chunks": one.active,
        "later_events": one.later,
        "parts": [_part(part) for part in one.parts],
    }


def _part(part: Reliability) -> dict[str, Any]:
    return {
        "claims_of": part.part,
        "confidence": [round(part.least_confidence, _DIGITS), round(part.most_confidence, _DIGITS)],
        "people": part.people,
        "chunks": part.chunks,
        "claims": part.claims,
        "later_evidence": part.evidence,
        "expected_calibration_error": _interval(part.error),
        "error_by_noise_alone": round(part.noise, _DIGITS),
        "sign_less_strength": _interval(part.bias),
        "bins": [
            {"people": b.people, "claims": b.claims}
            | _rounded({"low": b.low, "high": b.high, "strength": b.strength, "sign": b.sign})
            | {"interval": None if b.interval is None else _interval(b.interval)}
            for b in part.bins
        ],
        "brier": [
            {"predictor": score.predictor}
            | _interval(score.brier)
            | {
                name: None if skill is None else _interval(skill)
                for name, skill in (("skill", score.skill), ("rescaled", score.rescaled))
            }
            for score in part.scores
        ],
    }


def _bins(found: Found) -> Iterator[dict[str, Any]]:
    for system, one in found.calibration.items():
        for part in one.parts:
            for b in part.bins:
                within = {} if b.interval is None else _interval(b.interval)
                yield (
                    {"system": system, "claims_of": part.part}
                    | {"people": b.people, "claims": b.claims}
                    | _rounded({"low": b.low, "high": b.high})
                    | _rounded({"strength": b.strength, "sign": b.sign})
                    | {f"sign_{end}": within[end] for end in ("low", "high") if within}
                )


def _levels(by_system: Mapping[str, tuple[Level, ...]]) -> Iterator[dict[str, Any]]:
    for system, levels in by_system.items():
        for level in levels:
            yield {"system": system} | _level(level)


def _level(level: Level) -> dict[str, Any]:
    return {
        "measure": level.measure,
        "first": level.first,
        "last": level.last,
        "people": level.people,
        "questions": level.questions,
    } | _interval(level.value)


def _gained(gained: Gained) -> dict[str, Any]:
    return {"looks": gained.looks} | ({} if gained.places is None else _interval(gained.places))


def _interval(value: Interval) -> dict[str, float]:
    return _rounded({"mean": value.mean, "low": value.low, "high": value.high})


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, _DIGITS) for name, value in values.items()}
