"""Health, metrics, and the edges of the web application."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from credence.app import schema
from credence.app.api.guard import LARGEST_BODY
from credence.app.bootstrap import Application
from credence.app.main import create_app_around
from tests.integration.app.shelf import believed, problem, read, sent


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await read(client, "/health/live"))["status"] == "live"
    ready = await read(client, "/health/ready")
    assert (ready["status"], ready["missing"]) == ("ready", [])
    assert ready["encoder"] == "all-MiniLM-L6-v2"


async def test_an_old_schema_is_not_ready_and_says_what_to_do(
    client: httpx.AsyncClient, database: str
) -> None:
    schema.downgrade(database)

    answer = await client.get("/health/ready")

    assert answer.status_code == 503
    assert "credence db upgrade" in answer.json()["missing"][0]


async def test_asking_again_whether_it_is_ready_opens_no_connection(
    client: httpx.AsyncClient,
) -> None:
    await read(client, "/health/ready")
    opened: list[object] = []

    def noted(connection: object, record: object) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", noted)
    try:
        for _ in range(5):
            await read(client, "/health/ready")
    finally:
        event.remove(Pool, "connect", noted)

    assert opened == []


async def test_metrics_count_by_template_and_name_nobody(client: httpx.AsyncClient) -> None:
    await believed(client)
    await sent(client, "POST", "/v1/recommendations", {"user_id": "ada"})
    await client.get("/v1/users/a-secret-name")
    await client.get("/no/such/place")

    text = (await client.get("/metrics")).text

    assert 'credence_events_total{status="recorded"} 3.0' in text
    assert 'credence_planner_runs_total{outcome="committed"} 1.0' in text
    assert "credence_recommendations_total 1.0" in text
    assert (
        'credence_requests_total{method="GET",route="/v1/users/{user_id}",status="404"} 1.0' in text
    )
    assert 'route="unmatched",status="404"' in text
    assert "credence_request_seconds_bucket" in text
    assert "secret" not in text
    assert "ada" not in text


async def test_two_applications_count_apart(application: Application) -> None:
    apps = [create_app_around(application) for _ in range(2)]
    clients = [
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://credence")
        for app in apps
    ]
    await clients[0].get("/health/live")

    assert "/health/live" in (await clients[0].get("/metrics")).text
    assert "/health/live" not in (await clients[1].get("/metrics")).text
    for client in clients:
        await client.aclose()


async def test_unknown_places_and_methods_are_problems(client: httpx.AsyncClient) -> None:
    assert (await problem(client, "GET", "/v1/nothing"))["status"] == 404
    assert (await problem(client, "GET", "/"))["status"] == 404
    found = await client.delete("/v1/events")
    assert found.status_code == 405
    assert found.json()["status"] == 405
    assert found.headers["allow"] == "POST"


async def test_a_body_over_the_limit_is_refused_announced_or_not(
    client: httpx.AsyncClient,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b" " * (LARGEST_BODY // 8)

    announced = await client.post("/v1/events", content=b" " * (LARGEST_BODY + 1))
    streamed = await client.post("/v1/events", content=chunks())
    read_by_fastapi = await client.put("/v1/users/ada", content=chunks())

    for answer in (announced, streamed, read_by_fastapi):
        assert answer.status_code == 413, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert "8 MiB" in answer.json()["detail"]


async def test_an_unexpected_error_is_logged_by_id_and_never_quotes_people(
    client: httpx.AsyncClient, application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    confession = " ".join(["a", "private", "confession"])  # the log shows lines of code

    def broken() -> None:
        raise RuntimeError(confession)

    object.__setattr__(application.counter, "clock", broken)

    with caplog.at_level(logging.ERROR):
        answer = await client.post(
            "/v1/recommendations", json={"instruction": "a private wish", "user_id": "ada"}
        )

    assert answer.status_code == 500
    request_id = answer.headers["x-request-id"]
    assert request_id in answer.json()["detail"]
    assert request_id in caplog.text
    assert "RuntimeError" in caplog.text
    assert "test_health.py" in caplog.text
    assert "private" not in caplog.text + answer.text
