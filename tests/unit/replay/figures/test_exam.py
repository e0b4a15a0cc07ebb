"""The figures of exams: quality, differences, what it took, order, calibration."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from credence.replay.bootstrap import interval, paired_difference
from credence.replay.exam.paper import FrozenExam
from credence.replay.figures.draws import Draws
from credence.replay.figures.errors import NothingSat, UnknownSystem
from credence.replay.figures.exam import ExamFigures, count_exams
from credence.replay.figures.writing import write_figures
from credence.replay.metrics.hit_rate import hit_rate
from credence.replay.metrics.measures import MEASURES, telling
from credence.replay.report.price import price
from tests.unit.replay.figures.runs import (
    a_run,
    an_exam,
    answered,
    answers,
    failed,
    some_facts,
    write_beside,
)

EXAM = an_exam(people=120)


def _counted(tmp_path: Path, **skills: float) -> ExamFigures:
    records = {
        name: answers(EXAM, skill=skill, seed=number)
        for number, (name, skill) in enumerate(skills.items())
    }
    (found,) = count_exams([a_run(EXAM, records, folder=tmp_path)], seed=4)
    return found


def test_every_measure_has_the_interval_that_it_has_alone(tmp_path: Path) -> None:
    found = _counted(tmp_path, good=1.5, bad=0.1)

    for system in ("good", "bad"):
        for measure, values in MEASURES.items():
            plain = interval(values(found.sat.ranks[system]), seed=4, lowest=0.0)
            got = found.figure(system, measure, "all").value
            assert (got.mean, got.low, got.high) == pytest.approx(
                (plain.mean, plain.low, plain.high), abs=1e-12
            )


def test_slices_are_counted_over_their_own_people(tmp_path: Path) -> None:
    write_beside(tmp_path, facts=some_facts(EXAM))
    found = _counted(tmp_path, it=1.0)

    for part in found.slices:
        figure = found.figure("it", "HR@1", part.name)
        ranks = found.sat.ranks["it"][part.members]
        assert figure.people == part.people
        assert figure.value.mean == pytest.approx(hit_rate(ranks, 1).mean())
    assert len(found.slices) == 9


def test_differences_are_paired_and_corrected_for_the_systems(tmp_path: Path) -> None:
    found = _counted(tmp_path, credence=1.0, close=1.1, far=0.0)

    by_system = {one.system: one for one in found.differences if one.measure == "MRR"}

    assert found.reference == "credence"
    assert set(by_system) == {"close", "far"}
    values = MEASURES["MRR"]
    plain = paired_difference(
        values(found.sat.ranks["far"]), values(found.sat.ranks["credence"]), seed=4
    )
    far = by_system["far"].value
    assert (far.mean, far.low, far.high) == pytest.approx(
        (plain.mean, plain.low, plain.high), abs=1e-12
    )
    assert by_system["far"].p_holm == pytest.approx(2 * by_system["far"].p)
    assert by_system["close"].p_holm == by_system["close"].p > 0.05


def test_a_system_that_answers_as_the_reference_does_differs_by_nothing(tmp_path: Path) -> None:
    records = answers(EXAM, skill=1, seed=0)
    (found,) = count_exams([a_run(EXAM, {"a": records, "b": records}, folder=tmp_path)])

    for one in found.differences:
        assert (one.value.mean, one.value.low, one.value.high) == pytest.approx((0, 0, 0))
        assert one.p == one.p_holm == 1


def test_three_people_who_agree_make_no_sure_difference(tmp_path: Path) -> None:
    exam = an_exam(people=3)
    best, worst = (answers(exam, skill=skill, seed=0) for skill in (99, -99))

    (found,) = count_exams([a_run(exam, {"best": best, "worst": worst}, folder=tmp_path)])

    told = telling(exam.longest)
    assert {one.p for one in found.differences if one.measure in told} == {0.25}


def test_the_same_seed_gives_the_same_figures(tmp_path: Path) -> None:
    one, again = (_counted(tmp_path, a=1.0, b=0.2) for _ in range(2))

    assert one.figures == again.figures
    assert one.differences == again.differences


def test_the_reference_is_the_one_asked_for_then_ours_then_the_first(tmp_path: Path) -> None:
    runs = [
        a_run(EXAM, {name: answers(EXAM, skill=0, seed=0) for name in names}, folder=tmp_path / "r")
        for names in (("x", "credence"), ("x", "y"))
    ]

    assert count_exams([runs[0]])[0].reference == "credence"
    assert count_exams([runs[0]], reference="x")[0].reference == "x"
    assert count_exams([runs[1]])[0].reference == "x"
    with pytest.raises(UnknownSystem, match="no system 'z' here; name one of: x, y"):
        count_exams([runs[1]], reference="z")


def test_runs_without_answers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingSat):
        count_exams([a_run(EXAM, {}, folder=tmp_path)])
    nobody = an_exam(people=0)
    with pytest.raises(NothingSat):
        count_exams([a_run(nobody, {"a": []}, folder=tmp_path)])


def test_what_it_took_is_a_mean_over_people(tmp_path: Path) -> None:
    exam = an_exam(people=4)
    records = [
        replace(record, tokens_in=100 * n, tokens_out=n, cost=0.25, operations={"create": n})
        for n, record in enumerate(answers(exam, skill=1, seed=0))
    ]
    times = {"it": {paper.user_id: 1.0 + n for n, paper in enumerate(exam.papers)}}

    (found,) = count_exams([a_run(exam, {"it": records}, folder=tmp_path, seconds=times)])

    took = found.spent["it"]
    assert (took.tokens_in, took.tokens_out, took.total_cost) == (150, 1.5, 1)
    assert took.operations == {"create": 1.5}
    assert took.latency is not None
    assert (took.latency.mean, took.latency.p50) == (2.5, 2.5)
    assert took.latency.p95 == pytest.approx(3.85)


def test_what_a_call_without_a_price_cost_is_not_known(tmp_path: Path) -> None:
    exam = an_exam(people=4)
    known = [replace(record, cost=0.25) for record in answers(exam, skill=1, seed=0)]
    partly = [replace(known[0], unpriced=1), *known[1:]]
    records = {"known": known, "partly": partly, "free": answers(exam, skill=9, seed=0)}

    (found,) = count_exams([a_run(exam, records, folder=tmp_path)])

    assert {name: took.cost for name, took in found.spent.items()} == {
        "known": 0.25,
        "partly": None,
        "free": 0.0,
    }
    assert found.spent["partly"].total_cost is None
    priced = price(found)
    assert priced is not None
    assert set(priced.by_system) == {"known", "free"}
    whole, _, _ = write_figures([found], Draws(pools=(), unpooled=()), tmp_path)
    written = json.loads(whole.read_text(encoding="utf-8"))["exams"][0]["spent"]["partly"]
    assert (written["cost"], written["total cost"]) == (None, None)


def test_time_is_no_price(tmp_path: Path) -> None:
    exam = an_exam(people=4)
    records = {name: answers(exam, skill=1, seed=0) for name in ("a", "b")}
    times = {name: {paper.user_id: 1.0 for paper in exam.papers} for name in records}

    (found,) = count_exams([a_run(exam, records, folder=tmp_path, seconds=times)])

    assert found.spent["a"].latency is not None
    assert price(found) is None


def test_a_run_without_timings_has_no_latency(tmp_path: Path) -> None:
    assert _counted(tmp_path, it=1.0).spent["it"].latency is None


def test_failures_are_listed_with_their_reasons(tmp_path: Path) -> None:
    records = [failed(EXAM.papers[0], "no JSON"), *answers(EXAM, skill=1, seed=0)[1:]]

    (found,) = count_exams([a_run(EXAM, {"it": records}, folder=tmp_path)])

    assert [(r.user_id, r.failure) for r in found.failures["it"]] == [("u0000", "no JSON")]


def test_another_order_of_candidates_is_the_same_question(tmp_path: Path) -> None:
    exams = [an_exam(people=10, order=order) for order in range(3)]
    assert len({exam.sha256 for exam in exams}) == 3
    by_place = [
        [answered(paper, np.arange(10, 0, -1.0)) for paper in exam.papers] for exam in exams
    ]  # puts what is shown first in front
    by_item = [
        [answered(paper, [float(item[1:]) for item in paper.candidates]) for paper in exam.papers]
        for exam in exams
    ]

    (found,) = count_exams(
        [
            a_run(exam, {"place": place, "item": item}, folder=tmp_path / str(n))
            for n, (exam, place, item) in enumerate(zip(exams, by_place, by_item, strict=True))
        ]
    )

    by_system = {one.system: one for one in found.sensitivity}
    assert by_system["item"].orders == 3
    assert (by_system["item"].changed, by_system["item"].spread) == (0, 0)
    assert by_system["place"].changed > 0.7
    rates = [float(np.mean([r.rank == 1 for r in records])) for records in by_place]
    assert by_system["place"].spread == pytest.approx(max(rates) - min(rates))


def test_orders_of_other_seeds_are_told_from_orders_alone(tmp_path: Path) -> None:
    relearnt = [an_exam(people=4, order=order) for order in range(2)]
    alike = [replace(exam, seed=0, order_seed=exam.seed or None) for exam in relearnt]

    def seeds(exams: list[FrozenExam]) -> int:
        runs = [
            a_run(exam, {"a": answers(exam, skill=1, seed=0)}, folder=tmp_path / exam.sha256)
            for exam in exams
        ]
        return count_exams(runs)[0].sensitivity[0].seeds

    assert (seeds(relearnt), seeds(alike)) == (2, 1)


def test_an_exam_with_other_candidates_is_another_question(tmp_path: Path) -> None:
    exams = [an_exam(people=5, seed=seed) for seed in range(2)]

    found = count_exams(
        [
            a_run(exam, {"a": answers(exam, skill=1, seed=0)}, folder=tmp_path / exam.sha256)
            for exam in exams
        ]
    )

    assert [one.sensitivity for one in found] == [(), ()]


def test_an_answer_and_a_failure_count_as_a_change(tmp_path: Path) -> None:
    exams = [an_exam(people=2, order=order) for order in range(2)]
    records = [
        [failed(exams[0].papers[0]), failed(exams[0].papers[1])],
        [failed(exams[1].papers[0]), answers(exams[1], skill=1, seed=0)[1]],
    ]

    (found,) = count_exams(
        [
            a_run(e, {"a": r}, folder=tmp_path / e.sha256)
            for e, r in zip(exams, records, strict=True)
        ]
    )

    assert found.sensitivity[0].changed == 0.5
