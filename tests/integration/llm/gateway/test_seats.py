"""What an application makes of the settings for the models that it asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from pydantic import AnyHttpUrl

from credence.app.bootstrap import assemble
from credence.app.seats import Seats
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.planner.llm.asking import Outcome, Role, Unanswered
from tests.integration.llm.gateway.acts import hangs, says
from tests.integration.llm.gateway.scripted_server import ScriptedServer, serving
from tests.integration.llm.gateway.world import GOOD_TEXT, a_question


@asynccontextmanager
async def seated(
    server: ScriptedServer, settings: Settings, database: str, encoder: SentenceEncoder
) -> AsyncIterator[Seats]:
    """The models of an application that asks this server."""
    url = {"llm_base_url": AnyHttpUrl(server.url), "llm_model": "m"}
    made = assemble(settings.model_copy(update=url), database, encoder)
    assert made.threads is not None
    assert made.seats is not None
    async with made.threads.ready():
        yield made.seats
        await made.close()


async def test_a_server_silent_to_lists_is_left_alone_by_the_ranker_and_asked_by_runs(
    settings: Settings, database: str, encoder: SentenceEncoder
) -> None:
    settings = settings.model_copy(update={"llm_rank_seconds": 0.5})
    async with (
        serving(*[hangs] * 5, always=says(GOOD_TEXT)) as server,
        seated(server, settings, database, encoder) as seats,
    ):
        for _ in range(5):  # as many as open it
            until = asyncio.get_running_loop().time() + 0.5
            try:
                await seats.models[Role.RANKER].ask(a_question(until=until))
            except Unanswered as error:
                assert [call.outcome for call in error.calls] == [Outcome.LATE]

        assert seats.states == {
            "planner": "closed",
            "extractor": "closed",
            "synthesizer": "closed",
            "ranker": "open",
        }
        question = replace(a_question(), role=Role.EXTRACTOR)
        assert (await seats.models[Role.EXTRACTOR].ask(question)).faults == ()


async def test_reasoning_tokens_reach_the_server(
    settings: Settings, database: str, encoder: SentenceEncoder
) -> None:
    settings = settings.model_copy(update={"llm_reasoning_tokens": 2_000})
    async with (
        serving(always=says(GOOD_TEXT)) as server,
        seated(server, settings, database, encoder) as seats,
    ):
        await seats.models[Role.RANKER].ask(a_question())

        assert [asked.body["max_tokens"] for asked in server.asked] == [2_300]
