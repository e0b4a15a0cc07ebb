"""Dislikes that were concluded: how they lower what is about them, and what they leave alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.app.routed_ranker import RoutedRanker
from credence.inference.listwise.ranking import RoutedLists
from credence.planner.ranking.case import RankingCase, Scored
from credence.planner.ranking.heeding import Heeding
from credence.planner.ranking.reasons import leave_one_out
from credence.planner.ranking.semantic import SemanticRanker
from tests.unit.inference.listwise.made_up import a_bundle
from tests.unit.planner.ranking import cases

HORROR, HEISTS, ROMANCE = np.eye(4, dtype=np.float32)[:3]
LIFT = 3.0  # nats that an event gives what is like its item, whatever was thought of it


@dataclass
class Drawn:
    """A ranker that takes every event for a sign of what comes next, and hears of no chunk."""

    asked: list[NDArray[np.bool_]] = field(default_factory=list)

    name = "drawn"

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        self.asked.append(keep)
        kept = keep[:, len(case.chunks) : -1].astype(np.float64)
        logits = LIFT * kept @ (case.events @ case.candidates.T).astype(np.float64)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return Scored(scores=logits, ranker=self.name)


def a_case(*, strength: float = -0.8, liked: float = -1.0, chosen: bool = False) -> RankingCase:
    """A horror, a heist and a romance to somebody who dealt with one horror."""
    return RankingCase(
        instruction=None,
        candidate_ids=("heist", "horror", "romance"),
        candidates=np.stack([HEISTS, HORROR, ROMANCE]),
        chunks=HORROR[None],
        strengths=np.array([strength]),
        confidences=np.array([0.6]),
        events=HORROR[None],
        event_weights=np.array([liked]),
        chosen=np.array([chosen]),
    )


async def scores(case: RankingCase) -> NDArray[np.float64]:
    """Of the variants of `leave_one_out`: everything, no chunk, no event, no others."""
    scored = await Heeding(Drawn()).score(case, leave_one_out(1, 1))
    assert np.exp(scored.scores).sum(axis=1) == pytest.approx(1.0)
    return scored.scores


async def alone(case: RankingCase) -> NDArray[np.float64]:
    return (await Drawn().score(case, leave_one_out(1, 1))).scores


async def test_events_that_were_disliked_lift_nothing_that_is_about_the_dislike() -> None:
    before, [after, *_] = (await alone(a_case()))[0], await scores(a_case())

    assert before.argmax() == 1
    assert before[1] - before[0] == pytest.approx(LIFT)
    assert after == pytest.approx(np.log([1 / 3] * 3))


async def test_an_event_that_was_liked_lifts_it_still() -> None:
    [held, *_] = await scores(a_case(liked=1.0))

    assert held == pytest.approx((await alone(a_case()))[0])


async def test_the_rest_of_the_list_keeps_its_order_and_its_distances() -> None:
    case = replace(a_case(), events=(HORROR + 0.5 * HEISTS)[None])
    before, [after, *_] = (await alone(case))[0], await scores(case)

    assert after[1] == pytest.approx((after[0] + after[2]) / 2, abs=1e-5)
    assert after[0] - after[2] == pytest.approx(before[0] - before[2], abs=1e-5)


async def test_without_the_chunk_the_list_is_the_rankers_own() -> None:
    [held, without, _, _], own = await scores(a_case()), await alone(a_case())

    assert without == pytest.approx(own[1])
    assert held[1] - without[1] < -LIFT / 3


async def test_no_reason_says_that_a_disliked_event_raised_what_is_firmly_disliked() -> None:
    held, _, without_event, _ = await scores(a_case())

    assert held[1] - without_event[1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("strength", [-0.3, -0.1, 0.0, 0.9])
async def test_without_a_firm_dislike_scores_are_the_rankers_own_to_the_bit(
    strength: float,
) -> None:
    case, ranker = a_case(strength=strength), Drawn()

    scored = await Heeding(ranker).score(case, leave_one_out(1, 1))

    assert np.array_equal(scored.scores, await alone(case))
    assert [len(keep) for keep in ranker.asked] == [4]


async def test_where_no_candidate_is_about_it_scores_are_the_rankers_own_to_the_bit() -> None:
    case = replace(a_case(), candidates=np.stack([HEISTS, ROMANCE, np.eye(4)[3]]).astype("f4"))
    ranker = Drawn()

    scored = await Heeding(ranker).score(case, leave_one_out(1, 1))

    assert np.array_equal(scored.scores, await alone(case))
    assert [len(keep) for keep in ranker.asked] == [4]


async def test_where_nothing_was_disliked_of_late_scores_are_the_rankers_own_to_the_bit() -> None:
    case, ranker = a_case(liked=0.5), Drawn()

    scored = await Heeding(ranker).score(case, leave_one_out(1, 1))

    assert np.array_equal(scored.scores, await alone(case))
    assert [len(keep) for keep in ranker.asked] == [4]


async def test_what_was_concluded_may_be_left_to_the_ranker() -> None:
    heeding = Heeding(Drawn(), dislikes=None)

    scored = await heeding.score(a_case(), leave_one_out(1, 1))

    assert np.array_equal(scored.scores, await alone(a_case()))


async def test_the_firmer_a_dislike_the_lower_what_is_about_it() -> None:
    places = [(await scores(a_case(strength=s)))[0, 1] for s in (-0.3, -0.32, -0.36, -0.4, -0.9)]

    assert places[0] > places[1] > places[2] > places[3] == pytest.approx(places[4])


@pytest.mark.parametrize("strength", [-0.2, -0.5, -0.9])
async def test_to_pin_a_dislike_never_raises_what_it_is_about(strength: float) -> None:
    concluded = (await scores(a_case(strength=strength)))[0]
    pinned = (await scores(a_case(strength=strength, chosen=True)))[0]

    assert pinned[1] < concluded[1]


async def test_the_ranker_is_asked_once_and_for_no_variant_twice_without_what_was_disliked() -> (
    None
):
    ranker = Drawn()

    await Heeding(ranker).score(a_case(), leave_one_out(1, 1))

    [keep] = ranker.asked
    assert len(keep) == 4 + 3  # with the event left out all, no chunk, no others


@pytest.mark.parametrize("seed", range(20))
async def test_a_concluded_dislike_adds_to_nothing(seed: int) -> None:
    case = cases.a_case(candidates=8, chunks=5, events=4, heard=True, seed=seed)
    ranker = RoutedRanker(RoutedLists(a_bundle()))

    scored = await Heeding(ranker).score(case, cases.everything(case))

    assert scored.trace is not None
    if (case.strengths > -0.3).all():
        assert scored.trace.heeded is None
    if scored.trace.heeded is not None:
        assert scored.trace.heeded.max() <= 0


async def test_a_list_of_one_and_an_empty_list_are_heeded_too() -> None:
    one = replace(a_case(), candidate_ids=("horror",), candidates=HORROR[None])
    none = replace(a_case(), candidate_ids=(), candidates=np.empty((0, 4), dtype=np.float32))

    assert (await scores(one)) == pytest.approx(np.zeros((4, 1)))
    assert (await Heeding(SemanticRanker()).score(none, leave_one_out(1, 1))).scores.size == 0
