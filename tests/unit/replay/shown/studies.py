"""Studies as they lie on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from credence.replay.exam.paper import FrozenExam
from credence.replay.figures.draws import count_draws
from credence.replay.figures.exam import count_exams
from credence.replay.figures.writing import write_figures
from credence.replay.report.write import write_report
from credence.replay.runner.reading import read_run
from tests.unit.replay.figures.runs import a_run, an_exam, answers, redrawn, write_run


def write_study(folder: Path, *, exam: FrozenExam | None = None, better: float = 8.0) -> Path:
    """As `credence replay study` leaves it: one run, figures and a report."""
    exam = exam or an_exam(people=20)
    records = {
        "bm25": answers(exam, skill=0.0, seed=0),
        "credence": answers(exam, skill=better, seed=1),
    }
    run = write_run(a_run(exam, records, folder=folder / "runs" / "films"))
    _counted(folder, [run])
    return folder


def write_draws(folder: Path, *, first: FrozenExam, seeds: Sequence[int]) -> Path:
    """A study of several lists for each of the same people, a run a seed."""
    drawn = [redrawn(first, seed=seed) for seed in seeds]
    runs = [
        a_run(
            exam,
            {"credence": answers(exam, skill=2, seed=exam.seed)},
            folder=folder / "runs" / f"films-{exam.seed}",
        )
        for exam in drawn
    ]
    _counted(folder, [write_run(run) for run in runs])
    return folder


def _counted(folder: Path, runs: Sequence[Path]) -> None:
    counted = count_exams(list(map(read_run, runs)))
    draws = count_draws(counted)
    write_report(counted, draws, folder / "report.html")
    write_figures(counted, draws, folder)


def an_evolving_study(folder: Path) -> Path:
    """As `credence replay evolve` leaves it, with figures that are easy to tell."""
    folder.mkdir(parents=True)
    systems = ["credence:adaptive", "credence:never"]
    manifest = {
        "command": "credence replay evolve --spliced",
        "commit": "abc",
        "domain": "reads",
        "people": 9,
        "systems": systems,
        "started_at": "2026-06-01T12:00:00+00:00",
    }
    (folder / "evolve.json").write_text(json.dumps(manifest), encoding="utf-8")
    rows: list[dict[str, Any]] = [
        {"system": system, "measure": measure, "people": 9, "questions": 30}
        | {"mean": 0.512, "low": 0.4, "high": 0.6}
        for system in systems
        for measure in ("HR@1", "NDCG@5")
    ]
    document = {
        "spliced": True,
        "questions": 30,
        "stride": 1,
        "others": "nobody",
        "command": manifest["command"],
        "by_chance": {"HR@1": 0.1, "NDCG@5": 0.295},
        "quality": [row | {"first": 5, "last": None} for row in rows],
        "over_time": [
            row | {"first": first, "last": last}
            for row in rows
            for first, last in ((5, 7), (8, None))
        ],
        "before_change": [row | {"first": 5, "last": None} for row in rows],
        "after_change": [row | {"first": 1, "last": 3, "gap": None} for row in rows],
        "recovery": [
            row | {"looked_at": 9, "steps": 6, "low": 3, "high": None, "not_recovered": 0.1}
            for row in rows
        ],
        "differences": [
            rows[0] | {"reference": "credence:never", "part": "all steps", "p": 1.0, "p_holm": 1.0}
        ],
        "work": [{"system": system, "looks": 4.0, "operations_in_all": 12.0} for system in systems],
    }
    (folder / "figures.json").write_text(json.dumps(document), encoding="utf-8")
    return folder
