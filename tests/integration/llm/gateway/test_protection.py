"""A server in trouble is left alone, and never asked by too many at a time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from credence.planner.llm.asking import Outcome
from tests.integration.llm.gateway.acts import complains, hangs, never_ends, reply, says
from tests.integration.llm.gateway.scripted_server import Act, Asked, Writer
from tests.integration.llm.gateway.world import GOOD, GOOD_TEXT, World, a_question, world

PLAIN = says(GOOD_TEXT)
DOWN = complains("x", status=503)


async def _open(it: World) -> None:
    """Two questions that fail, each with as many calls as it may have."""
    for _ in range(2):
        await it.unanswered()


async def test_a_server_that_keeps_failing_is_left_alone_then_tried_then_trusted() -> None:
    async with world(DOWN, DOWN, DOWN, PLAIN, PLAIN, attempts=1) as it:
        await _open(it)
        error = await it.unanswered()
        assert "left alone for a while" in error.why
        assert error.calls == ()

        it.clock.now += 5
        await it.unanswered()  # the probe
        assert (len(it.server.asked), it.model.state) == (3, "open")
        await it.unanswered()
        assert len(it.server.asked) == 3

        it.clock.now += 5
        await it.ask()
        assert it.model.state == "closed"
        await it.ask()


@pytest.mark.parametrize("act", [DOWN, complains("x", status=429), reply(200, b"no JSON"), hangs])
async def test_outages_of_all_kinds_open_it(act: Act) -> None:
    async with world(always=act, attempts=1, call_seconds=0.1) as it:
        await _open(it)
        assert it.model.state == "open"


@pytest.mark.parametrize(
    "act",
    [
        says("no JSON"),
        says(None, refusal="no"),
        complains("x", status=401),
        complains("x", status=400),
        never_ends,
    ],
)
async def test_what_a_server_says_does_not(act: Act) -> None:
    async with world(always=act) as it:
        for _ in range(4):
            await it.unanswered()

        assert it.model.state == "closed"


async def test_only_one_probes_while_it_is_open() -> None:
    async with world(DOWN, DOWN, PLAIN, attempts=1) as it:
        await _open(it)
        it.clock.now += 5

        told = await asyncio.gather(*(it.ask() for _ in range(5)), return_exceptions=True)

        assert len(it.server.asked) == 3
        assert sum(not isinstance(one, Exception) for one in told) == 1


async def test_a_probe_that_is_cancelled_leaves_a_later_one_to_find_out() -> None:
    async with world(DOWN, DOWN, hangs, PLAIN, attempts=1) as it:
        await _open(it)
        it.clock.now += 5
        probe = asyncio.create_task(it.ask())
        await it.server.was_asked(times=3)
        probe.cancel()
        await asyncio.wait({probe})

        assert "left alone" in (await it.unanswered()).why
        it.clock.now += 5
        assert (await it.ask()).value == GOOD
        assert it.model.state == "closed"


async def test_who_is_forbidden_by_the_ledger_does_not_probe() -> None:
    async with world(DOWN, DOWN, PLAIN, attempts=1) as it:
        await _open(it)
        it.clock.now += 5
        it.ledger.forbids = "spent"
        await it.unanswered()
        it.ledger.forbids = None

        assert (await it.ask()).value == GOOD


async def test_a_question_does_not_insist_once_others_found_the_server_down() -> None:
    async with world(DOWN) as it:

        def others_fail() -> None:
            it.breaker.failed()
            it.breaker.failed()

        act = it.server.acts.pop()

        async def while_others_fail(asked: Asked, writer: Writer) -> None:
            others_fail()
            await act(asked, writer)

        it.server.acts.append(while_others_fail)
        await it.unanswered()

        assert it.ledger.outcomes == [Outcome.FAILED]
        assert it.slept == []


async def _slow(asked: Asked, writer: Writer) -> None:
    await asyncio.sleep(0.02)
    await PLAIN(asked, writer)


async def test_no_more_calls_are_in_flight_than_may_be() -> None:
    async with world(always=_slow, in_flight=3) as it:
        told = await asyncio.gather(*(it.ask() for _ in range(12)))

        assert [one.value for one in told] == [GOOD] * 12
        assert it.server.most_in_flight == 3


async def test_who_waits_to_try_again_is_in_nobodys_way() -> None:
    async with world(DOWN, always=PLAIN, in_flight=1) as it:
        free: list[bool] = []
        it.asleep = lambda: free.append(not it.in_flight.locked())
        await it.ask()

        assert free == [True]


async def test_waiting_for_a_slot_ends_with_the_errand_and_blames_nobody() -> None:
    async with world(PLAIN, in_flight=1) as it:
        await it.in_flight.acquire()
        until = asyncio.get_running_loop().time() + 0.1
        error = await it.unanswered(a_question(until=until))
        it.in_flight.release()

        assert error.why == "too many calls to the model were in flight"
        assert error.calls == ()
        assert (await it.ask()).value == GOOD


async def test_calls_for_one_answer_are_bounded_however_they_fail() -> None:
    acts: list[Any] = [DOWN, DOWN, DOWN, says("no JSON"), DOWN]
    async with world(*acts) as it:
        error = await it.unanswered()

        assert len(error.calls) == 5  # the four that may be tried again, and one more asking
