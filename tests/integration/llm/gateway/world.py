"""A gateway in front of a scripted endpoint, with a ledger and a breaker that a test can see."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from credence.app.adapters.llm.chat_model import ChatModel
from credence.app.adapters.llm.endpoint import Endpoint, Limits
from credence.app.breaker import Breaker
from credence.app.token_prices import TokenPrice
from credence.planner.llm.asking import (
    Answer,
    Call,
    Errand,
    Outcome,
    Prompt,
    Question,
    Role,
    Unanswered,
    no_faults,
)
from tests.integration.llm.gateway.scripted_server import Act, ScriptedServer, serving
from tests.unit.app.clock import Clock

KEY = "sk-a-key-that-nobody-may-see"
SECRET_WORDS = "the person likes blue cheese"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Verdict(BaseModel):
    """The form that the tests ask for."""

    order: list[str] = Field(max_length=5)
    mood: Literal["good", "bad"]


GOOD = Verdict(order=["a", "b"], mood="good")
GOOD_TEXT = GOOD.model_dump_json()


class RememberingLedger:
    """Allows all but what a test forbids, and may be broken or slow."""

    def __init__(self) -> None:
        self.noted: list[tuple[Errand, Call]] = []
        self.forbids: str | None = None
        self.breaks = False
        self.waits: asyncio.Event | None = None
        self.reached = asyncio.Event()

    async def allows(self, errand: Errand) -> str | None:
        return self.forbids

    async def note(self, errand: Errand, calls: Sequence[Call]) -> None:
        self.reached.set()
        if self.waits is not None:
            await self.waits.wait()
        self.noted += [(errand, call) for call in calls]
        if self.breaks:
            raise RuntimeError(SECRET_WORDS)

    @property
    def outcomes(self) -> list[Outcome]:
        return [call.outcome for _, call in self.noted]


class World:
    """Everything of one test."""

    def __init__(
        self, server: ScriptedServer, *, limits: Limits, key: str | None, in_flight: int = 8
    ) -> None:
        self.server = server
        self.ledger, self.clock = RememberingLedger(), Clock()
        self.breaker = Breaker(failures=2, pause=5, clock=self.clock)
        self.slept: list[float] = []
        self.asleep: Callable[[], None] = lambda: None
        self.finished: list[Call] = []
        self.in_flight = asyncio.Semaphore(in_flight)
        self.model = ChatModel(
            Endpoint(base_url=server.url, key=SecretStr(key) if key else None, model="m"),
            limits=limits,
            prices=TokenPrice(input=1.0, cached=0.5, output=10.0),
            ledger=self.ledger,
            clock=lambda: NOW,
            breaker=self.breaker,
            in_flight=self.in_flight,
            rng=random.Random(7),
            sleep=self._sleep,
            finished=self.finished.append,
        )

    async def ask(self, question: Question[Verdict] | None = None) -> Answer[Verdict]:
        return await self.model.ask(question or a_question())

    async def unanswered(self, question: Question[Verdict] | None = None) -> Unanswered:
        """The exception that asking raises."""
        try:
            answer = await self.ask(question)
        except Unanswered as error:
            return error
        raise AssertionError(f"it was answered: {answer}")

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.asleep()
        await asyncio.sleep(0)


@asynccontextmanager
async def world(
    *acts: Act,
    always: Act | None = None,
    key: str | None = KEY,
    in_flight: int = 8,
    **limits: float,
) -> AsyncIterator[World]:
    """A gateway in front of a server that plays these acts."""
    chosen = Limits(call_seconds=60)
    async with serving(*acts, always=always) as server:
        settled = replace(chosen, **limits)  # type: ignore[arg-type]
        made = World(server, limits=settled, key=key, in_flight=in_flight)
        try:
            yield made
        finally:
            await made.model.close()


def a_question(
    *,
    until: float | None = None,
    check: Callable[[Verdict], Sequence[str]] = no_faults,
) -> Question[Verdict]:
    return Question(
        role=Role.RANKER,
        errand=Errand(tenant="t", user_id="u", run_id="r", until=until),
        prompt=Prompt(version="ranker-1", text="Rank what is given."),
        data=json.dumps({"profile": SECRET_WORDS}),
        form=Verdict,
        most_tokens=300,
        check=check,
    )
