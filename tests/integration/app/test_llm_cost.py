"""The cost of models over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.memory.unit_of_work import unit_of_work
from tests.integration.app.shelf import problem
from tests.integration.memory.llm import NOON, a_call

SINCE = {"since": "2026-05-04T00:00:00+00:00"}
NORTH = {"Authorization": "Bearer n"}
SOUTH = {"Authorization": "Bearer s"}


@pytest.fixture
def settings() -> Settings:
    keys = {SecretStr("n"): "north", SecretStr("s"): "south"}
    return Settings(_env_file=None, worker=False, api_keys=keys)  # type: ignore[call-arg]


async def test_a_key_sees_what_its_own_tenant_spent(
    client: httpx.AsyncClient, application: Application
) -> None:
    async with unit_of_work(application.engine) as uow:
        await uow.people.create_missing("north", ["ada"], now=NOON)
        calls = [a_call(), a_call(outcome="late", price=None, role="ranker")]
        await uow.llm_calls.add("north", calls, user_id="ada", run_id="r1")
        await uow.llm_calls.add("south", [a_call(price=9)])

    north = (await client.get("/v1/llm/cost", params=SINCE, headers=NORTH)).json()
    south = (await client.get("/v1/llm/cost", params=SINCE, headers=SOUTH)).json()
    people = await client.get(
        "/v1/llm/cost", params=[*SINCE.items(), ("by", "person"), ("by", "run")], headers=NORTH
    )

    assert north["groups"] == [
        {
            "group": {"day": "2026-05-04", "role": role},
            "calls": 1,
            "failed": failed,
            "tokens_in": 100,
            "tokens_cached": 40,
            "tokens_out": 10,
            "price": price,
            "unpriced": failed,
        }
        for role, failed, price in (("planner", 0, 0.5), ("ranker", 1, 0))
    ]
    assert (north["total"]["calls"], north["total"]["price"]) == (2, 0.5)
    assert south["total"]["price"] == 9
    assert [one["group"] for one in people.json()["groups"]] == [{"person": "ada", "run": "r1"}]


async def test_without_a_time_it_is_the_last_thirty_days(
    client: httpx.AsyncClient, application: Application
) -> None:
    now = datetime.now(UTC)
    async with unit_of_work(application.engine) as uow:
        for days in (1, 29, 31):
            ago = now - timedelta(days=days)
            await uow.llm_calls.add("north", [a_call(started_at=ago)])

    found = (await client.get("/v1/llm/cost", headers=NORTH)).json()

    assert found["total"]["calls"] == 2


@pytest.mark.parametrize("query", ["by=user", "by=day&by=day", "since=today", "limit=0"])
async def test_what_cannot_be_answered_is_refused(client: httpx.AsyncClient, query: str) -> None:
    found = await problem(client, "GET", f"/v1/llm/cost?{query}", headers=NORTH)

    assert found["status"] == 422
