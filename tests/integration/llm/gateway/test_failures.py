"""Servers that fail, and how often they are asked again."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any

import anyio
import httpx2
import pytest

from credence.app.adapters.llm.endpoint import Limits
from credence.planner.llm.asking import Outcome
from tests.integration.llm.gateway.acts import (
    complains,
    completion,
    drops,
    hangs,
    raw,
    reply,
    says,
    stalls,
)
from tests.integration.llm.gateway.scripted_server import serving
from tests.integration.llm.gateway.world import (
    GOOD,
    GOOD_TEXT,
    KEY,
    SECRET_WORDS,
    World,
    a_question,
    world,
)

PLAIN = says(GOOD_TEXT)
PASSING = {
    "408": (complains("x", status=408), Outcome.FAILED),
    "409": (complains("x", status=409), Outcome.FAILED),
    "429": (complains("x", status=429), Outcome.LIMITED),
    "500": (complains("x", status=500), Outcome.FAILED),
    "503": (reply(503, b"<html>busy</html>"), Outcome.FAILED),
    "529": (reply(529, b""), Outcome.FAILED),
    "503 of no charset": (
        reply(503, b"busy", {"Content-Type": "text/html; charset=hex"}),
        Outcome.FAILED,
    ),
    "500, nested": (reply(500, b"[" * 100_000), Outcome.FAILED),
    "500, no text": (reply(500, b"\xff\xfe\x00"), Outcome.FAILED),
    "dropped before": (raw(b"", close=True), Outcome.FAILED),
    "dropped within": (drops, Outcome.FAILED),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", close=True), Outcome.FAILED),
    "no JSON": (reply(200, b"<html>hello</html>"), Outcome.FAILED),
    "half of JSON": (reply(200, b'{"choices": [{'), Outcome.FAILED),
    "nested JSON": (reply(200, b"[" * 100_000), Outcome.FAILED),
    "no object": (reply(200, [1]), Outcome.FAILED),
    "an error as success": (reply(200, {"error": {"message": "busy"}}), Outcome.FAILED),
    "no choices": (reply(200, {"choices": []}), Outcome.FAILED),
    "null choice": (reply(200, {"choices": [None]}), Outcome.FAILED),
    "no gzip": (reply(200, b"no gzip", {"Content-Encoding": "gzip"}), Outcome.FAILED),
    "nothing": (reply(204, b""), Outcome.FAILED),
}


@pytest.mark.parametrize(("act", "outcome"), PASSING.values(), ids=PASSING)
async def test_what_may_pass_is_tried_again(act: Any, outcome: Outcome) -> None:
    async with world(act, act, PLAIN) as it:
        answer = await it.ask()

        assert answer.value == GOOD
        assert [call.outcome for call in answer.calls] == [outcome, outcome, Outcome.ANSWERED]
        assert it.ledger.outcomes == [call.outcome for call in answer.calls]
        first, second = it.slept
        assert 0.25 <= first <= 0.5 <= second <= 1.0


@pytest.mark.parametrize("error", [ssl.SSLError("bad record mac"), anyio.EndOfStream()], ids=repr)
async def test_what_breaks_inside_a_connection_is_tried_again(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [error]
    handle = httpx2.AsyncHTTPTransport.handle_async_request

    async def broken_once(
        transport: httpx2.AsyncHTTPTransport, request: httpx2.Request
    ) -> httpx2.Response:
        if broken:
            raise broken.pop()
        return await handle(transport, request)

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", broken_once)
    async with world(PLAIN) as it:
        answer = await it.ask()

        assert answer.value == GOOD
        assert [call.outcome for call in answer.calls] == [Outcome.FAILED, Outcome.ANSWERED]


@pytest.mark.parametrize(("act", "outcome"), PASSING.values(), ids=PASSING)
async def test_and_not_for_ever(act: Any, outcome: Outcome) -> None:
    async with world(always=act) as it:
        error = await it.unanswered()

        assert [call.outcome for call in error.calls] == [outcome] * 4
        assert len(it.server.asked) == 4
        assert len(it.slept) == 3


@pytest.mark.parametrize("act", [hangs, stalls])
async def test_a_late_answer_is_given_up_and_asked_for_again(act: Any) -> None:
    async with world(act, always=PLAIN, call_seconds=0.5) as it:
        answer = await it.ask()

        assert answer.value == GOOD
        assert answer.calls[0].outcome is Outcome.LATE


@pytest.mark.parametrize("act", [hangs, stalls])
async def test_nothing_outlasts_the_errand(act: Any) -> None:
    async with world(act, call_seconds=3_600) as it:
        error = await it.unanswered(a_question(until=asyncio.get_running_loop().time() + 0.2))

        assert error.why == "the model was late"
        assert it.ledger.outcomes == [Outcome.LATE]
        assert it.slept == []


async def test_a_question_whose_time_is_over_is_not_asked() -> None:
    async with world() as it:
        error = await it.unanswered(a_question(until=asyncio.get_running_loop().time() - 1))

        assert "no time" in error.why
        assert it.server.asked == []
        assert it.ledger.noted == []


async def test_nobody_there_is_a_failure() -> None:
    async with serving() as gone:
        pass
    it = World(gone, limits=Limits(attempts=2), key=None)
    error = await it.unanswered()
    await it.model.close()

    assert error.why == "the connection to the model's server failed"
    assert it.ledger.outcomes == [Outcome.FAILED] * 2


LIMITED = {
    "seconds": ({"Retry-After": "7"}, 7.0),
    "fractions": ({"Retry-After": "1.5"}, 1.5),
    "milliseconds": ({"retry-after-ms": "2500", "Retry-After": "3"}, 2.5),
    "a date": ({"Retry-After": "Sun, 01 Mar 2026 12:00:09 GMT"}, 9.0),
    "a date gone by": ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
    "negative": ({"Retry-After": "-3"}, 0.0),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("headers", "wait"), LIMITED.values(), ids=LIMITED)
async def test_a_server_says_how_long_to_wait(
    headers: dict[str, str], wait: float, status: int
) -> None:
    async with world(reply(status, {}, headers), PLAIN) as it:
        await it.ask()

        assert wait <= it.slept[0] <= wait + 0.5


@pytest.mark.parametrize(
    "said",
    [
        "",
        "soon",
        "nan",
        "inf",
        "1e999",
        "9" * 400,
        f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT",
        f"Mon, 01 Jan 2026 00:00:00 +{'9' * 25}",
    ],
)
async def test_a_wait_that_is_none_is_chosen_here(said: str) -> None:
    async with world(reply(429, {}, {"Retry-After": said}), PLAIN) as it:
        await it.ask()

        assert 0.25 <= it.slept[0] <= 0.5
        assert it.ledger.outcomes == [Outcome.LIMITED, Outcome.ANSWERED]


async def test_a_wait_longer_than_anybody_waits_is_not_begun() -> None:
    async with world(reply(429, {}, {"Retry-After": "86400"})) as it:
        await it.unanswered()

        assert it.slept == []
        assert it.ledger.outcomes == [Outcome.LIMITED]


async def test_a_wait_longer_than_the_time_left_is_not_begun() -> None:
    async with world(reply(429, {}, {"Retry-After": "86400"})) as it:
        error = await it.unanswered(a_question(until=asyncio.get_running_loop().time() + 60))

        assert it.slept == []
        assert "status 429" in error.why
        assert it.ledger.outcomes == [Outcome.LIMITED]


async def test_a_quota_that_is_used_up_is_not_waited_for() -> None:
    async with world(complains("pay", status=429, code="insufficient_quota")) as it:
        error = await it.unanswered()

        assert "quota" in error.why
        assert it.slept == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_not_accepted_is_a_matter_of_settings_and_stays_secret(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with world(complains(f"Incorrect API key: {KEY} in {SECRET_WORDS}", status=status)) as it:
        error = await it.unanswered()

        assert "settings of the model's key" in error.why
        assert it.ledger.outcomes == [Outcome.REJECTED]
        assert it.slept == []
        seen = f"{error!r} {error.__cause__!r} {error.__context__!r} {caplog.text}"
    assert "ranker (ranker-1) has no answer after 1 calls" in caplog.text
    for secret in (KEY, SECRET_WORDS, "Rank what is given"):
        assert secret not in seen


async def test_no_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with world(says(f"{SECRET_WORDS} {GOOD_TEXT}")) as it:
        await it.ask()
    assert KEY not in caplog.text
    assert SECRET_WORDS not in caplog.text
    assert GOOD_TEXT not in caplog.text


async def test_a_connection_is_used_again_after_an_answer_and_not_after_a_fault() -> None:
    async with world(PLAIN, drops, PLAIN, PLAIN) as it:
        for _ in range(3):
            await it.ask()

        assert len(it.server.asked) == 4


async def test_a_header_of_another_length_than_the_body_is_a_failure() -> None:
    async with world(reply(200, completion("{}"), {"Content-Length": "0"}), always=PLAIN) as it:
        assert (await it.ask()).value == GOOD
