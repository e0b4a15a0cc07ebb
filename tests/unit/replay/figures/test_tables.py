"""Figures as a reader of Markdown has them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from credence.replay.bootstrap import interval, paired_difference
from credence.replay.exam.paper import Negatives
from credence.replay.figures.draws import count_draws
from credence.replay.figures.exam import count_exams
from credence.replay.figures.tables import tables
from credence.replay.markdown import PLUMBING, SIMULATED, gap, plain
from credence.replay.metrics.hit_rate import hit_rate
from tests.unit.replay.figures.runs import a_run, an_exam, answered, answers, redrawn

EXAM = an_exam(people=40)


def rows(text: str) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {line[0]: line[1:] for line in lines}


def test_each_system_stands_beside_what_it_is_less_the_reference(tmp_path: Path) -> None:
    records = {
        name: answers(EXAM, skill=skill, seed=seed)
        for seed, (name, skill) in enumerate({"weak": 0.0, "credence": 2.0, "strong": 9.0}.items())
    }
    counted = count_exams([a_run(EXAM, records, folder=tmp_path)], reference="credence", seed=3)

    text = tables(counted, count_draws(counted))

    hits = {
        name: hit_rate(np.array([record.rank for record in of]), 1) for name, of in records.items()
    }
    found = rows(text)
    assert found["system"][:3] == ["HR@1", "less credence", "p"]
    for name in ("weak", "strong"):
        difference = paired_difference(hits[name], hits["credence"], seed=3, lowest=-1.0)
        mean = interval(hits[name], seed=3, lowest=0.0)
        assert found[name][:2] == [plain(mean), gap(difference, sure=True)]
        assert float(found[name][2]) < 0.05
    assert found["credence"][1:3] == ["", ""]
    assert EXAM.title in text
    assert EXAM.sha256[:12] in text
    assert PLUMBING not in text


def test_what_is_bold_goes_by_p_and_not_by_the_interval(tmp_path: Path) -> None:
    """Four of sixty differ, all one way: no resample of them disagrees, but p is 1/8."""
    exam = an_exam(people=60)
    right = [[float(c == paper.target) for c in paper.candidates] for paper in exam.papers]
    wrong = [[-score for score in scores] for scores in right[:4]]
    records = {
        name: list(map(answered, exam.papers, scores))
        for name, scores in (("credence", right), ("rival", [*wrong, *right[4:]]))
    }
    counted = count_exams([a_run(exam, records, folder=tmp_path)])

    cell, p = rows(tables(counted, count_draws(counted)))["rival"][1:3]

    assert p == "0.125"
    assert cell.startswith("-0.067 [")
    [difference] = [d for d in counted[0].differences if d.measure == "HR@1"]
    assert difference.value.below_zero


def test_a_name_ends_no_cell_and_a_stand_in_for_a_model_is_said(tmp_path: Path) -> None:
    records = {name: answers(EXAM, skill=1, seed=0) for name in ("odd | name\n| x", "credence")}
    run = a_run(EXAM, records, folder=tmp_path, plumbing_only=True)

    counted = count_exams([run])
    text = tables(counted, count_draws(counted))

    assert r"| odd \| name \| x | " in text
    assert PLUMBING in text


def test_that_people_are_simulated_is_said_of_exams_and_of_draws(tmp_path: Path) -> None:
    def told(*, simulated: bool) -> str:
        drawn = [redrawn(an_exam(people=25), seed=seed) for seed in range(2)]
        runs = [
            a_run(
                one,
                {name: answers(one, skill=1, seed=one.seed) for name in ("rival", "credence")},
                folder=tmp_path / str(one.seed),
                simulated=simulated,
            )
            for one in drawn
        ]
        counted = count_exams(runs)
        return tables(counted, count_draws(counted))

    assert SIMULATED not in told(simulated=False)
    assert told(simulated=True).count(SIMULATED) == 3


def test_names_and_titles_are_neither_markup_nor_lines(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>\n# x | y \\<b> ![z](//w) `*"
    exam = an_exam(people=5, domain=hostile, negatives=Negatives.POPULARITY)
    drawn = [redrawn(exam, seed=seed) for seed in range(3)]
    drawn[2] = replace(drawn[2], papers=drawn[2].papers[:4])
    runs = [
        a_run(
            one,
            {name: answers(one, skill=1, seed=one.seed) for name in (hostile, f"s{one.seed}")},
            folder=tmp_path / str(one.seed),
        )
        for one in drawn
    ]

    counted = count_exams(runs, reference=hostile)
    text = tables(counted, count_draws(counted))

    said = r"\<img src=x onerror=alert(1)> # x \| y \\\<b> !\[z\](//w) \`\*"
    headings = [line for line in text.splitlines() if line.startswith("#")]
    title = f"{said}, popularity, with instruction"
    assert headings == [*[f"## {title}"] * 3, f"## Several draws: {title}"]
    assert f"| {said} |" in text
    assert f"less {said} |" in text
    assert f"Not counted together: {title}, seeds 0, 1 and seed 2" in text
    assert not re.search(r"(?<!\\)(\\\\)*<", text)
