"""One HTTP call for a question: its slot, its deadline, its cost, and what it brought."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic

from credence.app.adapters.llm.completion import Completion, Usage
from credence.app.adapters.llm.endpoint import Limits
from credence.app.adapters.llm.failures import NotServed
from credence.app.adapters.llm.ledger import Entries
from credence.app.adapters.llm.reading import Reader, Unreadable
from credence.app.adapters.llm.wire import Wire
from credence.app.token_prices import TokenPrice
from credence.planner.llm.asking import AnswerT, Call, Outcome, Question

log = logging.getLogger(__name__)
_FAIR_SHARE = 0.5  # of the most time that a call can have


@dataclass(slots=True, kw_only=True)
class Inquiry(Generic[AnswerT]):
    """A question and the calls that it took so far."""

    question: Question[AnswerT]
    calls: list[Call] = field(default_factory=list)
    entered: list[asyncio.Task[None]] = field(default_factory=list)  # their way into the ledger
    told: Outcome | None = None  # of the last call that tells how the server does


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Generic[AnswerT]):
    """What a completion says."""

    outcome: Outcome
    text: str
    value: AnswerT | None  # None if it is of another form
    cut: bool = False  # it ran out of tokens before it was whole
    faults: tuple[str, ...] = ()
    why: str = ""  # it is of another form
    formless: bool = False  # as if the model had not been given the form


class Exchange:
    """Makes HTTP calls, so many at a time; each is entered into the ledger once it has ended."""

    def __init__(
        self,
        wire: Wire,
        *,
        model: str,
        limits: Limits,
        prices: TokenPrice | None,
        entries: Entries,
        clock: Callable[[], datetime],
        in_flight: asyncio.Semaphore,
    ) -> None:
        self._wire = wire
        self._model = model
        self._limits = limits
        self._prices = prices
        self._entries = entries
        self._clock = clock
        self._in_flight = in_flight
        self._told_of_usage = False

    async def once(self, inquiry: Inquiry[AnswerT], body: Mapping[str, Any]) -> Heard[AnswerT]:
        """What the model says to one request. Raises NotServed."""
        until = inquiry.question.errand.until
        async with self._slot(until):
            began, started_at = _now(), self._clock()
            outcome, usage, telling = Outcome.FAILED, Usage(), True
            try:
                completion = await self._complete(body, until)
                usage = self._usage(completion)
                outcome = Outcome.FAULTY  # should its check raise
                heard = _heard(completion, inquiry.question)
                outcome = heard.outcome
            except NotServed as failure:
                outcome, telling = failure.outcome or outcome, not failure.blameless
                raise
            except asyncio.CancelledError:
                outcome, telling = Outcome.LATE, False  # nobody waits for it any longer
                raise
            finally:
                if telling:
                    inquiry.told = outcome
                self._enter(inquiry, outcome, usage, began, started_at)
        return heard

    @asynccontextmanager
    async def _slot(self, until: float | None) -> AsyncIterator[None]:
        """One of the calls that may be in flight; waiting for it ends with the question's time."""
        try:
            async with asyncio.timeout_at(until):
                await self._in_flight.acquire()
        except TimeoutError:
            raise NotServed(None, "too many calls to the model were in flight") from None
        try:
            if until is not None and _now() >= until:
                raise NotServed(None, "there was no time left to ask the model")
            yield
        finally:
            self._in_flight.release()

    async def _complete(self, body: Mapping[str, Any], until: float | None) -> Completion:
        """The completion, in the time of a call and of its question. Raises NotServed.

        A call that its question cut short says nothing of the server, unless it had half of the
        most time that it could have: a model that takes its time is not down.
        """
        began, limits = _now(), self._limits
        end = began + limits.call_seconds
        if until is not None:
            end = min(end, until)
        fair = _FAIR_SHARE * min(limits.call_seconds, limits.question_seconds)
        try:
            async with asyncio.timeout_at(end):
                return await self._wire.complete(body)
        except TimeoutError:
            raise NotServed(
                Outcome.LATE,
                "the model was late",
                passing=True,
                blameless=end - began < fair,
            ) from None

    def _usage(self, completion: Completion) -> Usage:
        """Tokens as told; a server that tells none is taken to have used none, and that is said."""
        if completion.usage is not None:
            return completion.usage
        if not self._told_of_usage:
            self._told_of_usage = True
            log.warning("%s tells no usage; its tokens are counted as none", self._model)
        return Usage()

    def _enter(
        self,
        inquiry: Inquiry[AnswerT],
        outcome: Outcome,
        usage: Usage,
        began: float,
        started_at: datetime,
    ) -> None:
        question = inquiry.question
        tokens = {
            "tokens_in": usage.tokens_in,
            "tokens_cached": usage.tokens_cached,
            "tokens_out": usage.tokens_out,
        }
        call = Call(
            role=question.role,
            model=self._model,
            prompt=question.prompt.version,
            outcome=outcome,
            started_at=started_at,
            latency_ms=(_now() - began) * 1000,
            price=None if self._prices is None else self._prices.of(**tokens),
            **tokens,
        )
        inquiry.calls.append(call)
        inquiry.entered.append(self._entries.enter(question.errand, call))


def _heard(completion: Completion, question: Question[AnswerT]) -> Heard[AnswerT]:
    """What a completion says. Raises NotServed if it says no."""
    if completion.refused:
        raise NotServed(Outcome.REFUSED, "the model refused to answer")
    text = completion.text
    try:
        value = Reader(question.form).read(completion)
    except Unreadable as unreadable:
        return Heard(
            outcome=Outcome.MALFORMED,
            text=text,
            value=None,
            cut=completion.cut,
            faults=unreadable.faults,
            why=unreadable.why,
            formless=unreadable.formless,
        )
    faults = tuple(question.check(value))
    outcome = Outcome.FAULTY if faults else Outcome.ANSWERED
    return Heard(outcome=outcome, text=text, value=value, faults=faults)


def _now() -> float:
    return asyncio.get_running_loop().time()
