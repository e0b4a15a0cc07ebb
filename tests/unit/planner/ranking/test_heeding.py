from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.app.routed_ranker import RoutedRanker
from credence.inference.listwise.ranking import RoutedLists
from credence.planner.ranking.case import RankingCase, Scored
from credence.planner.ranking.heeding import Heeding
from credence.planner.ranking.semantic import SemanticRanker
from tests.unit.inference.listwise.made_up import a_bundle
from tests.unit.planner.ranking import cases

HORROR, HEISTS = np.eye(4, dtype=np.float32)[:2]


class Deaf:
    """A ranker to whom all candidates are alike, whatever is believed."""

    name = "deaf"

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        n = len(case.candidates)
        return Scored(scores=np.full((len(keep), n), -np.log(n)), ranker=self.name)


def a_case(*, strength: float = 0.8, chosen: bool = True) -> RankingCase:
    """A horror and a heist to somebody of whom one thing is believed about horror."""
    return RankingCase(
        instruction=None,
        candidate_ids=("horror", "heist"),
        candidates=np.stack([HORROR, HEISTS]),
        chunks=HORROR[None],
        strengths=np.array([strength]),
        confidences=np.array([0.1]),
        events=np.empty((0, 4), dtype=np.float32),
        event_weights=np.empty(0),
        chosen=np.array([chosen]),
    )


async def shares(case: RankingCase, keep: list[list[bool]]) -> NDArray[np.float64]:
    scored = await Heeding(Deaf()).score(case, np.array(keep))
    made: NDArray[np.float64] = np.exp(scored.scores)
    assert made.sum(axis=1) == pytest.approx(1.0)
    return made


async def test_what_a_person_says_they_like_rises_and_what_they_dislike_falls() -> None:
    [liked] = await shares(a_case(strength=0.8), [[True, True]])
    [disliked] = await shares(a_case(strength=-0.8), [[True, True]])

    assert liked[0] > 0.9
    assert disliked[0] < 0.1


async def test_without_the_chunk_the_ranking_is_the_rankers_own() -> None:
    with_it, without_it = await shares(a_case(), [[True, True], [False, True]])

    assert with_it[0] > 0.9
    assert without_it == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("case", [a_case(chosen=False), replace(a_case(), chosen=None)])
async def test_what_was_only_concluded_is_left_to_the_ranker(case: RankingCase) -> None:
    everything = np.ones((1, 2), dtype=bool)
    ranker = SemanticRanker()

    heeded = await Heeding(ranker).score(case, everything)

    assert np.array_equal(heeded.scores, (await ranker.score(case, everything)).scores)
    assert heeded.ranker == ranker.name == Heeding(ranker).name


async def test_what_all_candidates_have_in_common_moves_none() -> None:
    case = replace(a_case(), candidates=np.stack([HORROR, HORROR]))

    [both] = await shares(case, [[True, True]])

    assert both == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("how", ["pinned", "firmly disliked", "liked"])
async def test_a_score_is_what_its_trace_adds_up_to_less_one_number(how: str) -> None:
    case = cases.a_case(candidates=6, heard=True, seed=3)
    strengths = np.full(len(case.chunks), -0.9 if how == "firmly disliked" else 0.9)
    chosen = np.arange(len(case.chunks)) == 0 if how == "pinned" else None
    case = replace(case, chosen=chosen, strengths=strengths)

    scored = await Heeding(RoutedRanker(RoutedLists(a_bundle()))).score(
        case, cases.everything(case)
    )

    trace = scored.trace
    assert trace is not None
    assert (trace.heeded is not None) == (how != "liked")
    heeded = np.zeros(6) if trace.heeded is None else trace.heeded
    apart = scored.scores[0] - (trace.expert_scores + trace.complement_scores + heeded)
    assert apart == pytest.approx([apart[0]] * 6, abs=1e-5)
    assert np.ptp(heeded) > 0.1 or how == "liked"
