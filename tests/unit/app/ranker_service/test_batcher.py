"""How requests go together in passes, with a model whose passes end when the test says so."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pytest

from credence.app.ranker_service.batcher import Batcher, NotRanked, Pace, PassFailed
from credence.app.ranker_service.figures import Figures
from credence.inference.errors import NoAnswer
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists, Route
from tests.unit.app.clock import Clock
from tests.unit.inference.listwise.made_up import a_list

ONE, OTHER = a_list(candidates=2), a_list(candidates=3)  # of two kinds that do not go together


def an_answer(case: ListCase) -> RankedLists:
    size = len(case.candidates)
    logs = np.full((1, size), -np.log(size))
    route = Route(
        model="7",
        data=None,
        expert="only",
        weights={"only": 1.0},
        expert_logs=logs[0],
        complement_logs=logs[0],
        complement_share=0.0,
        alpha=None,
    )
    return RankedLists(logs=logs, route=route)


class Alike:
    """Lists of one length."""

    def __init__(self) -> None:
        self._length: int | None = None

    def takes(self, case: ListCase) -> bool:
        self._length = self._length or len(case.candidates)
        return self._length == len(case.candidates)


class Gated:
    """Lists of one length go together; a pass waits until it is let through."""

    version, dimension = "7", 16

    def __init__(self) -> None:
        self.passes: list[list[ListCase]] = []
        self.gate = threading.Semaphore(0)
        self.wrong: Exception | None = None

    def gathering(self) -> Alike:
        return Alike()

    def rank_many(self, cases: Sequence[ListCase]) -> list[RankedLists | NoAnswer]:
        self.passes.append(list(cases))
        assert self.gate.acquire(timeout=30)
        if self.wrong is not None:
            raise self.wrong
        return [an_answer(case) for case in cases]

    def warm_up(self) -> None: ...

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Of each pass: length of its lists, and how many they were."""
        return [(len(cases[0].candidates), len(cases)) for cases in self.passes]


class World:
    """A batcher and who asks it."""

    def __init__(self, pace: Pace) -> None:
        self.model, self.clock, self.figures = Gated(), Clock(), Figures()
        self.batcher = Batcher(self.model, pace=pace, figures=self.figures, clock=self.clock)
        self.asked: list[asyncio.Task[RankedLists]] = []

    async def ask(self, *cases: ListCase, within: float = 60) -> list[asyncio.Task[RankedLists]]:
        """These requests in this order, all of them in the queue or already in a pass."""
        deadline = self.clock.now + within
        tasks = [asyncio.create_task(self.batcher.rank(case, deadline=deadline)) for case in cases]
        self.asked += tasks
        await asyncio.sleep(0)
        return tasks

    async def in_pass(self, number: int) -> None:
        """Until so many passes began."""
        while len(self.model.passes) < number:  # noqa: ASYNC110  a thread counts them
            await asyncio.sleep(0.001)

    def let(self, passes: int) -> None:
        for _ in range(passes):
            self.model.gate.release()

    def counted(self, line: str) -> bool:
        return line in self.figures.exposition().decode().splitlines()


@asynccontextmanager
async def a_world(pace: Pace | None = None) -> AsyncIterator[World]:
    world = World(pace or Pace(largest=4, wait_seconds=0, queue=100))
    task = asyncio.create_task(world.batcher.serve())
    try:
        yield world
    finally:
        world.let(100)
        for each in (task, *world.asked):  # else they would be late in another test's time
            each.cancel()
        await asyncio.gather(task, *world.asked, return_exceptions=True)
        world.batcher.close()


async def test_what_arrives_during_a_pass_goes_together_in_the_next() -> None:
    async with a_world() as world:
        asked = await world.ask(ONE)
        await world.in_pass(1)
        asked += await world.ask(ONE, ONE, ONE)
        world.let(2)
        await asyncio.gather(*asked)

        assert world.model.sizes == [(2, 1), (2, 3)]
        assert world.counted("credence_ranker_batch_size_sum 4.0")


async def test_a_pass_is_no_larger_than_it_may_be() -> None:
    async with a_world() as world:
        asked = await world.ask(ONE)
        await world.in_pass(1)
        asked += await world.ask(*[ONE] * 9)
        world.let(4)
        await asyncio.gather(*asked)

        assert world.model.sizes == [(2, 1), (2, 4), (2, 4), (2, 1)]


async def test_whoever_waits_longest_is_next_however_many_others_go_together() -> None:
    async with a_world() as world:
        asked = await world.ask(ONE)
        await world.in_pass(1)
        odd = (await world.ask(ONE, OTHER, *[ONE] * 8))[1]
        for _ in range(2):  # more of the many arrive during every pass
            world.let(1)
            await world.in_pass(len(world.model.passes) + 1)
            asked += await world.ask(*[ONE] * 8)
        world.let(1)
        await odd

        assert world.model.sizes[:3] == [(2, 1), (2, 4), (3, 1)]


async def test_no_request_waits_for_more_passes_than_there_were_requests_before_it() -> None:
    rng = np.random.default_rng(0)
    kinds = [a_list(candidates=2 + kind) for kind in range(5)]
    async with a_world() as world:
        asked: list[ListCase] = []
        tasks: list[asyncio.Task[RankedLists]] = []
        before: dict[int, tuple[int, int]] = {}
        for turn in range(1, 40):
            arrived = [
                a_list(candidates=len(kinds[kind].candidates), seed=turn)
                for kind in rng.choice(5, p=[0.6, 0.2, 0.1, 0.05, 0.05], size=3)
            ]
            for case in arrived:
                before[id(case)] = (len(world.model.passes), world.batcher.waiting)
                asked.append(case)
                tasks += await world.ask(case)
            world.let(1)
            await world.in_pass(min(turn, 39))
        world.let(200)
        await asyncio.gather(*tasks)
        ran_in = {id(c): number for number, cases in enumerate(world.model.passes) for c in cases}

    assert len(ran_in) == len(asked)
    for case in asked:
        began, ahead = before[id(case)]
        assert ran_in[id(case)] - began <= ahead + 1


async def test_a_request_that_is_late_is_not_computed() -> None:
    async with a_world() as world:
        first = await world.ask(ONE)
        await world.in_pass(1)
        (late,) = await world.ask(OTHER, within=1)
        (patient,) = await world.ask(OTHER, within=50)
        world.clock.now += 2
        world.let(2)
        await asyncio.gather(*first, patient)

        with pytest.raises(NotRanked, match="late"):
            await late
        assert world.model.sizes == [(2, 1), (3, 1)]
        assert world.counted('credence_ranker_dropped_total{reason="late"} 1.0')


async def test_a_request_makes_room_when_its_time_is_over_though_a_pass_goes_on() -> None:
    async with a_world(Pace(largest=4, wait_seconds=0, queue=1)) as world:
        first = await world.ask(ONE)
        await world.in_pass(1)
        (late,) = await world.ask(ONE, within=0.001)
        with pytest.raises(NotRanked, match="late"):
            await late

        patient = await world.ask(ONE)
        world.let(2)
        await asyncio.gather(*first, *patient)
        await world.batcher.settled()


async def test_it_is_settled_when_all_that_waited_were_late() -> None:
    world = World(Pace())  # nobody serves
    (late,) = await world.ask(ONE, within=0.001)
    await world.batcher.settled()

    with pytest.raises(NotRanked, match="late"):
        await late
    world.batcher.close()


async def test_a_request_that_is_late_already_does_not_wait() -> None:
    async with a_world() as world:
        (late,) = await world.ask(ONE, within=0)

        with pytest.raises(NotRanked, match="late"):
            await late


async def test_a_full_queue_takes_no_more_until_it_is_served() -> None:
    async with a_world(Pace(largest=4, wait_seconds=0, queue=2)) as world:
        asked = await world.ask(ONE)
        await world.in_pass(1)
        asked += await world.ask(ONE, ONE)
        (refused,) = await world.ask(ONE)
        with pytest.raises(NotRanked, match="queue-full"):
            await refused
        assert world.counted("credence_ranker_queue_length 2.0")

        world.let(3)
        await asyncio.gather(*asked)
        await asyncio.gather(*await world.ask(ONE))


async def test_whoever_left_is_not_ranked_for() -> None:
    async with a_world() as world:
        asked = await world.ask(ONE)
        await world.in_pass(1)
        gone, stays = await world.ask(ONE, ONE)
        gone.cancel()
        world.let(2)
        await asyncio.gather(*asked, stays)

        assert world.model.sizes == [(2, 1), (2, 1)]


async def test_a_pass_that_fails_is_told_to_its_requests_and_the_next_goes_on() -> None:
    async with a_world() as world:
        world.model.wrong = RuntimeError("words of a person")
        (asked,) = await world.ask(ONE)
        world.let(1)
        with pytest.raises(PassFailed) as failed:
            await asked
        assert "person" not in str(failed.value)

        world.model.wrong = None
        world.let(1)
        await asyncio.gather(*await world.ask(ONE))


async def test_a_request_waits_for_company_until_there_is_enough() -> None:
    async with a_world(Pace(largest=3, wait_seconds=3600, queue=100)) as world:
        asked = await world.ask(ONE)
        await asyncio.sleep(0)
        asked += await world.ask(ONE)
        assert world.model.passes == []

        asked += await world.ask(ONE)
        world.let(1)
        await asyncio.gather(*asked)

        assert world.model.sizes == [(2, 3)]


async def test_it_is_settled_when_all_is_answered() -> None:
    async with a_world() as world:
        asked = await world.ask(ONE)
        await world.in_pass(1)
        asked += await world.ask(ONE, OTHER)
        settled = asyncio.create_task(world.batcher.settled())
        world.let(3)
        await settled

        await asyncio.gather(*asked)
        assert len(world.model.passes) == 3
