"""The semantic ranker on cases with a known answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.planner.ranking.case import Matrix, RankingCase
from credence.planner.ranking.reasons import leave_one_out
from credence.planner.ranking.semantic import SemanticRanker
from tests.unit.planner.ranking.cases import a_case, everything, unit

EAST, NORTH = unit(1, 0), unit(0, 1)


async def scored(case: RankingCase) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = (await SemanticRanker().score(case, everything(case))).scores[0]
    return scores


def between_east_and_north() -> RankingCase:
    """Two candidates, nothing known of the person."""
    case = a_case(candidates=2, chunks=0, events=0, asked=False)
    return replace(case, candidates=np.stack([EAST, NORTH]))


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(("chunks", "events"), [(0, 0), (5, 0), (0, 5), (7, 4)])
async def test_each_variant_is_a_distribution_over_the_list(
    asked: bool, chunks: int, events: int, heard: bool
) -> None:
    case = a_case(chunks=chunks, events=events, asked=asked, heard=heard)

    scores = (await SemanticRanker().score(case, leave_one_out(chunks, events))).scores

    assert scores.shape == (2 + chunks + events, 6)
    assert np.exp(scores).sum(axis=1) == pytest.approx(1)


async def test_a_list_is_uniform_where_nothing_is_known_and_nothing_asked() -> None:
    case = a_case(candidates=5, chunks=0, events=0, asked=False)

    assert await scored(case) == pytest.approx(np.log(1 / 5))


async def test_a_variant_that_keeps_nothing_scores_as_if_nothing_were_known() -> None:
    case = a_case(asked=False, heard=True)

    scores = (await SemanticRanker().score(case, ~everything(case))).scores

    assert scores == pytest.approx(np.log(1 / 6))


async def test_leaving_a_chunk_out_equals_ranking_a_belief_that_never_had_it() -> None:
    case = a_case(chunks=4, events=3, heard=True)
    scores = (await SemanticRanker().score(case, leave_one_out(4, 3))).scores

    for chunk in range(4):
        without = replace(
            case,
            chunks=np.delete(case.chunks, chunk, axis=0),
            strengths=np.delete(case.strengths, chunk),
            confidences=np.delete(case.confidences, chunk),
        )
        assert scores[1 + chunk] == pytest.approx(await scored(without))


async def test_leaving_the_oldest_event_out_equals_an_event_memory_that_never_had_it() -> None:
    case = replace(a_case(chunks=2, events=3, asked=False))
    scores = (await SemanticRanker().score(case, leave_one_out(2, 3))).scores

    without = replace(case, events=case.events[:-1], event_weights=case.event_weights[:-1])

    assert scores[-2] == pytest.approx(await scored(without))


async def test_the_instruction_puts_what_it_names_first() -> None:
    case = replace(between_east_and_north(), instruction=NORTH)

    east, north = await scored(case)

    assert north > east


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(("strength", "sign"), [(0.8, 1), (-0.8, -1)])
async def test_a_liked_topic_raises_what_is_like_it_and_a_disliked_one_lowers_it(
    strength: float, sign: int, asked: bool
) -> None:
    case = replace(
        between_east_and_north(),
        instruction=unit(1, 1) if asked else None,
        chunks=NORTH[None],
        strengths=np.array([strength]),
        confidences=np.array([0.6]),
    )

    east, north = await scored(case)

    assert (north - east) * sign > 0.1


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(("weight", "sign"), [(1.0, 1), (0.05, 1), (-0.8, -1)])
async def test_an_item_taken_raises_its_like_and_a_disliked_one_lowers_it(
    weight: float, sign: int, asked: bool
) -> None:
    case = replace(
        between_east_and_north(),
        instruction=unit(1, 1) if asked else None,
        events=NORTH[None],
        event_weights=np.array([weight]),
    )

    east, north = await scored(case)

    assert (north - east) * sign > 0.1


async def test_a_newer_event_counts_more_than_an_older_one() -> None:
    case = replace(
        between_east_and_north(),
        events=np.stack([NORTH, EAST]),
        event_weights=np.array([0.6, 0.6]),
    )

    east, north = await scored(case)

    assert north > east


async def test_likeness_of_items_is_measured_from_the_centre_of_the_catalogue() -> None:
    case = a_case(chunks=0, events=4, asked=False)
    centre = unit(1, 2, 3) * np.float32(0.3)

    def seen_from_there(rows: Matrix) -> Matrix:
        moved = rows - centre
        unit_rows: Matrix = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        return unit_rows

    moved = replace(
        case, candidates=seen_from_there(case.candidates), events=seen_from_there(case.events)
    )

    assert await scored(replace(case, centre=centre)) == pytest.approx(
        await scored(moved), abs=1e-5
    )
    assert await scored(replace(case, centre=centre)) != pytest.approx(await scored(case), abs=1e-2)


async def test_an_item_at_the_very_centre_is_like_nothing() -> None:
    case = replace(
        between_east_and_north(), events=EAST[None], event_weights=np.array([1.0]), centre=EAST
    )

    assert await scored(case) == pytest.approx(np.log(1 / 2))


async def test_the_order_of_candidates_makes_no_difference() -> None:
    case = a_case(candidates=7)
    turned = np.array([3, 0, 6, 2, 5, 1, 4])
    moved = replace(
        case,
        candidates=case.candidates[turned],
        candidate_ids=tuple(case.candidate_ids[index] for index in turned),
    )

    assert await scored(moved) == pytest.approx((await scored(case))[turned])


async def test_an_empty_list_stays_empty() -> None:
    case = a_case(candidates=0, heard=True)

    assert (await SemanticRanker().score(case, everything(case))).scores.shape == (1, 0)


async def test_a_keep_matrix_of_another_belief_is_refused() -> None:
    with pytest.raises(ValueError, match="8 columns"):
        await SemanticRanker().score(a_case(chunks=4, events=3), leave_one_out(4, 4))


def test_the_name_carries_the_version_of_the_weights() -> None:
    assert SemanticRanker().name.startswith("semantic-")
