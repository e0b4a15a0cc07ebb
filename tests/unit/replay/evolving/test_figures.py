from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.replay.asking.spent import Spent
from credence.replay.evolving.figures.answers import Answers
from credence.replay.evolving.figures.differences import AFTER_CHANGE, ALL, differences
from credence.replay.evolving.figures.found import found
from credence.replay.evolving.figures.operations import ANY, by_operation
from credence.replay.evolving.figures.quality import after_change, before_change, over_time, overall
from credence.replay.evolving.figures.recovery import first_recovered, recovery
from credence.replay.evolving.figures.tables import tables
from credence.replay.evolving.figures.work import points, work
from credence.replay.evolving.figures.writing import as_document, write
from credence.replay.evolving.walked import Walked
from tests.unit.replay.evolving.walks import a_step, a_study, a_walk

NEVER, FIXED, ADAPTIVE = "credence:never", "credence:fixed-3", "credence"
POLICY = "credence:llm-policy"


def test_a_person_counts_once_however_often_they_are_asked() -> None:
    answers = Answers.of([a_walk("a", [1, 1, 1, 1]), a_walk("b", [9])])

    hits, gains = overall(answers, seed=0)

    assert (hits.measure, hits.value.mean, hits.people, hits.questions) == ("HR@1", 0.5, 2, 5)
    assert (gains.measure, gains.value.mean) == ("NDCG@5", 0.5)


def test_over_time_each_step_is_in_one_bucket() -> None:
    answers = Answers.of([a_walk(name, [1] * 3 + [9] * 70) for name in "ab"])

    levels = [level for level in over_time(answers, seed=0) if level.measure == "HR@1"]

    assert [(level.first, level.last) for level in levels[:2]] == [(5, 7), (8, 10)]
    assert (levels[-1].first, levels[-1].last) == (61, None)
    assert sum(level.questions for level in levels) == 146
    assert [level.value.mean for level in levels] == [1.0] + [0.0] * (len(levels) - 1)


def test_a_bucket_that_one_person_alone_reaches_has_no_level() -> None:
    answers = Answers.of([a_walk("a", [1] * 6), a_walk("b", [1])])

    assert {level.first for level in over_time(answers, seed=0)} == {5}


def test_a_policy_is_held_against_never_and_against_every_three_events() -> None:
    walked = {
        ADAPTIVE: [a_walk("a", [1, 1]), a_walk("b", [1, 9])],
        FIXED: [a_walk("a", [1, 9]), a_walk("b", [1, 9])],
        NEVER: [a_walk("a", [9, 9]), a_walk("b", [9, 9])],
    }

    found_ = differences({name: Answers.of(walks) for name, walks in walked.items()}, seed=0)

    hits = {(d.system, d.reference): d.value.mean for d in found_ if d.measure == "HR@1"}
    assert hits == {
        (ADAPTIVE, NEVER): 0.75,
        (FIXED, NEVER): 0.5,
        (ADAPTIVE, FIXED): 0.25,
        (NEVER, FIXED): -0.5,
    }
    assert {d.part for d in found_} == {ALL}


def test_three_people_who_agree_make_no_sure_difference() -> None:
    walked = {
        ADAPTIVE: [a_walk(name, [1, 1]) for name in "abc"],
        NEVER: [a_walk(name, [9, 9]) for name in "abc"],
    }

    found_ = differences({name: Answers.of(walks) for name, walks in walked.items()}, seed=0)

    assert {one.p for one in found_} == {0.25}


def test_only_what_has_the_same_ranker_is_held_against_each_other() -> None:
    names = ("credence:semantic", "credence:never", "credence:never:semantic:no-events")
    answers = {name: Answers.of([a_walk("a", [1]), a_walk("b", [2])]) for name in names}

    assert differences(answers, seed=0) == ()


def test_a_policy_without_an_operation_is_held_against_the_whole_reference() -> None:
    names = ("credence:no-forgetting", "credence:never")
    answers = {name: Answers.of([a_walk("a", [1]), a_walk("b", [2])]) for name in names}

    assert {(d.system, d.reference) for d in differences(answers, seed=0)} == {names}


def test_a_models_policy_is_held_against_the_built_in_one_too() -> None:
    names = (ADAPTIVE, POLICY, FIXED, "credence:llm-ranker", "credence:never:llm-ranker")
    answers = {name: Answers.of([a_walk("a", [1]), a_walk("b", [2])]) for name in names}

    pairs = {(d.system, d.reference) for d in differences(answers, seed=0)}

    assert pairs == {
        (ADAPTIVE, FIXED),
        (POLICY, FIXED),
        (POLICY, ADAPTIVE),
        ("credence:llm-ranker", "credence:never:llm-ranker"),
    }


def test_a_model_in_every_seat_is_held_against_whoever_ranks_by_a_model() -> None:
    names = ("credence:llm", ADAPTIVE, "credence:llm-ranker")
    answers = {name: Answers.of([a_walk("a", [1]), a_walk("b", [2])]) for name in names}

    pairs = {(d.system, d.reference) for d in differences(answers, seed=0)}

    assert pairs == {("credence:llm", "credence:llm-ranker")}


def test_around_a_change_a_person_is_held_against_their_own_level_before() -> None:
    # Steps 5 and 6 come before the change, 7 to 9 right after it, 10 to 12 later.
    ranks = {"a": [1, 1, 9, 9, 9, 1, 1, 1], "b": [9, 9, 9, 9, 9, 9, 9, 9]}
    answers = Answers.of([a_walk(name, given, splice=6) for name, given in ranks.items()])

    [before] = [level for level in before_change(answers, seed=0) if level.measure == "HR@1"]
    first, second = (one for one in after_change(answers, seed=0) if one.level.measure == "HR@1")

    assert before.value.mean == 0.5
    assert (first.level.first, first.level.last, first.level.value.mean) == (1, 3, 0.0)
    assert (second.level.first, second.level.last, second.level.value.mean) == (4, 6, 0.5)
    assert first.gap is not None
    assert second.gap is not None
    assert (first.gap.mean, second.gap.mean) == (-0.5, 0.0)


def test_after_the_change_is_a_part_of_its_own() -> None:
    ours = [a_walk(name, [9, 9, 1, 1], splice=6) for name in "ab"]
    theirs = [a_walk(name, [9, 9, 9, 9], splice=6) for name in "ab"]

    found_ = differences({ADAPTIVE: Answers.of(ours), NEVER: Answers.of(theirs)}, seed=0)

    hits = {d.part: d.value.mean for d in found_ if d.measure == "HR@1"}
    assert hits == {ALL: 0.5, AFTER_CHANGE: 1.0}


@pytest.mark.parametrize(
    ("ranks", "steps"), [([1] * 3 + [9] * 6, 3), ([9] * 3 + [1] * 6, 6), ([9] * 6 + [1] * 3, 9)]
)
def test_recovery_is_told_in_steps(ranks: list[int], steps: int) -> None:
    answers = Answers.of([a_walk(str(n), [1, 1, *ranks], splice=6) for n in range(12)])

    hits, _ = recovery(answers, seed=0)

    assert (hits.steps, hits.low, hits.high) == (steps, steps, steps)
    assert (hits.not_recovered, hits.looked_at, hits.people) == (0.0, 9, 12)


def test_whoever_never_recovers_is_told_so() -> None:
    answers = Answers.of([a_walk(str(n), [1, 1, *[9] * 6], splice=6) for n in range(12)])

    hits, _ = recovery(answers, seed=0)

    assert (hits.steps, hits.low, hits.high, hits.not_recovered) == (None, None, None, 1.0)


def test_where_some_recover_and_some_do_not_the_interval_is_open() -> None:
    good = [a_walk(f"g{n}", [9, 9, 1, 1, 1], splice=6) for n in range(6)]
    bad = [a_walk(f"b{n}", [1, 1, 9, 9, 9], splice=6) for n in range(6)]

    hits, _ = recovery(Answers.of([*good, *bad]), seed=0)

    assert (hits.steps, hits.low, hits.high) == (3, 3, None)
    assert 0.2 < hits.not_recovered < 0.6


def test_those_whose_story_ends_take_their_level_before_with_them() -> None:
    # The short ones were good before and are bad after; the long ones are as before all along.
    short = [a_walk(f"s{n}", [1, 1, 9, 9, 9], splice=6) for n in range(5)]
    long = [a_walk(f"l{n}", [9, 9, 9, 9, 9, 9, 9, 9], splice=6) for n in range(5)]

    hits, _ = recovery(Answers.of([*short, *long]), seed=0)

    assert hits.steps == 6


def test_steps_that_few_reach_do_not_count_as_recovery() -> None:
    short = [a_walk(f"s{n}", [1, 1, 9, 9, 9], splice=6) for n in range(9)]
    long = [a_walk("l", [1, 1, 9, 9, 9, 1, 1, 1], splice=6)]

    hits, _ = recovery(Answers.of([*short, *long]), seed=0)

    assert (hits.steps, hits.looked_at, hits.not_recovered) == (None, 3, 1.0)


def test_without_a_change_there_is_nothing_to_recover_from() -> None:
    assert recovery(Answers.of([a_walk("a", [1, 2])]), seed=0) == ()


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
def test_recovery_is_the_first_bucket_near_enough(gaps: list[float]) -> None:
    [steps] = first_recovered(np.array([gaps]))

    near = [index for index, gap in enumerate(gaps) if gap >= -0.02]
    assert steps == (3 * (near[0] + 1) if near else math.inf)


def looked(rank: int, unlooked: int, *operations: str) -> Walked:
    step = a_step(rank, looked=operations, unlooked=unlooked)
    return replace(a_walk("a", []), steps=(step,))


def test_a_look_is_told_by_the_operations_it_ran_and_by_those_it_did_not() -> None:
    walked = [
        looked(1, 4, "extraction", "weakening"),
        looked(5, 4, "extraction"),
        looked(2, 2),
        replace(a_walk("b", []), steps=(a_step(1, looked=("weakening",), unlooked=None),)),
    ]

    found_ = {one.operation: one for one in by_operation(walked, seed=0)}

    assert list(found_) == [ANY, "extraction", "weakening"]
    places = {
        name: (one.ran.looks, one.ran.places and one.ran.places.mean, one.skipped.looks)
        for name, one in found_.items()
    }
    assert places == {ANY: (2, 1.0, 1), "extraction": (2, 1.0, 1), "weakening": (1, 3.0, 2)}
    weakening = found_["weakening"].skipped.places
    assert weakening is not None
    assert weakening.mean == -0.5


def test_a_policy_that_never_ran_anything_has_no_operations_to_tell_of() -> None:
    assert by_operation([looked(1, 1)], seed=0) == ()


def test_work_is_a_mean_over_people_and_the_clock_one_over_looks() -> None:
    walked = [a_walk("a", [1, 1], operations=4), a_walk("b", [1, 1], operations=0)]
    study = a_study({ADAPTIVE: walked})

    done = work(walked, study.took[ADAPTIVE])

    assert (done.operations, done.operations_in_all, done.looks) == ({"extraction": 2.0}, 2.0, 2.0)
    assert (done.planner_ms, done.asking_ms, done.failures) == (20.0, 250.0, 0)
    assert work(walked, []).planner_ms is None


def test_a_failure_is_counted() -> None:
    failed = replace(a_walk("a", []), steps=(a_step(10, failure="no ranking", order=()),))

    assert work([failed], []).failures == 1


def test_whatever_does_more_and_is_no_better_is_off_the_frontier() -> None:
    study = a_study(
        {
            FIXED: [a_walk(name, [9], operations=6) for name in "ab"],
            ADAPTIVE: [a_walk(name, [1], operations=3) for name in "ab"],
            NEVER: [a_walk(name, [9]) for name in "ab"],
        }
    )
    figures = found(study)

    on = [(p.system, p.operations, p.on_frontier) for p in figures.frontier if p.measure == "HR@1"]

    assert on == [(NEVER, 0.0, True), (ADAPTIVE, 3.0, True), (FIXED, 6.0, False)]
    assert points(figures.work, {}, measure="HR@1") == ()


def test_what_models_took_is_a_mean_over_people_and_what_they_left_undone_a_sum() -> None:
    took = Spent(calls=3, tokens_in=100, tokens_out=20, cost=0.5, fallbacks=1)
    done = work([a_walk("a", [1], spent=took), a_walk("b", [1])], [])

    assert (done.calls, done.tokens_in, done.tokens_out, done.tokens) == (1.5, 50.0, 10.0, 60.0)
    assert (done.cost, done.fallbacks) == (0.25, 1)
    free = work([a_walk("a", [1], spent=replace(took, cost=0.0))], [])
    assert free.cost == 0.0
    partly = [a_walk("a", [1], spent=took), a_walk("b", [1], spent=replace(took, unpriced=1))]
    assert work(partly, []).cost is None, "what the others cost is not what it cost"
    assert work([a_walk("a", [1])], []).cost == 0.0


def test_tokens_have_a_frontier_of_their_own(tmp_path: Path) -> None:
    spent = Spent(calls=1, tokens_in=90, tokens_out=10, unpriced=1)
    study = a_study(
        {
            POLICY: [a_walk(name, [1], operations=2, spent=spent) for name in "ab"],
            FIXED: [a_walk(name, [2], operations=6) for name in "ab"],
            NEVER: [a_walk(name, [9]) for name in "ab"],
        },
        plumbing_only=True,
    )
    figures = found(study)

    on = {
        p.system: (p.tokens, p.on_frontier, p.on_token_frontier)
        for p in figures.frontier
        if p.measure == "NDCG@5"
    }

    assert on == {
        NEVER: (0.0, True, False),
        POLICY: (100.0, True, True),
        FIXED: (0.0, False, True),
    }
    document, text = as_document(figures), tables(figures)
    [row] = [row for row in document["work"] if row["system"] == POLICY]
    assert (row["calls"], row["tokens_in"], row["tokens_out"], row["cost"]) == (1, 90, 10, None)
    assert document["plumbing_only"]
    assert "mean nothing here" in text
    assert "| 2.0 | 1.0 | 90 | 10 | - | 0 |" in text
    for table in text.split("## ")[1:]:
        cells = {line.count("|") for line in table.splitlines() if line.startswith("|")}
        assert len(cells) <= 1, table


def test_without_models_there_is_no_word_of_tokens() -> None:
    study = a_study({NEVER: [a_walk(name, [9]) for name in "ab"]})

    assert "tokens" not in tables(found(study))
    assert "mean nothing" not in tables(found(study))


def test_the_document_is_plain_json_and_the_same_every_time(tmp_path: Path) -> None:
    study = a_study(
        {name: [a_walk(u, [1, 3, 9, 2, 4], splice=6) for u in "abc"] for name in (ADAPTIVE, NEVER)},
        spliced=True,
    )
    write(found(study), tmp_path)
    first = (tmp_path / "figures.json").read_bytes()
    write(found(study), tmp_path)

    document = json.loads(first)
    assert (tmp_path / "figures.json").read_bytes() == first
    assert document == as_document(found(study))
    assert {row["system"] for row in document["after_change"]} == {ADAPTIVE, NEVER}
    assert document["by_chance"]["HR@1"] == 0.1
    assert "Steps until within 0.02" in (tmp_path / "figures.md").read_text()


def test_an_operation_that_every_look_ran_is_not_told_of_twice() -> None:
    study = a_study(
        {
            FIXED: [looked(1, 4, "extraction", "weakening"), looked(1, 1, "extraction")],
            NEVER: [looked(1, 1), looked(1, 1)],
        }
    )

    table = tables(found(study)).split("## Places")[1]

    assert f"| {FIXED} | any |" in table
    assert f"| {FIXED} | weakening |" in table
    assert "extraction" not in table


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    study = a_study(
        {
            ADAPTIVE: [a_walk("a", [1, 3, 9, 2], splice=6), a_walk("b", [4] * 9, splice=6)],
            NEVER: [a_walk("a", [1, 3, 9, 2], splice=6), a_walk("b", [4] * 9, splice=6)],
        },
        spliced=True,
    )

    for table in tables(found(study)).split("## ")[1:]:
        cells = {line.count("|") for line in table.splitlines() if line.startswith("|")}
        assert len(cells) <= 1, table
