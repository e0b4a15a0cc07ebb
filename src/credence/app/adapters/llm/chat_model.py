"""A language model behind any OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from credence.app.adapters.llm.endpoint import Endpoint, Limits
from credence.app.adapters.llm.exchange import Exchange, Heard, Inquiry
from credence.app.adapters.llm.failures import NotServed
from credence.app.adapters.llm.ledger import Entries, Ledger
from credence.app.adapters.llm.messages import repair
from credence.app.adapters.llm.negotiation import Negotiation
from credence.app.adapters.llm.retrying import Patience, Sleep
from credence.app.adapters.llm.wire import Wire
from credence.app.breaker import Breaker
from credence.app.token_prices import TokenPrice
from credence.planner.llm.asking import Answer, AnswerT, Call, Outcome, Question, Unanswered

log = logging.getLogger(__name__)
_OUTAGES = frozenset({Outcome.FAILED, Outcome.LATE, Outcome.LIMITED})


class ChatModel:
    """Puts questions to one model, safely when its server misbehaves.

    Every HTTP call reaches the ledger once, also a failed one and that of a cancelled question;
    where a server does not tell its usage, the call counts as free. Neither the key, nor a
    prompt, nor anything that a person or the model wrote is logged or stands in an Unanswered.
    A breaker and a semaphore may be shared by all that ask one server.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        limits: Limits,
        prices: TokenPrice | None,
        ledger: Ledger,
        clock: Callable[[], datetime],
        breaker: Breaker,
        in_flight: asyncio.Semaphore,
        rng: random.Random | None = None,  # unseeded
        sleep: Sleep = asyncio.sleep,
        finished: Callable[[Call], None] = lambda call: None,
    ) -> None:
        self._ledger = ledger
        self._breaker = breaker
        self._entries = Entries(ledger, finished=finished)
        self._wire = Wire(endpoint, limits=limits, clock=clock)
        exchange = Exchange(
            self._wire,
            model=endpoint.model,
            limits=limits,
            prices=prices,
            entries=self._entries,
            clock=clock,
            in_flight=in_flight,
        )
        patience = Patience(limits, rng=rng or random.SystemRandom(), sleep=sleep)
        self._negotiation = Negotiation(
            exchange,
            model=endpoint.model,
            reasoning_tokens=limits.reasoning_tokens,
            patience=patience,
        )

    @property
    def state(self) -> Literal["closed", "open"]:
        """Of the breaker: while it is open, nearly every question is unanswered at once."""
        return "open" if self._breaker.is_open else "closed"

    async def ask(self, question: Question[AnswerT]) -> Answer[AnswerT]:
        """An answer of the form asked for; see `planner.llm.asking.Asks`.

        One that is malformed or faulty is asked for once more, and with more tokens if it was cut
        off. Faults may be left in the end: of two faulty answers the one with fewer is given, and
        one also where asking again brought none.
        """
        inquiry = Inquiry(question=question)
        try:
            heard = await self._admitted(inquiry)
            value, faults, why = heard.value, heard.faults, _misread(heard)
        except NotServed as failure:
            value, faults, why = None, (), failure.why
        except Exception as error:  # noqa: BLE001  a question's own check may raise anything
            value, faults, why = None, (), f"asking the model went wrong: {type(error).__name__}"
        await self._entries.settle(inquiry.entered, until=question.errand.until)
        calls = tuple(inquiry.calls)
        if value is None:
            role, version = question.role, question.prompt.version
            log.warning("%s (%s) has no answer after %d calls: %s", role, version, len(calls), why)
            raise Unanswered(why, calls)
        return Answer(value=value, faults=faults, calls=calls)

    async def close(self) -> None:
        """Let the connections go, once the ledger has all calls."""
        await self._entries.settle()
        await self._wire.close()

    async def _admitted(self, inquiry: Inquiry[AnswerT]) -> Heard[AnswerT]:
        """What the model says, if the ledger and the breaker let it be asked."""
        await self._afforded(inquiry.question)
        if not self._breaker.admits():
            raise NotServed(None, "the model is left alone for a while: it kept failing")
        probing = self._breaker.is_open
        try:
            return await self._repaired(inquiry, probing=probing)
        finally:
            self._judge(inquiry.told, probing=probing)

    async def _afforded(self, question: Question[AnswerT]) -> None:
        try:
            async with asyncio.timeout_at(question.errand.until):
                why = await self._ledger.allows(question.errand)
        except TimeoutError:
            why = "the ledger of cost was late"
        if why is not None:
            raise NotServed(None, why)

    async def _repaired(self, inquiry: Inquiry[AnswerT], *, probing: bool) -> Heard[AnswerT]:
        """The answer, or the one after it was asked for once more."""

        def hopeful() -> bool:
            return probing or not self._breaker.is_open

        first = await self._negotiation.heard(inquiry, (), hopeful=hopeful)
        if first.outcome is Outcome.ANSWERED:
            return first
        try:
            turns = repair(first.text, first.faults)
            second = await self._negotiation.heard(
                inquiry, turns, hopeful=hopeful, longer=first.cut
            )
        except NotServed:
            if first.value is None:
                raise
            return first
        if first.value is None:
            return second
        worse = second.value is None or len(second.faults) > len(first.faults)
        return first if worse else second

    def _judge(self, told: Outcome | None, *, probing: bool) -> None:
        """Tell the breaker how the server did; whoever was overtaken by others says no ill."""
        if told is None:
            if probing:
                self._breaker.undecided()
        elif told not in _OUTAGES:
            self._breaker.succeeded()
        elif probing or not self._breaker.is_open:
            self._breaker.failed()


def _misread(heard: Heard[AnswerT]) -> str:
    return f"the model gave no answer of the form asked for: {heard.why}"
