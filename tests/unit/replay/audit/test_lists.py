"""What the audit finds in an exam alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from credence.replay.audit.clean_lists import clean_lists
from credence.replay.audit.constant import constant
from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Outcome
from credence.replay.audit.hard_lists import hard_lists
from credence.replay.audit.order import order
from credence.replay.audit.same_exam import same_exam
from credence.replay.audit.sample import sample
from credence.replay.exam.freeze import shown_order
from credence.replay.exam.paper import Negatives, Paper
from credence.replay.people import Interaction
from credence.replay.split import Half, half
from tests.unit.replay.audit.sittings import DOMAIN, a_run, clean, clean_run, doctored

CLEAN = clean()
FIRST = CLEAN.exam.papers[0]
TAKEN = CLEAN.people[FIRST.user_id].history[0].item_id
STRANGE = next(
    item.item_id for item in DOMAIN.items if item.item_id not in {*FIRST.candidates, TAKEN}
)


def put(item_id: str, at: str) -> tuple[str, ...]:
    """The first list with one item for another."""
    return tuple(item_id if candidate == at else candidate for candidate in FIRST.candidates)


NEGATIVE = next(item_id for item_id in FIRST.candidates if item_id != FIRST.target)


def test_a_frozen_exam_of_this_data_passes() -> None:
    assert same_exam(CLEAN).outcome is Outcome.PASSED


def test_an_exam_of_other_data_fails() -> None:
    found = same_exam(replace(CLEAN, domain=replace(DOMAIN, items=DOMAIN.items[:-1])))

    assert (found.outcome, found.people) == (Outcome.FAILED, ())
    assert "data" in found.detail


def test_a_person_with_another_target_fails_by_name() -> None:
    found = same_exam(doctored(CLEAN, replace(FIRST, target=NEGATIVE)))

    assert (found.outcome, found.people) == (Outcome.FAILED, (FIRST.user_id,))


def test_clean_lists_pass() -> None:
    assert clean_lists(CLEAN).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("candidates", "target", "fault"),
    [
        (put(TAKEN, NEGATIVE), FIRST.target, "in the history"),
        (put(TAKEN, FIRST.target), TAKEN, "target is in the history"),
        (put(STRANGE, FIRST.target), FIRST.target, "not there exactly once"),
        ((*FIRST.candidates[:-1], FIRST.candidates[0]), FIRST.target, "twice"),
        (put("no such item", NEGATIVE), FIRST.target, "no item"),
    ],
)
def test_a_list_that_is_not_clean_fails_by_name(
    candidates: tuple[str, ...], target: str, fault: str
) -> None:
    found = clean_lists(doctored(CLEAN, replace(FIRST, candidates=candidates, target=target)))

    assert (found.outcome, found.people) == (Outcome.FAILED, (FIRST.user_id,))
    assert fault in found.detail


def _taking(taken: frozenset[str] | None) -> Evidence:
    """The first person took these."""
    people = tuple(
        replace(p, taken=taken) if p.user_id == FIRST.user_id else p for p in DOMAIN.people
    )
    return replace(CLEAN, domain=replace(DOMAIN, people=people))


def test_a_candidate_that_was_taken_later_fails_by_name() -> None:
    found = clean_lists(_taking(frozenset({NEGATIVE})))

    assert (found.outcome, found.people) == (Outcome.FAILED, (FIRST.user_id,))
    assert "taken later" in found.detail


def test_data_that_does_not_say_what_came_later_is_told() -> None:
    found = clean_lists(_taking(None))

    assert found.outcome is Outcome.NOTED
    assert "does not say of 1 people what they took after" in found.detail


def test_a_target_among_the_donors_fails_by_name() -> None:
    told = Interaction(item_id=FIRST.target, rating=5.0, review="", timestamp=None)
    donors = {**CLEAN.donors, FIRST.user_id: (*CLEAN.donors[FIRST.user_id], told)}

    found = clean_lists(replace(CLEAN, donors=donors))

    assert (found.outcome, found.people) == (Outcome.FAILED, (FIRST.user_id,))
    assert "donors" in found.detail


def test_somebody_of_the_training_half_fails_by_name() -> None:
    learnt = next(p for p in DOMAIN.people if half(DOMAIN.name, p.user_id) is Half.TRAIN)
    paper = replace(
        FIRST, user_id=learnt.user_id, candidates=learnt.candidates, target=learnt.target
    )

    found = clean_lists(doctored(CLEAN, paper))

    assert (found.outcome, found.people) == (Outcome.FAILED, (learnt.user_id,))


def test_candidates_in_seeded_order_pass() -> None:
    found = order(CLEAN)

    assert found.outcome is Outcome.PASSED
    assert "chi-square p" in found.detail


def test_candidates_in_the_order_of_a_seed_of_its_own_pass() -> None:
    exam = clean(order_seed=5).exam
    assert exam.papers != CLEAN.exam.papers

    assert order(replace(CLEAN, exam=exam)).outcome is Outcome.PASSED
    assert order(replace(CLEAN, exam=replace(exam, order_seed=6))).outcome is Outcome.FAILED


def test_candidates_in_any_other_order_fail_by_name() -> None:
    found = order(doctored(CLEAN, replace(FIRST, candidates=FIRST.candidates[::-1])))

    assert (found.outcome, found.people) == (Outcome.FAILED, (FIRST.user_id,))


def test_targets_that_always_stand_first_fail_though_the_order_is_seeded() -> None:
    papers = tuple(replace(p, target=p.candidates[0]) for p in CLEAN.exam.papers)

    found = order(replace(CLEAN, exam=replace(CLEAN.exam, papers=papers)))

    assert found.outcome is Outcome.FAILED
    assert "evenly" in found.detail


def test_an_order_that_ignores_the_seed_fails() -> None:
    def always_alike(candidates: Iterable[str], *, user_id: str, seed: int) -> tuple[str, ...]:
        return shown_order(candidates, user_id=user_id, seed=0)

    found = order(CLEAN, always_alike)

    assert found.outcome is Outcome.FAILED
    assert len(found.people) == len(CLEAN.exam.papers)


def test_a_small_sample_is_noted_with_its_half_width() -> None:
    few = replace(CLEAN, exam=replace(CLEAN.exam, papers=CLEAN.exam.papers[:100]))

    found = sample(few)

    assert found.outcome is Outcome.NOTED
    assert "9.8 points" in found.detail


@pytest.mark.parametrize(
    ("people", "outcome"), [(384, Outcome.NOTED), (385, Outcome.PASSED), (0, Outcome.FAILED)]
)
def test_a_sample_is_large_enough_from_a_half_width_of_five_points(
    people: int, outcome: Outcome
) -> None:
    papers = tuple(replace(FIRST, user_id=f"u{n}") for n in range(people))

    assert sample(replace(CLEAN, exam=replace(CLEAN.exam, papers=papers))).outcome is outcome


def test_a_person_counted_twice_fails_by_name() -> None:
    found = sample(replace(CLEAN, exam=replace(CLEAN.exam, papers=(FIRST, FIRST))))

    assert (found.outcome, found.people) == (Outcome.FAILED, (FIRST.user_id,))


@pytest.mark.parametrize(
    ("negatives", "outcome"),
    [
        (Negatives.RELEASED, Outcome.NOTED),
        (Negatives.RANDOM, Outcome.NOTED),
        (Negatives.POPULARITY, Outcome.PASSED),
        (Negatives.NEAR, Outcome.PASSED),
    ],
)
def test_the_kind_of_negatives_is_named_and_random_ones_noted(
    negatives: Negatives, outcome: Outcome
) -> None:
    found = hard_lists(clean(negatives))

    assert found.outcome is outcome
    assert negatives.value in found.detail


@pytest.mark.parametrize("negatives", [Negatives.RELEASED, Negatives.RANDOM, Negatives.POPULARITY])
def test_a_list_of_another_kind_than_it_is_called_fails_by_name(negatives: Negatives) -> None:
    evidence = clean(negatives)
    first = evidence.exam.papers[0]
    spare = next(
        item.item_id
        for item in DOMAIN.items
        if item.item_id not in first.candidates
        and item.item_id not in {d.item_id for d in evidence.people[first.user_id].history}
    )
    others = tuple(i for i in first.candidates if i != first.target)

    swapped = replace(first, candidates=(first.target, spare, *others[1:]))
    found = hard_lists(doctored(evidence, swapped))

    assert (found.outcome, found.people) == (Outcome.FAILED, (first.user_id,))


def test_a_few_near_lists_may_differ_from_machine_to_machine_and_many_may_not() -> None:
    evidence = clean(Negatives.NEAR)
    others = clean(Negatives.RANDOM).exam.papers
    mixed = [
        replace(evidence, exam=replace(evidence.exam, papers=others[:n] + evidence.exam.papers[n:]))
        for n in (3, 30)
    ]

    assert [hard_lists(one).outcome for one in mixed] == [Outcome.NOTED, Outcome.FAILED]


def test_near_lists_without_vectors_are_taken_as_they_are() -> None:
    found = hard_lists(replace(clean(Negatives.NEAR), plain=None))

    assert found.outcome is Outcome.PASSED
    assert "not drawn again" in found.detail


def test_matched_lists_that_the_data_does_not_have_fail() -> None:
    exam = replace(CLEAN.exam, negatives=Negatives.RELEASED_MATCHED)

    assert hard_lists(replace(CLEAN, exam=exam)).outcome is Outcome.FAILED


def test_a_run_that_calls_its_negatives_otherwise_fails(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    other = replace(evidence.exam, negatives=Negatives.NEAR)

    found = hard_lists(replace(evidence, run=a_run(tmp_path, other, {})))

    assert found.outcome is Outcome.FAILED


def test_a_constant_score_is_as_good_as_chance() -> None:
    found = constant(CLEAN)

    assert found.outcome is Outcome.PASSED
    assert "chance is 0.100" in found.detail


def test_ties_in_favour_of_the_target_fail() -> None:
    def favouring(scores: np.ndarray, candidates: object, target: object, **_: object) -> int:
        return 1

    found = constant(CLEAN, favouring)

    assert found.outcome is Outcome.FAILED
    assert "HR@1 1.000" in found.detail


def test_targets_of_long_lists_are_looked_for_by_tenths() -> None:
    rng = np.random.default_rng(3)
    sizes = [int(size) for size in rng.integers(400, 9_000, 120)]
    papers = [
        Paper(
            user_id=f"u{n}",
            candidates=shown_order([f"i{i}" for i in range(size)], user_id=f"u{n}", seed=0),
            target="i0",
        )
        for n, size in enumerate(sizes)
    ]
    even = replace(CLEAN, exam=replace(CLEAN.exam, papers=tuple(papers), order_seed=0))
    early = [replace(p, target=p.candidates[len(p.candidates) // 12]) for p in papers]
    uneven = replace(CLEAN, exam=replace(CLEAN.exam, papers=tuple(early), order_seed=0))

    assert order(even).outcome is Outcome.PASSED
    found = order(uneven)
    assert found.outcome is Outcome.FAILED
    assert "do not stand evenly" in found.detail
