"""API keys and tenants."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from credence.app.bootstrap import Application
from credence.app.main import create_app_around
from credence.app.settings import Settings
from tests.integration.app.shelf import BOOKS, READING, sent, stock

RED = {"Authorization": "Bearer red-key"}
BLUE = {"X-API-Key": "blue-key"}


@pytest.fixture
def settings() -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        worker=False,
        api_keys="red-key=red, blue-key=blue",  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic red-key"},
        {"Authorization": "red-key"},
        {"X-API-Key": "red"},
        {"X-API-Key": "red-key=red"},
    ],
)
async def test_without_a_right_key_there_is_no_way_in(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for path in ("/v1/items", "/v1/users/ada/belief", "/v1/nothing"):
        answer = await client.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer red-key"), ("X-API-Key", "blue-key")],
        [("Authorization", "Bearer red-key"), ("X-API-Key", "wrong")],
        [("X-API-Key", "red-key"), ("X-API-Key", "blue-key")],
    ],
)
async def test_keys_that_differ_are_refused_whichever_is_right(
    client: httpx.AsyncClient, headers: list[tuple[str, str]]
) -> None:
    answer = await client.get("/v1/items", headers=headers)

    assert answer.status_code == 401
    assert "keys that differ" in answer.json()["detail"]


async def test_one_key_sent_in_both_ways_or_beside_another_scheme_opens(
    client: httpx.AsyncClient,
) -> None:
    for given in ("Bearer red-key", "Basic somebody", "Bearer "):
        headers = {"Authorization": given, "X-API-Key": "red-key"}
        assert (await client.get("/v1/items", headers=headers)).status_code == 200


async def test_health_metrics_and_docs_need_no_key(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"):
        assert (await client.get(path)).status_code == 200


async def test_two_tenants_never_see_each_other(client: httpx.AsyncClient) -> None:
    red = httpx.AsyncClient(transport=client._transport, base_url=client.base_url, headers=RED)
    blue = httpx.AsyncClient(transport=client._transport, base_url=client.base_url, headers=BLUE)
    await stock(red)
    await sent(red, "PUT", "/v1/users/ada", {})
    await sent(red, "POST", "/v1/events", {"events": READING})
    await sent(red, "POST", "/v1/users/ada/belief/advance")
    shown = await sent(red, "POST", "/v1/recommendations", {"user_id": "ada"})

    assert (await sent(blue, "GET", "/v1/items"))["items"] == []
    assert (await sent(blue, "GET", "/v1/users"))["users"] == []
    for path in ("", "/belief", "/events", "/export", "/planner-runs", "/belief/history"):
        assert (await blue.get(f"/v1/users/ada{path}")).status_code == 404
    assert (await blue.get("/v1/items/dune")).status_code == 404
    assert (await blue.delete("/v1/items/dune")).status_code == 404
    assert (await blue.delete("/v1/users/ada")).status_code == 404
    asked: dict[str, Any] = {"user_id": "ada", "session": []}
    made = await sent(blue, "POST", "/v1/recommendations", asked)
    assert (made["items"], "unknown_user" in made["flags"]) == ([], True)

    await sent(blue, "PUT", "/v1/users/ada", {"attributes": {"tenant": "blue"}})
    await sent(blue, "PUT", "/v1/items/dune", {"title": "Dune, blue"})
    cited = {
        "user_id": "ada",
        "action": "click",
        "item_id": "dune",
        "impression_id": shown["impression_id"],
    }
    assert (await blue.post("/v1/events", json=cited)).status_code == 404
    unseen = {**cited, "impression_id": None, "item_id": "emma"}
    assert (await blue.post("/v1/events", json=unseen)).status_code == 404
    assert (await sent(blue, "GET", "/v1/users/ada"))["events"] == 0
    again = f"/v1/recommendations/{shown['impression_id']}"
    assert (await blue.get(again)).status_code == 404
    assert (await sent(red, "GET", again))["user_id"] == "ada"
    assert (await sent(red, "GET", "/v1/items/dune"))["title"] == "Dune"
    await sent(blue, "DELETE", "/v1/users/ada")
    assert (await sent(red, "GET", "/v1/users/ada"))["events"] == len(READING)
    assert len((await sent(red, "GET", "/v1/items"))["items"]) == len(BOOKS)
    key = {"Idempotency-Key": "shared"}
    await sent(blue, "PUT", "/v1/users/ada", {})
    view = {"user_id": "ada", "action": "view", "item_id": "dune"}
    assert (await red.post("/v1/events", json=view, headers=key)).status_code == 201
    assert (await blue.post("/v1/events", json=view, headers=key)).status_code == 201
    await red.aclose()
    await blue.aclose()


@pytest.mark.parametrize("kept", [True, False], ids=["prefix kept", "prefix stripped"])
async def test_a_prefix_in_front_opens_nothing(application: Application, kept: bool) -> None:
    transport = httpx.ASGITransport(create_app_around(application), root_path="/api")
    base = "http://credence" + ("/api" if kept else "")
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        for path in ("/v1/items", "/v1/users/ada", "/", "/health", "/healthy/v1", "/docs/x"):
            assert (await client.get(path)).status_code == 401, path
            assert (await client.get(path, headers=RED)).status_code != 401, path
        for path in ("/health/live", "/metrics", "/openapi.json"):
            assert (await client.get(path)).status_code == 200, path
        assert (await client.get("/v1/items", headers=BLUE)).json()["items"] == []


async def test_with_keys_nobody_is_the_default_tenant(client: httpx.AsyncClient) -> None:
    for path in ("//v1/items", "/V1/items", "/v1", "/v2/items", "/health/../v1/items"):
        answer = await client.get(path)
        assert answer.status_code == 401, path
