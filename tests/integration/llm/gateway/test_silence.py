"""A server that takes connections and says nothing, and questions shorter than a call."""

from __future__ import annotations

import asyncio
from math import inf

import httpx2
import pytest

from credence.planner.llm.asking import Outcome
from tests.integration.llm.gateway.acts import complains, hangs, says
from tests.integration.llm.gateway.world import GOOD_TEXT, Verdict, World, a_question, world

DOWN = complains("x", status=503)
LATE = Outcome.LATE


async def _asked_within(it: World, seconds: float) -> list[Outcome]:
    """How the calls ended of a question that has so long, and no answer."""
    error = await it.unanswered(a_question(until=asyncio.get_running_loop().time() + seconds))
    return [call.outcome for call in error.calls]


async def test_a_silent_server_is_left_alone_though_runs_end_within_a_call() -> None:
    # As 60 s a call and 170 s a run.
    async with world(always=hangs, call_seconds=0.5, first_wait=0.01) as it:
        for _ in range(2):
            assert set(await _asked_within(it, 1.4)) == {LATE}

        assert it.model.state == "open"
        assert await _asked_within(it, 1.4) == []


async def test_one_that_failed_and_then_says_nothing_is_left_alone() -> None:
    async with world(DOWN, hangs, DOWN, hangs, call_seconds=60, first_wait=0.01) as it:
        for _ in range(2):
            assert await _asked_within(it, 1.0) == [Outcome.FAILED, LATE]

        assert it.model.state == "open"


async def test_one_that_spoke_and_then_has_no_time_left_is_not_down() -> None:
    malformed = says("no JSON")
    acts = [DOWN, malformed, hangs] * 2
    async with world(*acts, call_seconds=60, first_wait=0.01) as it:
        for _ in range(2):
            assert await _asked_within(it, 1.0) == [Outcome.FAILED, Outcome.MALFORMED, LATE]

        assert it.model.state == "closed"


@pytest.mark.parametrize(("question_seconds", "state"), [(inf, "closed"), (1.2, "open")])
async def test_a_call_cut_short_counts_where_it_had_half_of_the_most_it_could_have(
    question_seconds: float, state: str
) -> None:
    async with world(always=hangs, call_seconds=60, question_seconds=question_seconds) as it:
        for _ in range(2):
            assert await _asked_within(it, 1.0) == [LATE]

        assert it.model.state == state


async def test_a_probe_that_had_too_little_time_starts_the_pause_anew() -> None:
    async with world(DOWN, DOWN, always=hangs, attempts=1, call_seconds=60) as it:
        for _ in range(2):
            await it.unanswered()
        it.clock.now += 5
        assert await _asked_within(it, 0.5) == [LATE]

        assert "left alone" in (await it.unanswered()).why
        it.clock.now += 5
        assert await _asked_within(it, 0.5) == [LATE]


async def test_a_cancelled_question_is_judged_by_the_calls_before_it() -> None:
    async with world(DOWN, hangs, DOWN, hangs) as it:
        for times in (2, 4):
            asking = asyncio.create_task(it.ask())
            await it.server.was_asked(times=times)
            asking.cancel()
            await asyncio.wait({asking})

        assert it.model.state == "open"


async def test_what_nobody_foresaw_of_a_call_is_an_outage_and_told_as_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def breaks(
        transport: httpx2.AsyncHTTPTransport, request: httpx2.Request
    ) -> httpx2.Response:
        raise LookupError("of a kind that no client documents")

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", breaks)
    async with world() as it:
        for _ in range(2):
            error = await it.unanswered()
            assert [call.outcome for call in error.calls] == [Outcome.FAILED] * 4
            assert error.why == "the call to the model's server broke off: LookupError"

        assert it.model.state == "open"


async def test_a_check_that_breaks_says_no_ill_of_the_server() -> None:
    def breaks(verdict: Verdict) -> list[str]:
        raise LookupError

    async with world(always=says(GOOD_TEXT)) as it:
        for _ in range(3):
            await it.unanswered(a_question(check=breaks))

        assert it.model.state == "closed"


async def test_a_probe_of_a_server_that_is_well_again_closes_it() -> None:
    async with world(hangs, hangs, always=says(GOOD_TEXT), attempts=1, call_seconds=1.0) as it:
        for _ in range(2):
            assert await _asked_within(it, 0.9) == [LATE]
        assert it.breaker.is_open
        it.clock.now += 5

        await it.ask()

        assert it.model.state == "closed"
