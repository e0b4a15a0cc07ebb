"""Likeness to what an instruction leaves out lowers a candidate, whatever the ranker says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.planner.ranking.avoiding import Avoiding
from credence.planner.ranking.case import RankingCase, Scored, Trace

HORROR, HEISTS, ROMANCE = np.eye(4, dtype=np.float32)[:3]
EVERYTHING = np.ones((2, 1), dtype=bool)
NONE = np.empty((0, 4), dtype=np.float32)
CASE = RankingCase(
    instruction=None,
    candidate_ids=("horror", "heist", "romance"),
    candidates=np.stack([HORROR, HEISTS, ROMANCE]),
    chunks=NONE,
    strengths=np.empty(0),
    confidences=np.empty(0),
    events=NONE,
    event_weights=np.empty(0),
)


class Fond:
    """A ranker that puts horror first, and tells how."""

    name = "fond"

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        shares = np.array([0.8, 0.1, 0.1])[: len(case.candidates)]
        trace = Trace(
            model="fond",
            data=None,
            expert="one",
            weights={"one": 1.0},
            expert_scores=np.log(shares),
            complement_scores=np.log(shares),
            complement_share=0.5,
            alpha=None,
        )
        return Scored(scores=np.tile(np.log(shares), (len(keep), 1)), ranker="fond", trace=trace)


async def test_what_is_not_wanted_falls_below_all_else_in_every_variant() -> None:
    scored = await Avoiding(Fond(), HORROR[None]).score(CASE, EVERYTHING)
    shares = np.exp(scored.scores)

    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert shares[:, 0].max() < 0.01
    assert shares[0, 1] == pytest.approx(shares[0, 2])  # else it is the ranker's order
    assert scored.ranker == "fond"
    assert scored.trace is not None
    assert scored.trace.heeded is not None
    assert scored.trace.heeded[0] < 0 < scored.trace.heeded[1]


async def test_of_several_each_falls() -> None:
    scored = await Avoiding(Fond(), np.stack([HORROR, HEISTS])).score(CASE, EVERYTHING[:1])

    assert int(scored.scores[0].argmax()) == 2
    assert np.exp(scored.scores[0, 2]) > 0.9


async def test_with_nothing_unwanted_or_no_candidates_it_is_the_rankers_own() -> None:
    own = await Fond().score(CASE, EVERYTHING)
    empty = replace(CASE, candidate_ids=(), candidates=NONE)

    assert np.array_equal((await Avoiding(Fond(), NONE).score(CASE, EVERYTHING)).scores, own.scores)
    assert (await Avoiding(Fond(), HORROR[None]).score(empty, EVERYTHING)).scores.shape == (2, 0)
