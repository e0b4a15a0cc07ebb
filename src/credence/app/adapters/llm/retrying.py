"""How long to try again what may pass."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from credence.app.adapters.llm.endpoint import Limits
from credence.app.adapters.llm.exchange import Inquiry
from credence.app.adapters.llm.failures import NotServed
from credence.planner.llm.asking import AnswerT

Sleep = Callable[[float], Awaitable[None]]


class Patience:
    """Waits that double, or as long as the server says; varied at random, so that many who wait
    do not return together. Nobody waits longer than `longest_wait`: they give up instead."""

    def __init__(self, limits: Limits, *, rng: random.Random, sleep: Sleep) -> None:
        self._limits = limits
        self._rng = rng
        self._sleep = sleep

    def retrying(self, inquiry: Inquiry[AnswerT], *, hopeful: Callable[[], bool]) -> AsyncRetrying:
        """Retries as long as calls, time and hope last, then raises the last NotServed.

        It gives up at once if the wait would outlast the time.
        """

        until = inquiry.question.errand.until

        def is_over(state: RetryCallState) -> bool:
            if len(inquiry.calls) >= self._limits.attempts or not hopeful():
                return True
            asked = _failure(state).wait or 0.0
            if asked > self._limits.longest_wait:
                return True  # coming back earlier would be one more call for nothing
            return until is not None and max(state.upcoming_sleep, asked) >= until - _now()

        return AsyncRetrying(
            sleep=self._sleep,
            wait=self._wait,
            stop=is_over,
            retry=retry_if_exception(lambda error: isinstance(error, NotServed) and error.passing),
            reraise=True,
        )

    def _wait(self, state: RetryCallState) -> float:
        asked = _failure(state).wait
        if asked is not None:
            return asked + self._rng.uniform(0.0, self._limits.first_wait)
        doubled = self._limits.first_wait * 2.0 ** (state.attempt_number - 1)
        return min(doubled * self._rng.uniform(0.5, 1.0), self._limits.longest_wait)


def _failure(state: RetryCallState) -> NotServed:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, NotServed), "nothing else is retried"
    return error


def _now() -> float:
    return asyncio.get_running_loop().time()
