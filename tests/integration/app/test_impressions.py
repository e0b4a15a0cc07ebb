"""Impressions are written behind the answers, and nobody can tell but by their speed."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import select

from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.impression_log import ImpressionLog
from credence.memory.model import Impression
from credence.memory.tables import impressions
from tests.integration.app.shelf import READING, ada, read, sent, stock

PATH = "/v1/recommendations"


def shown(number: int, *, user_id: str | None = None, at: datetime | None = None) -> Impression:
    return Impression(
        impression_id=f"impression-{number:03d}",
        user_id=user_id,
        shown_at=at or utc_now(),
        revision=None,
        ranker="none",
        instruction="words",
        session_items=(),
        flags=(),
        item_ids=("dune",),
        scores=(0.0,),
    )


def a_log(application: Application, *, most: int = 10_000) -> ImpressionLog:
    return ImpressionLog(application.relaxed, keep=timedelta(days=30), clock=utc_now, most=most)


async def written(application: Application) -> list[Any]:
    await application.shelf.impressions.settle()
    async with application.engine.connect() as connection:
        query = select(impressions).order_by(impressions.c.impression_id)
        return list(await connection.execute(query))


async def test_adding_returns_at_once_and_settling_waits_for_every_row(
    application: Application,
) -> None:
    log = a_log(application)
    for number in range(50):
        log.add("red" if number % 2 else "blue", shown(number))
    assert await written(application) == []

    await log.settle()

    rows = await written(application)
    assert [row.impression_id for row in rows] == [shown(n).impression_id for n in range(50)]
    assert {row.tenant_id for row in rows} == {"red", "blue"}
    assert log.dropped == 0


async def test_a_recommendation_can_be_cited_the_moment_it_is_there(
    client: httpx.AsyncClient,
) -> None:
    await ada(client)
    for _ in range(5):
        made = await sent(client, "POST", PATH, {"user_id": "ada"})
        click = {**READING[0], "impression_id": made["impression_id"]}
        assert (await client.post("/v1/events", json={"events": [click]})).status_code == 200


async def test_what_was_shown_to_somebody_erased_since_is_dropped_alone(
    client: httpx.AsyncClient, application: Application
) -> None:
    await sent(client, "PUT", "/v1/users/ada", {})
    log = a_log(application)
    for number, user_id in enumerate(["ada", "erased", None]):
        log.add("default", shown(number, user_id=user_id))

    await log.settle()

    assert [row.user_id for row in await written(application)] == ["ada", None]
    assert log.dropped == 0


async def test_erasure_and_export_see_the_list_that_was_shown_last(
    client: httpx.AsyncClient,
) -> None:
    await ada(client)
    await sent(client, "POST", PATH, {"user_id": "ada"})
    exported = await read(client, "/v1/users/ada/export")
    await sent(client, "POST", PATH, {"user_id": "ada"})
    receipt = await sent(client, "DELETE", "/v1/users/ada")

    assert len(exported["impressions"]) == 1
    assert receipt["rows"]["impressions"] == 2


async def test_a_failure_costs_the_lists_but_no_answer_and_quotes_nobody(
    client: httpx.AsyncClient,
    application: Application,
    database: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await stock(client)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE impressions RENAME TO hidden")

    with caplog.at_level(logging.WARNING):
        await sent(client, "POST", PATH, {"instruction": "a private wish"})
        await application.shelf.impressions.settle()

    assert application.shelf.impressions.dropped == 1
    assert "1 impressions were not written: ProgrammingError" in caplog.text
    assert "private" not in caplog.text
    assert "credence_impressions_dropped 1.0" in (await client.get("/metrics")).text


async def test_a_full_queue_gives_up_the_oldest_and_counts_them(application: Application) -> None:
    log = a_log(application, most=3)
    for number in range(5):
        log.add("default", shown(number))

    await log.settle()

    assert [row.impression_id[-1] for row in await written(application)] == ["2", "3", "4"]
    assert log.dropped == 2


async def test_old_lists_shown_to_nobody_known_are_deleted_and_no_others(
    client: httpx.AsyncClient, application: Application
) -> None:
    await sent(client, "PUT", "/v1/users/ada", {})
    old = utc_now() - timedelta(days=31)
    first = a_log(application)
    first.add("default", shown(1, user_id="ada", at=old))
    for number, tenant in enumerate(["default", "other", "zoo"], 2):
        first.add(tenant, shown(number))
    await first.settle()
    async with application.engine.begin() as connection:
        await connection.execute(
            impressions.update().where(impressions.c.tenant_id != "zoo").values(shown_at=old)
        )

    second = a_log(application)
    second.add("default", shown(9))
    await second.settle()

    left = [row.impression_id for row in await written(application)]
    assert left == ["impression-001", "impression-004", "impression-009"]


async def test_an_unknown_users_words_are_kept_nowhere(
    client: httpx.AsyncClient, application: Application
) -> None:
    await stock(client)

    await sent(client, "POST", PATH, {"user_id": "nobody", "instruction": "a private wish"})
    await sent(client, "POST", PATH, {"instruction": "a wish of no user"})

    rows = await written(application)
    assert sorted((row.user_id, row.instruction) for row in rows) == [
        (None, ""),
        (None, "a wish of no user"),
    ]


async def test_closing_writes_what_is_pending(
    client: httpx.AsyncClient, application: Application
) -> None:
    await stock(client)
    await asyncio.gather(*(sent(client, "POST", PATH, {}) for _ in range(4)))

    await application.close()

    assert len(await written(application)) == 4
