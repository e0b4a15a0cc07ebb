"""Every call reaches the ledger once, whatever becomes of its question."""

from __future__ import annotations

import asyncio
import logging

import pytest

from credence.planner.llm.asking import Outcome, Role
from tests.integration.llm.gateway.acts import complains, completion, hangs, reply, says
from tests.integration.llm.gateway.world import (
    GOOD,
    GOOD_TEXT,
    NOW,
    SECRET_WORDS,
    a_question,
    world,
)

PLAIN = says(GOOD_TEXT)


async def test_a_call_is_priced_by_what_the_server_says_it_took() -> None:
    async with world(PLAIN) as it:
        answer = await it.ask()

        ((errand, call),) = it.ledger.noted
        assert answer.calls == (call,)
        assert it.finished == [call]
        assert errand == a_question().errand
        assert (call.role, call.model, call.prompt) == (Role.RANKER, "m", "ranker-1")
        assert (call.tokens_in, call.tokens_cached, call.tokens_out) == (100, 40, 20)
        assert call.price == pytest.approx((60 * 1.0 + 40 * 0.5 + 20 * 10.0) / 1e6)
        assert call.started_at == NOW
        assert call.latency_ms > 0


@pytest.mark.parametrize(
    "usage", [None, "many", [], {"prompt_tokens": -1}, {"prompt_tokens": 1e9}, {}]
)
async def test_usage_that_makes_no_sense_counts_as_none(usage: object) -> None:
    async with world(reply(200, completion(GOOD_TEXT) | {"usage": usage})) as it:
        (call,) = (await it.ask()).calls

        assert (call.tokens_in, call.tokens_cached, call.tokens_out) == (0, 0, 0)
        assert call.price == 0


async def test_a_server_that_tells_no_usage_is_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    silent = completion(GOOD_TEXT)
    del silent["usage"]
    async with world(always=reply(200, silent)) as it:
        await it.ask()
        await it.ask()
    assert caplog.text.count("tells no usage") == 1


async def test_a_ledger_that_forbids_is_obeyed() -> None:
    async with world() as it:
        it.ledger.forbids = "the budget of the day is spent"
        error = await it.unanswered()

        assert (error.why, error.calls) == ("the budget of the day is spent", ())
        assert it.server.asked == []


async def test_a_ledger_that_breaks_costs_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    async with world(PLAIN) as it:
        it.ledger.breaks = True

        assert (await it.ask()).value == GOOD
    assert "was not noted: RuntimeError" in caplog.text
    assert SECRET_WORDS not in caplog.text


async def test_a_ledger_that_waits_does_not_outlast_the_errand() -> None:
    async with world(PLAIN) as it:
        it.ledger.waits = asyncio.Event()
        until = asyncio.get_running_loop().time() + 1

        assert (await it.ask(a_question(until=until))).value == GOOD
        assert it.ledger.noted == []
        asyncio.get_running_loop().call_later(0.1, it.ledger.waits.set)
        await it.model.close()
        assert it.ledger.outcomes == [Outcome.ANSWERED]


async def test_a_question_cancelled_between_calls_has_its_calls_noted() -> None:
    async with world(complains("x", status=500)) as it:
        asleep = asyncio.Event()
        it.asleep = asleep.set
        task = asyncio.create_task(it.ask())
        await asleep.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert it.ledger.outcomes == [Outcome.FAILED]


async def test_a_question_cancelled_while_its_call_is_noted_has_it_noted_once() -> None:
    async with world(PLAIN) as it:
        it.ledger.waits = asyncio.Event()
        task = asyncio.create_task(it.ask())
        await it.ledger.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        it.ledger.waits.set()
    assert it.ledger.outcomes == [Outcome.ANSWERED]


async def test_a_call_cancelled_under_way_is_noted_as_late_and_frees_its_slot() -> None:
    async with world(hangs, PLAIN, in_flight=1) as it:
        task = asyncio.create_task(it.ask())
        await it.server.was_asked(times=1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert (await it.ask()).value == GOOD
        assert it.model.state == "closed"
    assert it.ledger.outcomes == [Outcome.LATE, Outcome.ANSWERED]


async def test_an_unanswered_question_is_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world(always=complains("x", status=500)) as it:
        await it.unanswered()
    lines = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert [line.getMessage() for line in lines] == [
        "ranker (ranker-1) has no answer after 4 calls: the model's server answered with status 500"
    ]
