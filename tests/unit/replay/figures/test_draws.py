"""Several lists for each of the same people, counted together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from credence.replay.bootstrap import interval, of_shares, paired_difference
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.figures.draws import Draws, Pool, count_draws
from credence.replay.figures.exam import count_exams
from credence.replay.figures.tables import tables
from credence.replay.figures.writing import write_figures
from credence.replay.metrics.measures import MEASURES, measured, telling
from credence.replay.report.views import exam_views
from credence.replay.report.write import write_report
from credence.replay.runner.folder import FinishedRun
from credence.replay.runner.record import Record
from credence.replay.sign_flips import two_sided_ps
from tests.unit.replay.figures.runs import a_run, an_exam, answers, failed, ranked, redrawn

Sat = tuple[FrozenExam, dict[str, list[Record]]]


def exams(seeds: int, *, people: int) -> list[FrozenExam]:
    first = an_exam(people=people, negatives=Negatives.POPULARITY)
    return [redrawn(first, seed=seed) for seed in range(seeds)]


def runs(folder: Path, sat: Sequence[Sat]) -> list[FinishedRun]:
    return [a_run(exam, of, folder=folder / str(n)) for n, (exam, of) in enumerate(sat)]


def counted(folder: Path, sat: Sequence[Sat], reference: str | None = None) -> Draws:
    return count_draws(count_exams(runs(folder, sat), reference=reference, seed=4))


def pooled(folder: Path, sat: Sequence[Sat], reference: str | None = None) -> Pool:
    found = counted(folder, sat, reference)
    assert found.unpooled == ()
    [pool] = found.pools
    return pool


def told(folder: Path, sat: Sequence[Sat]) -> str:
    found = count_exams(runs(folder, sat))
    return tables(found, count_draws(found))


def by_chance(drawn: Sequence[FrozenExam], systems: Mapping[str, float]) -> list[Sat]:
    """Answers of systems that are this good, other ones to each draw."""
    return [
        (
            exam,
            {
                name: answers(exam, skill=skill, seed=len(systems) * exam.seed + n, failing=0.1)
                for n, (name, skill) in enumerate(systems.items())
            },
        )
        for exam in drawn
    ]


def test_a_person_s_measure_is_their_mean_over_the_draws(tmp_path: Path) -> None:
    one, other = exams(2, people=3)
    answered = ranked(one, [1, 2, 1])
    answered[2] = failed(one.papers[2])
    turned = replace(other, papers=other.papers[::-1])  # whoever comes first, people are paired
    sat: list[Sat] = [(turned, {"it": ranked(turned, [1, 4, 1])}), (one, {"it": answered})]

    pool = pooled(tmp_path, sat)

    assert (pool.seeds, pool.people, pool.systems) == ((0, 1), 3, ("it",))
    ranks = {"u0000": (1, 1), "u0001": (2, 4), "u0002": (10, 1)}
    mrr = np.mean([np.mean([1 / rank for rank in of]) for of in ranks.values()])
    assert pool.figure("it", "MRR").value.mean == pytest.approx(mrr)
    assert pool.figure("it", "HR@1").value.mean == pytest.approx((1 + 0 + 0.5) / 3)
    assert pool.spread["it", "HR@1"] == pytest.approx(np.std([1 / 3, 2 / 3], ddof=1))
    assert pool.spread["it", "HR@5"] == pytest.approx(np.std([2 / 3, 1], ddof=1))


def test_more_draws_are_not_more_people(tmp_path: Path) -> None:
    """Who is right on every list, or on none, says as much with one list as with five."""
    drawn = exams(5, people=40)
    half = [1] * 20 + [10] * 20
    sat: list[Sat] = [
        (exam, {"it": ranked(exam, half), "credence": ranked(exam, half[::-1])}) for exam in drawn
    ]

    pool = pooled(tmp_path, sat)
    (alone,) = count_exams(runs(tmp_path, sat[:1]), seed=4)

    for measure in MEASURES:
        for system in ("it", "credence"):
            apart = alone.figure(system, measure, "all").value
            assert pool.figure(system, measure).value == apart
            assert pool.spread[system, measure] == 0
        assert pool.difference("it", measure) == alone.difference("it", measure)
        assert pool.difference("credence", measure) is None


def test_what_a_list_adds_by_chance_goes_and_intervals_are_those_of_the_people_s_means(
    tmp_path: Path,
) -> None:
    sat = by_chance(exams(6, people=80), {"credence": 1.5, "near": 1.2, "far": 0.0})

    pool = pooled(tmp_path, sat)

    values = {
        name: np.mean([measured(np.array([r.rank for r in of[name]])) for _, of in sat], axis=0)
        for name in pool.systems
    }
    for m, measure in enumerate(MEASURES):
        if measure not in telling(10):
            continue
        of = {name: value[:, m] for name, value in values.items()}
        plain = (
            of_shares(of["credence"], lists=6)
            if measure.startswith("HR") or measure == "NDCG@1"
            else interval(of["credence"], seed=4, lowest=0.0)
        )
        got = pool.figure("credence", measure).value
        assert (got.mean, got.low, got.high) == pytest.approx((plain.mean, plain.low, plain.high))
        apart = pool.difference("far", measure)
        assert apart is not None
        paired = paired_difference(of["far"], of["credence"], seed=4, lowest=-1.0)
        assert apart.value.low == pytest.approx(paired.low)
        assert apart.p == two_sided_ps((of["far"] - of["credence"])[:, None], seed=4)[0]
        assert apart.p_holm == pytest.approx(2 * apart.p)
    width = got.high - got.low
    singly = [
        one.figure("credence", "MRR", "all").value for one in count_exams(runs(tmp_path, sat))
    ]
    assert all(width < 0.7 * (one.high - one.low) for one in singly)


def test_the_reference_is_the_one_asked_for_where_it_sat_every_draw(tmp_path: Path) -> None:
    sat = by_chance(exams(2, people=5), {"b": 0.0, "credence": 1.0, "x": 1.0})

    assert pooled(tmp_path, sat).reference == "credence"
    assert pooled(tmp_path, sat, "x").reference == "x"
    del sat[0][1]["x"]
    assert pooled(tmp_path, sat, "x").reference == "credence"


def test_a_system_that_sat_only_some_draws_is_named_and_not_counted(tmp_path: Path) -> None:
    sat = by_chance(exams(3, people=5), {"credence": 0.0, "late | one": 1.0})
    del sat[1][1]["late | one"]

    pool = pooled(tmp_path, sat)

    assert pool.systems == ("credence",)
    assert [(one.system, one.draws) for one in pool.left] == [("late | one", 2)]
    assert r"Not counted here: late \| one (sat 2 of 3)." in told(tmp_path, sat)


def test_draws_that_no_system_sat_all_of_are_told(tmp_path: Path) -> None:
    sat: list[Sat] = [
        (exam, {f"s{exam.seed}": answers(exam, skill=1, seed=0)}) for exam in exams(2, people=5)
    ]

    assert counted(tmp_path, sat).pools == ()
    said = "films, popularity, with instruction, seeds 0, 1: no system sat all of them."
    assert f"Not counted together: {said}" in told(tmp_path, sat)


def test_people_who_differ_are_not_counted_together_and_it_is_said(tmp_path: Path) -> None:
    first, second, third = exams(3, people=8)
    fewer = replace(third, papers=third.papers[:6])
    sat = by_chance([first, second, fewer], {"credence": 1.0})

    found = counted(tmp_path, sat)

    assert [(pool.seeds, pool.people) for pool in found.pools] == [((0, 1), 8)]
    said = "seeds 0, 1 and seed 2: not the same people sat them (6 sat all)"
    assert said in told(tmp_path, sat)
    apart = counted(tmp_path, sat[1:])
    assert apart.pools == ()
    assert [one.seeds for one in apart.unpooled] == [((1,), (2,))]


@pytest.mark.parametrize("what", ["data", "targets"])
def test_the_same_people_of_other_data_are_not_counted_together(tmp_path: Path, what: str) -> None:
    one, other = exams(2, people=4)
    if what == "data":
        other = replace(other, data_sha256="1" * 64)
    else:
        papers = [replace(paper, target=paper.candidates[0]) for paper in other.papers]
        other = replace(other, papers=tuple(papers))

    found = counted(tmp_path, by_chance([one, other], {"credence": 1.0}))

    assert found.pools == ()
    [unpooled] = found.unpooled
    assert unpooled.in_words.endswith("the same people, but of other data or with other targets")


def test_orders_of_one_exam_are_no_draws(tmp_path: Path) -> None:
    alone = an_exam(people=5, negatives=Negatives.POPULARITY)
    reordered = [replace(an_exam(people=5, order=n), seed=0, order_seed=n) for n in (1, 2)]
    reordered = [replace(exam, negatives=alone.negatives) for exam in reordered]

    found = counted(tmp_path, by_chance([alone, *reordered], {"credence": 1.0}))

    assert found == Draws(pools=(), unpooled=())


def test_released_lists_are_the_same_whatever_the_seed_and_it_is_said(tmp_path: Path) -> None:
    sat = by_chance([an_exam(people=5, order=seed) for seed in (0, 3)], {"credence": 1.0})

    found = counted(tmp_path, sat)

    assert found.pools == ()
    [unpooled] = found.unpooled
    assert unpooled.seeds == ((0, 3),)
    assert "seeds 0, 3: these lists are the same whatever the seed" in told(tmp_path, sat)


def test_of_a_draw_in_several_orders_the_first_counts_and_it_is_said(tmp_path: Path) -> None:
    one, other = exams(2, people=5)
    papers = tuple(replace(p, candidates=p.candidates[::-1]) for p in one.papers)
    turned = replace(one, order_seed=9, papers=papers)
    sat = by_chance([one, other], {"credence": 9.0})
    sat.append((turned, {"credence": ranked(turned, [10] * 5)}))

    pool = pooled(tmp_path, sat)

    assert (pool.seeds, pool.in_orders) == ((0, 1), (one,))
    assert pool.figures == pooled(tmp_path, sat[:2]).figures
    assert "Of seed 0, sat in several orders, the first one counts." in told(tmp_path, sat)


def test_other_kinds_of_exam_are_no_draws_of_each_other(tmp_path: Path) -> None:
    one, other = exams(2, people=5)
    kinds = [one, replace(other, instructed=False), replace(other, domain="books")]

    found = counted(tmp_path, by_chance(kinds, {"credence": 1.0}))

    assert found == Draws(pools=(), unpooled=())
    assert "Several draws" not in told(tmp_path, by_chance(kinds, {"credence": 1.0}))


def test_how_many_people_have_one_list_twice_is_said(tmp_path: Path) -> None:
    one, other, third = exams(3, people=8)
    kept = [replace(p, candidates=p.candidates[::-1]) for p in one.papers[:6]]
    other = replace(other, papers=(*kept, *other.papers[6:]))
    sat = by_chance([one, other, third], {"credence": 1.0})

    pool = pooled(tmp_path, sat)
    found = count_exams(runs(tmp_path, sat))
    whole, *_ = write_figures(found, count_draws(found), tmp_path)
    write_report(found, count_draws(found), tmp_path / "report.html")

    assert pool.repeated == 6
    said = "the same candidates in two draws for 6 of 8 people (75.0%)"
    assert said in told(tmp_path, sat)
    assert said in (tmp_path / "report.html").read_text("utf-8")
    assert json.loads(whole.read_text("utf-8"))["draws"][0]["same_in_two_draws"] == 0.75
    assert "Lists repeat" not in told(tmp_path, sat[::2])


def test_draws_of_one_seed_are_told_apart_by_their_exams(tmp_path: Path) -> None:
    """Lists near the target are others with another encoder, whatever the seed."""
    one, other, third = exams(3, people=5)
    again = replace(other, seed=0)
    sat = by_chance([one, again, third], {"credence": 1.0})

    digests = [exam.sha256[:12] for exam in (one, again)]
    said = f"seeds 0 (exam {digests[0]}), 0 (exam {digests[1]}), 2"
    assert pooled(tmp_path, sat).draws_in_words == said
    assert said in told(tmp_path, sat)
    views = exam_views(count_exams(runs(tmp_path, sat)), against=None)
    assert [view.draw for view in views] == [*(f"seed 0 (exam {d})" for d in digests), "seed 2"]
    apart = replace(again, papers=again.papers[1:])
    [unpooled] = counted(tmp_path, by_chance([one, apart], {"credence": 1.0})).unpooled
    assert f"seed 0 (exam {digests[0]}) and seed 0 (exam {apart.sha256[:12]})" in unpooled.in_words


def test_every_file_has_the_draws(tmp_path: Path) -> None:
    sat = by_chance(exams(3, people=30), {"credence": 3.0, "bm25": 0.0})
    fewer = replace(sat[0][0], seed=7, papers=redrawn(sat[0][0], seed=7).papers[:20])
    found = count_exams(runs(tmp_path, [*sat, *by_chance([fewer], {"credence": 1.0})]))
    draws = count_draws(found)
    [pool] = draws.pools

    write_report(found, draws, tmp_path / "report.html")
    whole, _, marked = write_figures(found, draws, tmp_path)

    document = json.loads(whole.read_text("utf-8"))
    [written] = document["draws"]
    assert (written["seeds"], written["people"], written["reference"]) == (
        [0, 1, 2],
        30,
        "credence",
    )
    assert written["exams"] == [exam.sha256 for exam, _ in sat]
    assert [one["seed"] for one in document["exams"]] == [0, 1, 2, 7]
    [mrr] = [f for f in written["figures"] if (f["system"], f["measure"]) == ("bm25", "MRR")]
    assert mrr["mean"] == round(pool.figure("bm25", "MRR").value.mean, 9)
    assert mrr["between_draws"] == round(pool.spread["bm25", "MRR"], 9)
    assert {one["system"] for one in written["differences"]} == {"bm25"}
    [left] = document["not_pooled"]
    assert left["seeds"] == [[0, 1, 2], [7]]
    assert left["exams"][1] == [fewer.sha256]
    text, page = marked.read_text("utf-8"), (tmp_path / "report.html").read_text("utf-8")
    difference = pool.difference("bm25", "NDCG@5")
    assert difference is not None
    for value in (pool.figure("bm25", "NDCG@5").value.low, pool.spread["bm25", "HR@1"]):
        assert f"{value:.3f}" in text[text.index("## Several draws") :]
        assert f"{value:.3f}" in page[page.index('id="draws"') :]
    assert "3 lists for each of the same 30 people, seeds 0, 1, 2" in text
    assert "popularity, with instruction, seed 7</a>" in page
    assert page.count(left["why"]) == text.count(left["why"]) == 1
