"""No database session is open while a model thinks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import QueuePool

from credence.app.bootstrap import Application
from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.mind import Mind
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.demo.content import demo_items, demo_people
from tests.integration.memory.world import record, stocked, told_by


@dataclass
class Watching:
    """Counts, whenever a role thinks, the connections that stay out of the pools."""

    application: Application | None = None
    seen: list[tuple[str, int]] = field(default_factory=list)

    def over(self, brain: Brain) -> Brain:
        return Brain({role: self._over(role, mind) for role, mind in brain.minds.items()})

    def _over(self, role: str, mind: Mind[Any, Any]) -> Mind[Any, Any]:
        async def thinks(document: Any) -> Any:
            if self.application is not None:
                self.seen.append((role, await _still_taken(self.application)))
            return await mind.thinks(document)

        return replace(mind, thinks=thinks)


async def _still_taken(application: Application) -> int:
    """Connections that stay taken while the model thinks; what the checkpointer writes of the
    step before may be under way when the call begins."""
    for _ in range(200):
        if not (taken := _taken(application)):
            return 0
        await asyncio.sleep(0.01)
    return taken


def _taken(application: Application) -> int:
    """Connections in use: of the application's two pools and the checkpointer's."""
    pools = [application.engine.pool, application.relaxed.pool]
    assert application.threads is not None
    of_threads = application.threads.taken
    return of_threads + sum(p.checkedout() for p in pools if isinstance(p, QueuePool))


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest_asyncio.fixture
async def models(dev_brain: Brain, watching: Watching) -> AsyncIterator[str]:
    async with listening(build_app(watching.over(dev_brain))) as url:
        yield url


async def test_no_connection_is_taken_while_a_model_is_asked(
    application: Application, client: httpx.AsyncClient, watching: Watching
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:9])
    watching.application = application

    await application.worker.drain()
    answer = await client.post(
        "/v1/recommendations", json={"user_id": "ada", "instruction": "a heist", "k": 5}
    )

    assert answer.status_code == 200
    assert {role for role, _ in watching.seen} == {
        "planner",
        "extractor",
        "synthesizer",
        "ranker",
    }
    assert [taken for _, taken in watching.seen] == [0] * len(watching.seen)


async def test_a_connection_that_is_taken_would_be_seen(application: Application) -> None:
    async with application.engine.connect():
        assert await _still_taken(application) == 1
