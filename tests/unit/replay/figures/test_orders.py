"""Which answers to one exam in several orders are one system's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from credence.replay.exam.paper import FrozenExam
from credence.replay.figures.draws import count_draws
from credence.replay.figures.exam import count_exams
from credence.replay.report.write import write_report
from credence.replay.runner.folder import FinishedRun
from tests.unit.replay.figures.runs import a_run, an_exam, ranked
from tests.unit.replay.manifests import a_manifest

ORDERS = [an_exam(people=8, order=order) for order in range(3)]
NINE: Mapping[str, Any] = {"settings": {"half_life_days": 9}}


def sat(folder: Path, exam: FrozenExam, rank: int, **made: Any) -> FinishedRun:
    """One system, `credence`, puts everybody's target there in a run below `folder`."""
    records = {"credence": ranked(exam, [rank] * len(exam.papers))}
    run = a_run(exam, records, folder=folder / f"films-{exam.seed}")
    return replace(run, manifest=a_manifest(exam, records, **made))


def found(*runs: FinishedRun) -> list[tuple[str, tuple[float, ...]]]:
    [one] = count_exams(runs)
    return [(of.system, of.hit_rates) for of in one.sensitivity]


@pytest.mark.parametrize("made", [NINE, {"commit": "4567def"}])
def test_two_systems_of_one_name_are_not_one_in_two_orders(
    tmp_path: Path, made: Mapping[str, Any]
) -> None:
    runs = (sat(tmp_path, ORDERS[0], 1), sat(tmp_path, ORDERS[1], 2, **made))

    assert found(*runs) == []
    assert found(*runs, sat(tmp_path, ORDERS[2], 1)) == [("credence", (1.0, 1.0))]


def test_what_is_called_otherwise_in_another_order_is_the_same_system(tmp_path: Path) -> None:
    """Of two that sat both orders the one that was read first has the bare name in each."""
    a, b = tmp_path / "a", tmp_path / "b"

    both = found(
        sat(a, ORDERS[0], 1),
        sat(b, ORDERS[0], 2, **NINE),
        sat(b, ORDERS[1], 2, **NINE),
        sat(a, ORDERS[1], 1),
    )

    assert both == [("credence", (1.0, 1.0)), ("credence (films-0)", (0.0, 0.0))]


def test_systems_that_sat_no_order_together_have_names_of_their_own(tmp_path: Path) -> None:
    more = an_exam(people=8, order=3)

    names = [
        name
        for name, _ in found(
            sat(tmp_path, ORDERS[0], 1),
            sat(tmp_path, ORDERS[1], 1),
            sat(tmp_path, ORDERS[2], 2, **NINE),
            sat(tmp_path, more, 2, **NINE),
        )
    ]

    assert names == [
        f"credence ({tmp_path / 'films-0'})",
        f"credence ({tmp_path / 'films-2'})",
    ]


def test_the_report_says_where_no_system_sat_two_orders(tmp_path: Path) -> None:
    exams = count_exams([sat(tmp_path, ORDERS[0], 1), sat(tmp_path, ORDERS[1], 2, **NINE)])

    write_report(exams, count_draws(exams), tmp_path / "report.html")

    page = (tmp_path / "report.html").read_text("utf-8")
    assert "no system sat two of the 2 orders made with the same" in page
    assert not exams[0].sensitivity
