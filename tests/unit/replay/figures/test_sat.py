"""Exams put together from runs, and answers that do not fit them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from credence.replay.errors import MalformedData
from credence.replay.figures.sat import sat_exams
from tests.unit.replay.figures.runs import CANDIDATES, a_run, an_exam, answers, failed

EXAM = an_exam(people=6)
GOOD = answers(EXAM, skill=1, seed=0)


def test_runs_of_one_exam_are_one_with_all_systems(tmp_path: Path) -> None:
    other = an_exam(people=6, domain="books")
    runs = [
        a_run(EXAM, {"a": GOOD}, folder=tmp_path / "one"),
        a_run(other, {"a": answers(other, skill=1, seed=0)}, folder=tmp_path / "two"),
        a_run(EXAM, {"b": GOOD}, folder=tmp_path / "three"),
    ]

    found = sat_exams(runs)

    assert [sat.exam.domain for sat in found] == ["films", "books"]
    assert [sat.systems for sat in found] == [("a", "b"), ("a",)]


def test_systems_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    old, new = (a_run(EXAM, {"a": GOOD}, folder=tmp_path / name) for name in ("old", "new"))
    other = replace(new, records={"a": tuple(answers(EXAM, skill=1, seed=1))})
    later = replace(new, manifest=replace(new.manifest, commit="4567def"))

    for another in (other, later):
        (sat,) = sat_exams([old, another])
        assert sat.systems == ("a", "a (new)")


def test_the_same_system_with_the_same_answers_is_no_other_one(tmp_path: Path) -> None:
    """As where one exam lies in two files and both were sat."""
    old, new = (a_run(EXAM, {"a": GOOD}, folder=tmp_path / name) for name in ("old", "new"))
    new = replace(new, manifest=replace(new.manifest, command="again", settings={"top": 1}))

    (sat,) = sat_exams([old, new])

    assert sat.systems == ("a",)
    assert [run.folder.name for run in sat.runs] == ["old", "new"]


def test_a_run_given_twice_counts_once(tmp_path: Path) -> None:
    run = a_run(EXAM, {"a": GOOD}, folder=tmp_path)

    (sat,) = sat_exams([run, replace(run, folder=tmp_path / "x" / "..")])

    assert sat.systems == ("a",)


def test_a_failure_has_the_worst_rank(tmp_path: Path) -> None:
    records = [failed(EXAM.papers[0]), *GOOD[1:]]

    (sat,) = sat_exams([a_run(EXAM, {"a": records}, folder=tmp_path)])

    assert sat.ranks["a"].tolist() == [CANDIDATES, *(record.rank for record in GOOD[1:])]


def test_a_failure_with_any_other_rank_is_refused(tmp_path: Path) -> None:
    records = [replace(failed(EXAM.papers[0]), rank=1), *GOOD[1:]]
    (sat,) = sat_exams([a_run(EXAM, {"a": records}, folder=tmp_path)])

    with pytest.raises(MalformedData, match="rank 1 for u0000"):
        _ = sat.ranks


def test_a_rank_that_the_order_does_not_bear_out_is_refused(tmp_path: Path) -> None:
    records = [*GOOD[:5], replace(GOOD[5], rank=GOOD[5].rank % CANDIDATES + 1)]
    (sat,) = sat_exams([a_run(EXAM, {"a": records}, folder=tmp_path)])

    with pytest.raises(MalformedData, match="u0005"):
        _ = sat.ranks


def test_an_order_of_other_items_is_refused(tmp_path: Path) -> None:
    strange = replace(GOOD[0], order=("nothing", *GOOD[0].order[1:]))
    (sat,) = sat_exams([a_run(EXAM, {"a": [strange, *GOOD[1:]]}, folder=tmp_path)])

    with pytest.raises(MalformedData, match="other items"):
        _ = sat.ranks


@pytest.mark.parametrize("records", [GOOD[:5], GOOD[::-1], [*GOOD[:5], GOOD[4]]])
def test_answers_of_other_people_are_refused(tmp_path: Path, records: list[object]) -> None:
    run = a_run(EXAM, {"a": records}, folder=tmp_path)  # type: ignore[dict-item]
    (sat,) = sat_exams([run])

    with pytest.raises(MalformedData, match="not those of the exam's people"):
        _ = sat.ranks
