"""One call: whose it is, what goes wrong with it, and the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from credence.app.llm_dev import tokens
from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.faults import Fault, Faults
from credence.app.llm_dev.misspeaking import Message, spoilt
from credence.app.llm_dev.speech import ChatRequest, asked
from credence.app.llm_dev.tally import Tally
from credence.app.llm_dev.tokens import PromptCache, Usage
from credence.app.llm_dev.wire import Completion


class Refusal(Exception):
    """A request answered with an error's status."""

    def __init__(
        self, status: int, message: str, *, kind: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a server behaves when nothing goes wrong."""

    refused_formats: frozenset[str] = frozenset()  # of json_schema and json_object
    latency_seconds: float = 0.0  # of every call
    slow_seconds: float = 30.0  # until the first byte, with that fault


STATUSES: Mapping[Fault, tuple[int, str, Mapping[str, str]]] = {
    Fault.LIMITED: (429, "rate_limit_exceeded", {"Retry-After": "1"}),
    Fault.LIMITED_BARE: (429, "rate_limit_exceeded", {}),
    Fault.BROKEN: (500, "server_error", {}),
    Fault.OVERLOADED: (503, "server_error", {}),
}


class Desk:
    """Takes calls; it counts them and remembers the last few prompts for the simulated cache."""

    def __init__(
        self,
        brain: Brain,
        *,
        faults: Faults | None = None,
        manners: Manners | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.tally = Tally()
        self.manners = manners or Manners()
        self._brain = brain
        self._faults = faults or Faults()
        self._clock = clock
        self._cache = PromptCache()
        self._numbers = count(1)

    def fault(self) -> Fault | None:
        """What goes wrong with the next call, by the shares."""
        return self._faults.draw()

    async def complete(self, request: ChatRequest, fault: Fault | None) -> Completion:
        """The answer, spoilt where the fault is one of content. Raises Refusal."""
        if request.format in self.manners.refused_formats:
            raise Refusal(
                400,
                f"response_format {request.format} is not supported by this server",
                kind="invalid_request_error",
            )
        await asyncio.sleep(self.manners.latency_seconds)
        whose = asked(request, self._brain.minds)
        if fault is not None and fault in STATUSES:
            self.tally.call(whose.role, fault, None)
            status, kind, headers = STATUSES[fault]
            raise Refusal(status, f"this fault was asked for: {fault}", kind=kind, headers=headers)
        answer = await self._brain.answer(whose.role, whose.data, obeys=fault is Fault.OBEY)
        message = _within(request.most_tokens, answer) if fault is None else spoilt(fault, answer)
        usage = Usage(
            prompt=tokens.count(whose.prompt),
            cached=self._cache.cached(whose.system, whose.prompt),
            completion=tokens.count(message.text),
        )
        self.tally.call(whose.role, fault, usage)
        return Completion(
            number=next(self._numbers), created=int(self._clock()), message=message, usage=usage
        )


def _within(most: int | None, answer: str) -> Message:
    """An answer that is longer than the most is cut off there, as models do."""
    if most is None or tokens.count(answer) <= most:
        return Message(content=answer)
    return Message(content=tokens.first(answer, most), finish="length")
