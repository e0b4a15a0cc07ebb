"""Asking for a planner run from a person's pages: who asked and why stays with it."""

from __future__ import annotations

import httpx

from credence.app.bootstrap import Application
from tests.integration.admin.test_acts import (
    BELIEF,
    HOSTILE,
    last_revision,
    press,
)
from tests.integration.app.shelf import READING, believed, read, sent


async def test_the_planner_runs_now_and_its_run_is_shown(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    await believed(client)
    await sent(client, "POST", "/v1/events", {"events": READING})

    done = await press(signed_in, csrf, "/advance")
    page = await signed_in.get(done.headers["location"])

    run = (await read(client, "/v1/users/ada/planner-runs"))["runs"][0]
    assert done.status_code == 303
    assert (await read(client, BELIEF))["pending"] == 0
    assert f"/admin/t/default/planner/{run['run_id']}" in page.text
    assert "3 events read" in page.text


async def test_who_asked_for_a_run_and_why_is_kept_with_it(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    await believed(client)
    await sent(client, "POST", "/v1/events", {"events": READING})

    await press(signed_in, csrf, "/advance", reason=HOSTILE)
    run = (await read(client, "/v1/users/ada/planner-runs"))["runs"][0]
    revision = await last_revision(client)
    page = await signed_in.get(f"/admin/t/default/planner/{run['run_id']}")

    assert run["detail"]["asked"] == {"actor": "admin:eve", "reason": HOSTILE}
    assert revision["actor"].startswith("planner:")
    assert revision["reason"] == f"{run['reason']}; asked for by admin:eve: {HOSTILE}"
    assert "Asked for by" in page.text
    assert "admin:eve" in page.text
    assert "<script>alert" not in page.text


async def test_a_run_that_finds_nothing_to_do_says_who_asked_too(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    await believed(client)

    await press(signed_in, csrf, "/advance", reason=" ")

    run = (await read(client, "/v1/users/ada/planner-runs"))["runs"][0]
    assert run["outcome"] == "skipped"
    assert run["detail"]["asked"] == {"actor": "admin:eve", "reason": None}


async def test_too_long_a_reason_for_a_run_is_told_and_nothing_runs(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    await believed(client)
    before = (await read(client, "/v1/users/ada/planner-runs"))["runs"]

    refused = await press(signed_in, csrf, "/advance", reason="y" * 201)

    assert refused.status_code == 422
    assert "Give at most 200 characters." in refused.text
    assert f'value="{"y" * 201}"' in refused.text
    assert "Nothing was erased" not in refused.text
    assert (await read(client, "/v1/users/ada/planner-runs"))["runs"] == before


async def test_a_run_that_failed_says_who_asked_too(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str, application: Application
) -> None:
    await believed(client)

    async def failing(*_: object, **__: object) -> None:
        raise KeyError

    object.__setattr__(application.worker.graph, "ainvoke", failing)
    failed = await press(signed_in, csrf, "/advance")

    run = (await read(client, "/v1/users/ada/planner-runs"))["runs"][0]
    assert failed.status_code == 500
    assert 'value="asked by mail"' in failed.text
    assert (run["outcome"], run["error"]) == ("failed", "KeyError")
    assert run["detail"]["asked"] == {"actor": "admin:eve", "reason": "asked by mail"}
