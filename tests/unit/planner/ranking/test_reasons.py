"""Causal reasons: changes that ranking without a piece makes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from credence.planner.ranking.reasons import Reason, Source, leave_one_out, reasons
from credence.planner.ranking.semantic import SemanticRanker
from tests.unit.planner.ranking.cases import a_case, unit


def test_the_first_variant_keeps_all_and_each_other_leaves_out_one_piece() -> None:
    keep = leave_one_out(2, 1)

    assert keep.tolist() == [
        [True, True, True, True],
        [False, True, True, True],
        [True, False, True, True],
        [True, True, False, True],
        [True, True, True, False],
    ]


def test_what_others_say_can_be_left_out_of_a_belief_without_pieces() -> None:
    assert leave_one_out(0, 0).tolist() == [[True], [False]]


def test_reasons_are_the_changes_largest_first_and_ties_by_source_and_id() -> None:
    scores = np.array([[-1.0], [-1.5], [-0.5], [-1.5], [-3.0], [-1.5]])

    (found,) = reasons(scores, chunk_ids=[8, 3], event_seqs=[5, 4])

    assert found == (
        Reason(Source.EVENT, 4, 2.0),
        Reason(Source.CHUNK, 3, -0.5),
        Reason(Source.CHUNK, 8, 0.5),
        Reason(Source.EVENT, 5, 0.5),
        Reason(Source.OTHERS, 0, 0.5),
    )


def test_what_changes_nothing_is_no_reason() -> None:
    scores = np.array([[-1.0, -1.0], [-1.0 + 1e-12, -2.0], [-1.0, -1.0]])

    first, second = reasons(scores, chunk_ids=[1], event_seqs=[])

    assert first == ()
    assert second == (Reason(Source.CHUNK, 1, 1.0),)


def test_scores_of_another_belief_are_refused() -> None:
    with pytest.raises(ValueError, match="4 rows"):
        reasons(np.zeros((2, 5)), chunk_ids=[1], event_seqs=[1])


async def test_a_like_speaks_for_a_candidate_and_a_dislike_against_it() -> None:
    near, far = unit(1, 0.1), unit(0, 0, 1)
    case = replace(
        a_case(candidates=2, chunks=2, events=1, asked=False),
        candidates=np.stack([near, far]),
        chunks=np.stack([unit(1, 0.2), unit(1, -0.2)]),
        strengths=np.array([0.7, -0.7]),
        confidences=np.array([0.6, 0.6]),
        events=unit(0, 0, 0, 1)[None],
        event_weights=np.array([0.0]),
    )
    scores = (await SemanticRanker().score(case, leave_one_out(2, 1))).scores

    for_near, _ = reasons(scores, chunk_ids=[11, 12], event_seqs=[1])
    changes = {(reason.source, reason.id): reason.change for reason in for_near}

    assert changes[Source.CHUNK, 11] > 0.05
    assert changes[Source.CHUNK, 12] < -0.05
    assert (Source.EVENT, 1) not in changes  # unlike both candidates: it moved neither


async def test_a_change_is_the_score_less_the_score_without() -> None:
    case = a_case(chunks=3, events=2, heard=True)
    scores = (await SemanticRanker().score(case, leave_one_out(3, 2))).scores
    before = {Source.CHUNK: 0, Source.EVENT: 3, Source.OTHERS: 6}

    found = reasons(scores, chunk_ids=[1, 2, 3], event_seqs=[1, 2])

    for candidate, its_reasons in enumerate(found):
        assert {reason.source for reason in its_reasons} == set(Source)
        for reason in its_reasons:
            row = before[reason.source] + reason.id
            assert reason.change == scores[0, candidate] - scores[row, candidate]


async def test_where_nothing_is_known_of_others_they_are_no_reason() -> None:
    scores = (await SemanticRanker().score(a_case(chunks=1, events=1), leave_one_out(1, 1))).scores

    found = reasons(scores, chunk_ids=[1], event_seqs=[1])

    assert not [r for of_one in found for r in of_one if r.source is Source.OTHERS]
