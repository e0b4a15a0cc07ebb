"""Figures as files: `figures.json`, ready to be drawn, and `figures.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from credence.replay.bootstrap import Interval
from credence.replay.evolving.figures.found import Found
from credence.replay.evolving.figures.operations import Gained
from credence.replay.evolving.figures.quality import Level
from credence.replay.evolving.figures.recovery import WITHIN
from credence.replay.evolving.figures.tables import tables
from credence.replay.runner.kept import write_json

FIGURES, TABLES = "figures.json", "figures.md"
_DIGITS = 9  # past this, sums of floats differ between machines


def write(found: Found, folder: Path) -> None:
    """Both files, into the folder of the study."""
    write_json(folder / FIGURES, as_document(found))
    (folder / TABLES).write_text(tables(found) + "\n", encoding="utf-8", errors="replace")


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
            | _rounded(
                {
                    "events": one.events,
                    "looks": one.looks,
                    "operations_in_all": one.operations_in_all,
                }
            )
            | {"operations": _rounded(one.operations)}
            for system, one in found.work.items()
        ],
        "clock": [
            {"system": system, "planner_ms": one.planner_ms, "asking_ms": one.asking_ms}
            for system, one in found.work.items()
        ],
        "frontier": [
            {"system": p.system, "measure": p.measure, "on_frontier": p.on_frontier}
            | _rounded({"operations": p.operations, "looks": p.looks})
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
    }


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
