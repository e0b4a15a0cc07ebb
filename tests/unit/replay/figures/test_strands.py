"""What is one system over several draws, and what is told of the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.figures.draws import Draws, Pool, count_draws
from credence.replay.figures.exam import count_exams
from credence.replay.figures.tables import tables
from credence.replay.figures.writing import write_figures
from credence.replay.report.write import write_report
from credence.replay.runner.folder import FinishedRun
from tests.unit.replay.figures.runs import a_run, an_exam, answers, redrawn
from tests.unit.replay.manifests import a_manifest

FIRST = an_exam(people=12, negatives=Negatives.POPULARITY)
DRAWN = [redrawn(FIRST, seed=seed) for seed in range(3)]


def sat(folder: Path, exam: FrozenExam, skills: Mapping[str, float], **made: Any) -> FinishedRun:
    """A run below `folder`, whose manifest says so."""
    records = {name: answers(exam, skill=skill, seed=exam.seed) for name, skill in skills.items()}
    run = a_run(exam, records, folder=folder / f"films-{exam.seed}")
    return replace(run, manifest=a_manifest(exam, records, **made))


def counted(*runs: FinishedRun) -> Draws:
    return count_draws(count_exams(runs))


def pooled(*runs: FinishedRun) -> Pool:
    [pool] = counted(*runs).pools
    return pool


def left(pool: Pool) -> list[tuple[str, int, str]]:
    return [(one.system, one.draws, one.why) for one in pool.left]


@pytest.mark.parametrize(
    ("made", "name"),
    [
        ({"commit": "4567def"}, "commit"),
        ({"versions": {"python": "3.11", "numpy": "3"}}, "version of numpy"),
        ({"settings": {"half_life_days": 9}}, "half_life_days"),
    ],
)
def test_systems_made_with_other_things_are_not_counted_together(
    tmp_path: Path, made: dict[str, Any], name: str
) -> None:
    skills = {"credence": 1.0, "credence:semantic": 0.0}

    found = counted(sat(tmp_path, DRAWN[0], skills), sat(tmp_path, DRAWN[1], skills, **made))

    assert found.pools == ()
    [unpooled] = found.unpooled
    assert unpooled.why == (
        "no system sat all of them made with the same: credence, credence:semantic "
        f"(not one system in all: they differ in {name})"
    )


def test_what_does_not_decide_answers_keeps_nothing_apart(tmp_path: Path) -> None:
    skills = {"credence": 1.0, "bm25": 0.0}
    others = {"llm_ranker_model": "a", "causal_top": 3}

    pool = pooled(
        sat(tmp_path, DRAWN[0], skills, settings=others, plumbing_only=True),
        sat(tmp_path, DRAWN[1], skills, command="again", started_at="2026-07-01T12:00:00+00:00"),
    )

    assert (pool.systems, pool.left) == (("credence", "bm25"), ())


@pytest.mark.parametrize(
    ("system", "settings", "same"),
    [
        ("bm25", {"half_life_days": 1}, True),
        ("vanilla", {"llm_ranker_model": "a"}, False),
        ("vanilla", {"llm_planner_model": "a"}, True),
        ("vanilla", {"llm_attempts": 1}, False),
        ("vanilla", {"causal_router": "a"}, True),
        ("vanilla-causal", {"causal_router": "a"}, False),
        ("vanilla-causal", {"llm_attempts": 1}, True),
        ("credence:causal", {"causal_router": "a"}, False),
        ("credence:llm-policy", {"llm_planner_model": "a"}, False),
        ("credence:of-another-version", {"causal_router": "a"}, False),
    ],
)
def test_settings_are_of_the_systems_that_go_by_them(
    tmp_path: Path, system: str, settings: dict[str, Any], same: bool
) -> None:
    found = counted(
        sat(tmp_path, DRAWN[0], {system: 1.0}, settings=settings),
        sat(tmp_path, DRAWN[1], {system: 1.0}),
    )

    assert bool(found.pools) is same


def test_a_stand_in_for_a_model_is_another_system(tmp_path: Path) -> None:
    skills = {"vanilla": 1.0, "bm25": 1.0}

    pool = pooled(
        sat(tmp_path, DRAWN[0], skills, plumbing_only=True), sat(tmp_path, DRAWN[1], skills)
    )

    assert pool.systems == ("bm25",)
    why = "not one system in all: they differ in llm_stand_in"
    assert left(pool) == [("vanilla", 2, why)]


def test_of_several_folders_the_one_system_of_a_name_that_sat_every_draw_counts(
    tmp_path: Path,
) -> None:
    a = [sat(tmp_path / "a", exam, {"credence": 9.0}, commit="a") for exam in DRAWN[:2]]
    b = [sat(tmp_path / "b", exam, {"bm25": 0.0, "credence": 0.0}) for exam in DRAWN]

    pool = pooled(*a, *b)
    alone = pooled(*b)

    assert (pool.reference, set(pool.systems)) == ("credence", {"credence", "bm25"})
    assert pool.figure("credence", "MRR") == alone.figure("credence", "MRR")
    why = "sat 2 of 3 with other than is counted here: commit"
    assert left(pool) == [("credence", 2, why)]


def test_two_systems_of_one_name_that_sat_every_draw_are_both_counted(tmp_path: Path) -> None:
    old = [sat(tmp_path / "old", exam, {"credence": 9.0}, commit="a") for exam in DRAWN]
    new = [sat(tmp_path / "new", exam, {"credence": 0.0}) for exam in DRAWN]

    pool = pooled(*old, *new[::-1])

    assert (pool.systems, pool.left) == (("credence", "credence (films-0)"), ())
    assert pool.figure("credence", "MRR").value == pooled(*old).figure("credence", "MRR").value
    other = pool.figure("credence (films-0)", "MRR").value
    assert other == pooled(*new).figure("credence", "MRR").value


def test_what_was_sat_again_counts_once_and_from_one_folder_where_that_has_all(
    tmp_path: Path,
) -> None:
    some = [sat(tmp_path / "a", exam, {"credence": 9.0}) for exam in DRAWN[:2]]
    whole = [sat(tmp_path / "b", exam, {"credence": 0.0}) for exam in DRAWN]

    pool = pooled(*some, *whole)

    assert pool.systems == ("credence",)
    assert pool.figures == pooled(*whole).figures
    assert left(pool) == [("credence", 2, "sat 2 of 3 more than once, of which one counts")]
    assert pooled(*some, whole[2]).left == ()  # runs of two folders go together


def test_every_file_says_what_is_left_out(tmp_path: Path) -> None:
    skills = {"credence": 1.0, "bm25": 0.0, "it": 0.0}
    runs = [
        sat(tmp_path, DRAWN[0], skills, settings={"half_life_days": 1}),
        sat(tmp_path, DRAWN[1], {"credence": 1.0, "bm25": 0.0}),
    ]
    found = count_exams(runs)
    draws = count_draws(found)

    write_report(found, draws, tmp_path / "report.html")
    whole, *_ = write_figures(found, draws, tmp_path)

    why = "not one system in all: they differ in half_life_days"
    said = f"Not counted here: credence ({why}); it (sat 1 of 2)."
    assert said in tables(found, draws)
    page = (tmp_path / "report.html").read_text("utf-8").replace("<bdi>", "").replace("</bdi>", "")
    assert said in page
    assert json.loads(whole.read_text("utf-8"))["draws"][0]["left_out"] == [
        {"system": "credence", "draws": 2, "why": why},
        {"system": "it", "draws": 1, "why": "sat 1 of 2"},
    ]
