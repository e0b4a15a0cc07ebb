"""A ranker elsewhere and its stand-in, with the process played by the test."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import numpy as np
import pytest

from credence.app.breaker import Breaker
from credence.app.ranker_service.connection import CaseRefused, NotAnswered
from credence.app.remote_ranker import RemoteRanker
from credence.app.routed_ranker import RoutedRanker
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists, RoutedLists
from credence.planner.ranking.case import Scored
from credence.planner.ranking.reasons import leave_one_out
from tests.unit.app.clock import Clock
from tests.unit.inference.listwise.made_up import a_bundle
from tests.unit.planner.ranking.cases import a_case, everything

CASE = a_case(heard=True)


class Elsewhere:
    """The model itself, or what is wrong with it today."""

    def __init__(self) -> None:
        self.wrong: BaseException | None = None
        self.asked = 0
        self._model = RoutedLists(a_bundle())

    async def rank(self, case: ListCase) -> RankedLists:
        self.asked += 1
        if self.wrong is not None:
            raise self.wrong
        return self._model.rank(case)


class World:
    def __init__(self) -> None:
        self.elsewhere, self.clock = Elsewhere(), Clock()
        self.local = RoutedRanker(RoutedLists(a_bundle()))
        self.ranker = RemoteRanker(
            self.elsewhere,
            stand_in=self.local,
            breaker=Breaker(failures=3, pause=5, clock=self.clock),
        )

    async def score(self) -> Scored:
        return await self.ranker.score(CASE, everything(CASE))


@pytest.mark.parametrize("heard", [True, False])
async def test_it_says_what_the_model_in_process_says(*, heard: bool) -> None:
    world = World()
    case = a_case(heard=heard)
    keep = leave_one_out(len(case.chunks), len(case.events))

    ours, theirs = await world.ranker.score(case, keep), await world.local.score(case, keep)

    np.testing.assert_allclose(ours.scores, theirs.scores, rtol=0, atol=1e-6)
    assert ours.trace is not None
    assert theirs.trace is not None
    assert ours.trace.expert == theirs.trace.expert
    assert (ours.ranker, ours.degraded) == ("routed-7", False)
    assert world.elsewhere.asked == 2  # with what others say, and without


async def test_the_stand_in_answers_and_says_so() -> None:
    world = World()
    world.elsewhere.wrong = NotAnswered("it was late")

    scored = await world.score()

    local = await world.local.score(CASE, everything(CASE))
    np.testing.assert_array_equal(scored.scores, local.scores)
    assert scored.degraded


async def test_what_keeps_failing_is_left_alone_then_tried_then_used() -> None:
    world = World()
    world.elsewhere.wrong = NotAnswered("ConnectError")
    for _ in range(10):
        assert (await world.score()).degraded
    assert world.elsewhere.asked == 3

    world.clock.now += 5
    assert (await world.score()).degraded
    assert (await world.score()).degraded
    assert world.elsewhere.asked == 4

    world.clock.now += 5
    world.elsewhere.wrong = None
    assert not (await world.score()).degraded
    assert not (await world.score()).degraded
    assert world.elsewhere.asked == 6


async def test_lists_that_are_refused_do_not_count_against_the_process() -> None:
    world = World()
    world.elsewhere.wrong = CaseRefused("it refused the list")
    for _ in range(10):
        assert (await world.score()).degraded

    world.elsewhere.wrong = None
    assert not (await world.score()).degraded


async def test_a_process_that_refuses_the_list_that_tries_is_well(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    world.elsewhere.wrong = NotAnswered("ConnectError")
    for _ in range(3):
        await world.score()
    world.clock.now += 5
    world.elsewhere.wrong = CaseRefused("it refused the list")

    with caplog.at_level(logging.WARNING):
        assert (await world.score()).degraded

    assert world.ranker.state == "closed"
    assert caplog.messages[-1] == "the ranker process answers again"


async def test_a_request_that_is_given_up_while_it_tries_lets_another_try_later() -> None:
    world = World()
    world.elsewhere.wrong = NotAnswered("ConnectError")
    for _ in range(3):
        await world.score()
    world.clock.now += 5
    world.elsewhere.wrong = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await world.score()

    world.elsewhere.wrong = None
    assert (await world.score()).degraded
    world.clock.now += 5
    assert not (await world.score()).degraded


async def test_a_list_too_large_to_send_is_ranked_in_process() -> None:
    world = World()
    case = a_case(candidates=10_001, chunks=0, events=0)

    assert (await world.ranker.score(case, everything(case))).degraded
    assert world.elsewhere.asked == 0


async def test_nothing_is_ranked_without_asking_anybody() -> None:
    world = World()
    case = replace(a_case(candidates=0), candidate_ids=())

    scored = await world.ranker.score(case, everything(case))

    assert scored.scores.shape == (1, 0)
    assert world.elsewhere.asked == 0


async def test_the_wrong_number_of_pieces_is_refused() -> None:
    with pytest.raises(ValueError, match="columns"):
        await World().ranker.score(CASE, np.ones((1, 2), dtype=np.bool_))


async def test_the_log_says_what_happened_and_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.elsewhere.wrong = NotAnswered("status 503")
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            await world.score()
        world.clock.now += 5
        world.elsewhere.wrong = None
        await world.score()

    said = [record.getMessage() for record in caplog.records]
    answers = "the model in process answers for the ranker process: status 503"
    assert said == [
        answers,
        answers,
        f"{answers}; it is left alone for a while",
        "the ranker process answers again",
    ]
