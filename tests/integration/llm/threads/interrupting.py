"""Models that are counted, and that let something happen while they think."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from typing import Any

import psycopg

from credence.app.bootstrap import Application
from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.mind import Mind
from credence.memory.model import Person
from credence.planner.llm.answers import PlannerAnswer
from tests.integration.memory.world import WAIT

ADA = Person("default", "ada")


@dataclass
class Interrupting:
    """Counts what each role is asked, and may do something before one thinks."""

    asked: Counter[str] = field(default_factory=Counter)
    before: dict[str, Any] = field(default_factory=dict)
    skips: bool = False  # the planner

    def over(self, brain: Brain) -> Brain:
        return Brain({role: self._over(role, mind) for role, mind in brain.minds.items()})

    def _over(self, role: str, mind: Mind[Any, Any]) -> Mind[Any, Any]:
        async def thinks(document: Any) -> Any:
            self.asked[role] += 1
            if role in self.before:
                done = self.before.pop(role)()
                if isawaitable(done):
                    await done
            if role == "planner" and self.skips:
                return PlannerAnswer(steps=[], contradictions=[], reason="little is said")
            return await mind.thinks(document)

        return replace(mind, thinks=thinks)


def kept(database: str) -> int:
    """How many checkpoints there are."""
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM planner_threads.checkpoints").fetchone()
    assert row is not None
    return int(row[0])


async def interrupted(application: Application, mind: Interrupting) -> None:
    """A run of Ada that ends while the synthesizer thinks."""
    asked = asyncio.Event()
    mind.before["synthesizer"] = asked.set
    run = asyncio.create_task(application.worker.advance(ADA, wait=WAIT))
    await cut_off(run, asked)


async def cut_off(run: asyncio.Task[Any], when: asyncio.Event) -> None:
    """Cancel a run when this has come about. Raises what the run does before."""
    waiting = asyncio.create_task(when.wait())
    await asyncio.wait({run, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run
