"""Every measure beside ranx, which others trust."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from credence.replay.figures.sat import sat_exams
from credence.replay.metrics.measures import MEASURES, measured
from credence.replay.runner.record import Record
from tests.unit.replay.figures import ranx_process
from tests.unit.replay.figures.runs import a_run, an_exam, answers

_NAMES = {name: name.lower().replace("hr@", "hit_rate@") for name in MEASURES}


def test_measures_are_those_of_ranx(tmp_path: Path) -> None:
    exam = an_exam(people=300, seed=1)
    records = answers(exam, skill=0.6, seed=2, failing=0.1)
    (sat,) = sat_exams([a_run(exam, {"it": records}, folder=tmp_path)])

    ours = measured(sat.ranks["it"])

    theirs = _by_ranx(
        {paper.user_id: {paper.target: 1} for paper in exam.papers},
        {
            record.user_id: _scores(record, paper.candidates, paper.target)
            for record, paper in zip(records, exam.papers, strict=True)
        },
    )
    assert any(record.failure for record in records)
    for column, name in enumerate(MEASURES):
        assert ours[:, column].tolist() == pytest.approx(theirs[_NAMES[name]], abs=1e-9), name


def _scores(record: Record, candidates: tuple[str, ...], target: str) -> dict[str, float]:
    """What ranx sorts by; after a failure the target stands last."""
    order = record.order or (*(item for item in candidates if item != target), target)
    return {item: -float(place) for place, item in enumerate(order)}


def _by_ranx(
    relevant: dict[str, dict[str, int]], scores: dict[str, dict[str, float]]
) -> dict[str, list[float]]:
    asked = {"relevant": relevant, "scores": scores, "measures": list(_NAMES.values())}
    done = subprocess.run(
        [sys.executable, "-W", "error", ranx_process.__file__],
        input=json.dumps(asked),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found
