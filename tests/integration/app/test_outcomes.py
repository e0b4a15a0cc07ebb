"""What came of lists, over HTTP, by the command and on the system page."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import psycopg
import pytest
from typer.testing import CliRunner

from credence.cli.main import app as credence
from credence.inference.listwise import bundle
from tests.integration.app.shelf import ada, problem, read, sent


async def taken(client: httpx.AsyncClient) -> dict[str, Any]:
    """Ada takes the second of a list; what the API tells of it."""
    await ada(client)
    body = {"user_id": "ada", "candidates": ["emma", "left-hand", "persuasion"]}
    listed = await sent(client, "POST", "/v1/recommendations", body)
    second = listed["items"][1]["item_id"]
    event = {
        "user_id": "ada",
        "item_id": second,
        "action": "purchase",
        "impression_id": listed["impression_id"],
    }
    await sent(client, "POST", "/v1/events", {"events": [event]})
    found: dict[str, Any] = await read(client, "/v1/outcomes")
    return found


async def test_what_somebody_took_of_a_list_is_told(client: httpx.AsyncClient) -> None:
    assert (await read(client, "/v1/outcomes"))["groups"] == []

    (group,) = (await taken(client))["groups"]

    assert group["group"] == {"ranker": f"routed-{bundle.read(bundle.shipped()).version}"}
    assert (group["lists"], group["people"], group["cited"], group["taken"]) == (1, 1, 1, 1)
    assert (group["hit_rate"]["mean"], group["mrr"]) == (1.0, 0.5)
    assert group["hit_rate"]["low"] < 0.3
    asked = await read(client, "/v1/outcomes?by=asked&by=expert")
    assert [one["group"] for one in asked["groups"]] == [{"asked": "no", "expert": "generalist"}]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("by=mood", "by"),
        ("by=day&by=day", "by"),
        ("since=yesterday", "since"),
        ("limit=0", "limit"),
    ],
)
async def test_what_cannot_be_asked_is_named(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    found = await problem(client, "GET", f"/v1/outcomes?{query}")

    assert found["status"] == 422
    assert field in json.dumps(found["errors"])


@pytest.mark.parametrize(
    ("path", "table"), [("/v1/outcomes", "impressions"), ("/v1/llm/cost", "llm_calls")]
)
async def test_what_takes_too_long_to_sum_up_asks_for_a_shorter_time(
    client: httpx.AsyncClient,
    database: str,
    path: str,
    table: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("credence.app.api.in_time._MILLISECONDS", 200)
    with psycopg.connect(database) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        found = await problem(client, "GET", path)

    assert (found["status"], found["type"]) == (422, "urn:credence:problem:invalid")
    assert found["errors"][0]["field"] == "since"
    assert "shorter time" in found["errors"][0]["fix"]
    assert (await client.get(path)).status_code == 200


async def test_a_ranker_may_have_brackets_in_its_name(
    client: httpx.AsyncClient, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await taken(client)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE impressions SET ranker = 'a[/b]c'")
    monkeypatch.setenv("CREDENCE_DATABASE_URL", database)

    shown = await asyncio.to_thread(CliRunner().invoke, credence, ["outcomes"])

    assert shown.exit_code == 0, shown.exception
    assert "a[/b]c" in shown.stdout


async def test_the_command_tells_the_same(
    client: httpx.AsyncClient, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (group,) = (await taken(client))["groups"]
    monkeypatch.setenv("CREDENCE_DATABASE_URL", database)

    told = await asyncio.to_thread(CliRunner().invoke, credence, ["outcomes", "--json"])
    shown = await asyncio.to_thread(CliRunner().invoke, credence, ["outcomes", "--by", "expert"])
    nothing = await asyncio.to_thread(
        CliRunner().invoke, credence, ["outcomes", "--tenant", "elsewhere"]
    )

    assert told.exit_code == shown.exit_code == nothing.exit_code == 0
    (of_command,) = json.loads(told.stdout)["groups"]
    assert of_command["ranker"] == group["group"]["ranker"]
    assert (of_command["hit_rate"], of_command["mrr"]) == (group["hit_rate"], 0.5)
    assert "generalist" in shown.stdout
    assert "no list was shown" in nothing.stdout
