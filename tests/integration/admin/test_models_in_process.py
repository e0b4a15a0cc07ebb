"""The system page of a server whose language models are in its own process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from credence.app.admin.system.facts import roles
from credence.app.bootstrap import Application, assemble
from credence.app.causal_ranker import CausalRanker
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.planner.llm.asking import Role
from tests.unit.app.test_causal_ranker import Lists

NAME = "tiny-labels-1"


@pytest_asyncio.fixture
async def application(
    settings: Settings, database: str, encoder: SentenceEncoder
) -> AsyncIterator[Application]:
    models = CausalRanker(Lists(), name=NAME, most=20, seconds=5, rise=5)
    made = assemble(settings, database, encoder, language_ranker=models)
    yield made
    await made.close()


async def test_they_are_named_in_the_rankers_role_and_no_server_is(
    signed_in: httpx.AsyncClient, application: Application
) -> None:
    answer = await signed_in.get("/admin/t/default/system")

    played = {one.role: one for one in roles(application)}
    assert played[Role.RANKER.value].model == NAME
    assert played[Role.PLANNER.value].model is None
    assert f">{NAME}</" in answer.text
    assert "none: in this process" in answer.text
