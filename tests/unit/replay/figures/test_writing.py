"""Figures as files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from credence.replay.figures.draws import count_draws
from credence.replay.figures.exam import ExamFigures, count_exams
from credence.replay.figures.writing import COLUMNS, write_figures
from credence.replay.metrics.measures import MEASURES
from tests.unit.replay.figures.runs import a_run, an_exam, answers, some_facts, write_beside

EXAM = an_exam(people=40)
SYSTEMS = ("credence", 'odd, "name"\n')


def _counted(folder: Path) -> tuple[ExamFigures, ...]:
    write_beside(folder, facts=some_facts(EXAM))
    records = {
        name: answers(EXAM, skill=number, seed=number, failing=0.1)
        for number, name in enumerate(SYSTEMS)
    }
    times = {SYSTEMS[0]: {paper.user_id: 0.5 for paper in EXAM.papers}}
    return count_exams([a_run(EXAM, records, folder=folder, seconds=times)])


def test_the_table_has_a_row_a_figure(tmp_path: Path) -> None:
    counted = _counted(tmp_path)

    _, tidy, _ = write_figures(counted, count_draws(counted), tmp_path)

    with tidy.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    assert {row["exam"] for row in rows} == {EXAM.sha256}
    assert {row["seed"] for row in rows} == {"0"}
    keys = [(row["system"], row["measure"], row["slice"]) for row in rows]
    assert len(keys) == len(set(keys))
    slices = {part.name for part in counted[0].slices}
    assert {(s, m, p) for s in SYSTEMS for m in MEASURES for p in slices} < set(keys)
    row = rows[keys.index((SYSTEMS[1], "HR@1", "all"))]
    found = counted[0].figure(SYSTEMS[1], "HR@1", "all").value
    assert float(row["mean"]) == round(found.mean, 9)
    assert (row["reference"], row["n"]) == ("credence", "40")
    assert rows[keys.index(("credence", "HR@1", "all"))]["difference"] == ""
    assert float(rows[keys.index(("credence", "seconds p95", "all"))]["mean"]) == 0.5


def test_the_document_holds_what_was_counted(tmp_path: Path) -> None:
    counted = _counted(tmp_path)

    whole, _, _ = write_figures(counted, count_draws(counted), tmp_path)

    (exam,) = json.loads(whole.read_text(encoding="utf-8"))["exams"]
    assert exam["exam"] == EXAM.sha256
    assert len(exam["figures"]) == len(counted[0].figures)
    failures = exam["failures"][SYSTEMS[1]]
    assert [one["user_id"] for one in failures] == [
        record.user_id for record in counted[0].failures[SYSTEMS[1]]
    ]
    assert failures[0]["failure"] == "no answer within 30 s"


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    def written() -> list[bytes]:
        counted = _counted(tmp_path)
        files = write_figures(counted, count_draws(counted), tmp_path)
        return [path.read_bytes() for path in files]

    assert written() == written()
