"""What the audit finds in a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from credence.replay.audit.constant import constant
from credence.replay.audit.evidence import Evidence
from credence.replay.audit.failures import failures
from credence.replay.audit.finding import Finding, Outcome
from credence.replay.audit.prompts import prompts
from credence.replay.audit.read_only import read_only
from credence.replay.audit.rounding import rounding
from credence.replay.audit.same_exam import same_exam
from tests.unit.replay.audit.sittings import (
    MEMORY,
    PLAINEST,
    a_run,
    clean,
    clean_run,
    first_record,
    rewritten,
    write_proof,
)


def test_a_memory_that_was_closed_passes(tmp_path: Path) -> None:
    found = read_only(clean_run(tmp_path))

    assert found.outcome is Outcome.PASSED
    assert MEMORY in found.detail
    assert PLAINEST not in found.detail


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"counts_after": {"chunks": 13}}, "changed: chunks"),
        ({"counts_after": {"chunks": 12, "new": 1}}, "changed: new"),
        ({"counts_before": {}, "counts_after": {}}, "none were counted"),
        ({"versions_after": {"chunks": "8"}}, "written anew: chunks"),
        ({"versions_after": {}}, "written anew: chunks"),
        ({"write_attempt": ""}, "not refused"),
        ({"write_attempt": "23505: duplicate key value"}, "not refused"),
        ({"enforced_by": ""}, "nothing kept"),
    ],
)
def test_a_memory_that_was_open_fails(tmp_path: Path, changes: dict[str, Any], fault: str) -> None:
    evidence = clean_run(tmp_path)
    write_proof(tmp_path, **changes)

    found = read_only(evidence)

    assert found.outcome is Outcome.FAILED
    assert fault in found.detail


def test_a_proof_of_counts_alone_is_told_for_what_it_shows(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    assert "every row is the one it was" in read_only(evidence).detail

    write_proof(tmp_path, versions_before=None, versions_after=None)

    found = read_only(evidence)
    assert found.outcome is Outcome.PASSED
    assert "does not show that none was changed" in found.detail


@pytest.mark.parametrize("proof", [None, "{}", "[]", "{", '{"credence": 3}'])
def test_a_run_without_proof_fails(tmp_path: Path, proof: str | None) -> None:
    evidence = clean_run(tmp_path)
    path = tmp_path / "readonly.json"
    path.unlink()
    if proof is not None:
        path.write_text(proof, encoding="utf-8")

    assert read_only(evidence).outcome is Outcome.FAILED


def test_systems_without_a_memory_have_nothing_to_close(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    assert evidence.run is not None
    plainest = {PLAINEST: evidence.run.records[PLAINEST]}

    found = read_only(replace(evidence, run=a_run(tmp_path, evidence.exam, plainest)))

    assert found.outcome is Outcome.NOT_APPLICABLE


def test_systems_that_sat_the_same_exam_pass(tmp_path: Path) -> None:
    found = same_exam(clean_run(tmp_path))

    assert found.outcome is Outcome.PASSED
    assert "2 systems" in found.detail


def test_a_run_of_another_exam_fails(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    other = clean(seed=1).exam

    assert same_exam(replace(evidence, exam=other)).outcome is Outcome.FAILED


def test_a_system_that_ranked_other_candidates_fails_by_name(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    first = first_record(evidence)
    other = replace(first, order=("not shown", *first.order[1:]))

    found = same_exam(rewritten(evidence, PLAINEST, other))

    assert (found.outcome, found.people) == (Outcome.FAILED, (first.user_id,))
    assert PLAINEST in found.detail
    assert MEMORY not in found.detail


def without_first(evidence: Evidence) -> Evidence:
    assert evidence.run is not None
    fewer = {**evidence.run.records, PLAINEST: evidence.run.records[PLAINEST][1:]}
    return replace(evidence, run=replace(evidence.run, records=fewer))


def test_an_answer_left_out_fails_by_name(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)

    found = same_exam(without_first(evidence))

    assert (found.outcome, found.people) == (Outcome.FAILED, (first_record(evidence).user_id,))


def test_no_failures_pass(tmp_path: Path) -> None:
    assert failures(clean_run(tmp_path)).outcome is Outcome.PASSED


def test_steps_that_built_in_parts_did_for_a_model_are_noted(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    assert evidence.run is not None
    records = dict(evidence.run.records)
    records[MEMORY] = tuple(replace(r, operations={"fallbacks": 2}) for r in records[MEMORY])

    found = failures(replace(evidence, run=replace(evidence.run, records=records)))

    assert found.outcome is Outcome.NOTED
    assert f"{MEMORY} {2 * len(records[MEMORY])}" in found.detail


def test_a_failure_with_the_worst_rank_is_noted_by_name(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    failed = replace(first_record(evidence), failure="late", rank=10, order=(), scores=())

    found = failures(rewritten(evidence, PLAINEST, failed))

    assert (found.outcome, found.people) == (Outcome.NOTED, (failed.user_id,))
    assert f"{PLAINEST} 1" in found.detail


def test_failures_and_steps_of_built_in_parts_are_told_together(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    assert evidence.run is not None
    records = dict(evidence.run.records)
    records[MEMORY] = tuple(replace(r, operations={"fallbacks": 1}) for r in records[MEMORY])
    late = [
        replace(record, failure="late", rank=10, order=(), scores=())
        for record in records[PLAINEST][:2]
    ]
    records[PLAINEST] = (*late, *records[PLAINEST][2:])

    found = failures(replace(evidence, run=replace(evidence.run, records=records)))

    assert found.outcome is Outcome.NOTED
    assert f"worst rank: {PLAINEST} 2;" in found.detail
    assert f"in place of a model: {MEMORY} {len(records[MEMORY])}" in found.detail
    assert set(found.people) == {record.user_id for record in late}


@pytest.mark.parametrize(
    "changes",
    [
        {"failure": "late", "rank": 5, "order": (), "scores": ()},
        {"failure": "late", "rank": 10},
        {"order": (), "scores": ()},
    ],
)
def test_a_failure_that_is_treated_well_fails_by_name(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    evidence = clean_run(tmp_path)
    kind = replace(first_record(evidence), **changes)

    found = failures(rewritten(evidence, PLAINEST, kind))

    assert (found.outcome, found.people) == (Outcome.FAILED, (kind.user_id,))


def test_an_answer_that_was_asked_for_again_fails_by_name(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    assert evidence.run is not None
    (tmp_path / "answers").mkdir()
    lines = [record.line() for record in evidence.run.records[PLAINEST]]
    path = tmp_path / "answers" / f"{PLAINEST}.jsonl"

    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    once = failures(evidence)
    path.write_text("\n".join([*lines, lines[0]]) + "\n", encoding="utf-8")
    twice = failures(evidence)

    assert once.outcome is Outcome.PASSED
    assert (twice.outcome, twice.people) == (Outcome.FAILED, (first_record(evidence).user_id,))


@pytest.mark.parametrize("check", [rounding, constant])
def test_orders_and_ranks_that_follow_from_scores_pass(tmp_path: Path, check: Any) -> None:
    assert check(clean_run(tmp_path)).outcome is Outcome.PASSED


def test_an_order_that_hangs_on_the_last_bits_of_a_score_fails_by_name(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    assert evidence.run is not None
    # two that tie, in the order that the hash does not give, by scores that differ by rounding
    record = first_record(evidence)
    at = next(i for i in range(9) if record.scores[i] == record.scores[i + 1])
    order, scores = list(record.order), list(record.scores)
    order[at], order[at + 1] = order[at + 1], order[at]
    scores[at] += 1e-12

    found = rounding(
        rewritten(evidence, PLAINEST, replace(record, order=tuple(order), scores=tuple(scores)))
    )

    assert (found.outcome, found.people) == (Outcome.FAILED, (record.user_id,))


def test_a_rank_that_counts_only_strictly_higher_scores_fails_by_name(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    assert evidence.run is not None
    kind = {}
    for record, paper in zip(evidence.run.records[PLAINEST], evidence.exam.papers, strict=True):
        own = record.scores[record.order.index(paper.target)]
        strict = 1 + sum(score > own for score in record.scores)
        kind[record.user_id] = replace(record, rank=strict)
    tied = {u for u, record in kind.items() if record.rank != first_rank(evidence, u)}
    records = {**evidence.run.records, PLAINEST: tuple(kind.values())}

    found = constant(replace(evidence, run=replace(evidence.run, records=records)))

    assert found.outcome is Outcome.FAILED
    assert set(found.people) == tied
    assert tied


def first_rank(evidence: Evidence, user_id: str) -> int:
    assert evidence.run is not None
    return next(r.rank for r in evidence.run.records[PLAINEST] if r.user_id == user_id)


@pytest.mark.parametrize("check", [read_only, failures, prompts, rounding])
def test_checks_of_a_run_have_no_place_without_one(check: Any) -> None:
    assert check(clean()).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("check", [rounding, constant])
def test_answers_in_front_of_an_order_of_its_own_pass(
    check: Callable[[Evidence], Finding], tmp_path: Path
) -> None:
    evidence = clean_run(tmp_path, clean(order_seed=5))
    assert check(evidence).outcome is Outcome.PASSED

    same = replace(evidence, exam=replace(evidence.exam, order_seed=None))
    assert check(same).outcome is Outcome.FAILED
