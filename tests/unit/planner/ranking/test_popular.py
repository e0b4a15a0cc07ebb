from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from credence.planner.ranking.case import RankingCase
from credence.planner.ranking.popular import Popular
from tests.unit.planner.ranking import cases

LIKED = np.array([1000.0, 2.0, 0.0])


def a_case() -> RankingCase:
    """Of three candidates, to somebody who did away with one like the first."""
    horror, heist, romance = cases.unit(1), cases.unit(0, 1), cases.unit(0, 0, 1)
    return RankingCase(
        instruction=None,
        candidate_ids=("horror", "heist", "romance"),
        candidates=np.stack([horror, heist, romance]),
        chunks=cases.unit(1, 0.5)[None],
        strengths=np.array([-0.8]),
        confidences=np.array([0.5]),
        events=np.stack([cases.unit(1, 0, 0.2), romance]),
        event_weights=np.array([-0.8, 0.0]),
    )


async def test_one_more_person_is_one_more_chance() -> None:
    case = replace(a_case(), strengths=np.zeros(1), event_weights=np.zeros(2))

    scored = await Popular(LIKED).score(case, cases.everything(case))

    assert np.exp(scored.scores[0]) == pytest.approx([1001 / 1005, 3 / 1005, 1 / 1005])


async def test_what_is_near_to_a_dislike_falls_behind_what_nobody_chose() -> None:
    case = a_case()

    scores = (await Popular(LIKED).score(case, cases.everything(case))).scores[0]

    assert np.argsort(-scores).tolist() == [1, 2, 0]


@pytest.mark.parametrize("left_out", [0, 1, 2, 3])
async def test_a_variant_is_the_case_without_the_piece(left_out: int) -> None:
    case = a_case()
    keep = cases.everything(case)
    keep[0, left_out] = False
    weights = np.where(keep[0, 1:3], case.event_weights, 0.0)
    without = replace(case, strengths=case.strengths * keep[0, :1], event_weights=weights)

    left = await Popular(LIKED).score(case, keep)
    expected = await Popular(LIKED).score(without, cases.everything(case))

    assert np.allclose(left.scores, expected.scores, atol=1e-12)


async def test_a_dislike_of_everything_still_leaves_chances_to_all() -> None:
    case = cases.a_case(candidates=50, chunks=20, events=15, asked=False)
    case = replace(case, event_weights=-np.ones(15), strengths=-np.ones(20))

    scored = await Popular(np.zeros(50)).score(case, cases.everything(case))

    assert np.isfinite(scored.scores).all()
    assert np.exp(scored.scores).sum() == pytest.approx(1)


async def test_nothing_to_rank_is_no_error() -> None:
    case = cases.a_case(candidates=0, chunks=0, events=0, asked=False)

    assert (await Popular(np.zeros(0)).score(case, cases.everything(case))).scores.shape == (1, 0)
