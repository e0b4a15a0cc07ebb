"""The API with language models in a process that comes and goes: every recommendation is made."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from credence.app.admin.system.facts import roles
from credence.app.bootstrap import Application, assemble
from credence.app.causal_settings import CausalRankerSettings
from credence.app.main import create_app_around
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.planner.llm.asking import Role
from tests.integration.app.shelf import BOOKS, believed, read, sent
from tests.integration.ranker.languages import in_process, made, serving_languages
from tests.integration.ranker.processes import Process, free_port

CLIENTS = 12
WORDS = "a frozen world"
PATH = "/v1/recommendations"
ASK: dict[str, Any] = {
    "user_id": "ada",
    "instruction": WORDS,
    "candidates": sorted(BOOKS),
    "explain": True,
}
_PATIENCE = 60  # seconds


@pytest.fixture
def told(tmp_path: Path) -> CausalRankerSettings:
    return made(tmp_path)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    changed = {"causal_seconds": 60, "causal_rise": None}
    return settings.model_copy(update=changed | {"causal_url": f"http://127.0.0.1:{port}"})


def ids(said: dict[str, Any]) -> list[str]:
    return [item["item_id"] for item in said["items"]]


async def circuit(client: httpx.AsyncClient) -> tuple[str, str]:
    """The state of the process as health and figures tell it."""
    figures = (await client.get("/metrics")).text.splitlines()
    (said,) = [one for one in figures if one.startswith("credence_llm_circuit_open{")]
    assert 'role="ranker"' in said
    return (await read(client, "/health/ready"))["models"]["ranker"], said.split()[-1]


async def test_a_process_that_comes_and_goes_fails_no_recommendation(
    *,
    client: httpx.AsyncClient,
    application: Application,
    encoder: SentenceEncoder,
    database: str,
    told: CausalRankerSettings,
    port: int,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await believed(client)
    near = await beside(application, encoder, database, told)
    with serving_languages(tmp_path, told, port=port) as process:
        well = await sent(client, "POST", PATH, ASK)
        state = await circuit(client)
        with caplog.at_level(logging.WARNING):
            first, *others = await asyncio.gather(
                _killed(process, client), *(sent(client, "POST", PATH, ASK) for _ in range(CLIENTS))
            )
            after = [await sent(client, "POST", PATH, ASK) for _ in range(5)]
    away, role = await circuit(client), played(application)
    with serving_languages(tmp_path, told, port=port), caplog.at_level(logging.WARNING):
        back = await returned(client)

    assert first is None
    assert well["ranker"].startswith("router-labels-1 over ")
    assert (ids(well), well["flags"]) == (ids(near), [])
    assert well["routing"]["expert"] == near["routing"]["expert"]
    assert well["routing"]["alpha"] == pytest.approx(near["routing"]["alpha"], abs=1e-4)
    assert state == ("closed", "0.0")
    assert {len(one["items"]) for one in [*others, *after]} == {len(BOOKS)}
    assert [one["flags"] for one in after] == [["degraded"]] * 5
    assert " over " not in after[0]["ranker"]
    assert away == ("open", "1.0")
    assert role == ("router-labels-1", f"127.0.0.1:{port}", "open")
    assert ids(back) == ids(well)
    assert caplog.text.count("gives orders again") == 1
    assert WORDS not in caplog.text


async def beside(
    application: Application,
    encoder: SentenceEncoder,
    database: str,
    told: CausalRankerSettings,
) -> dict[str, Any]:
    """The list that the same models order in the API's own process."""
    models = in_process(told)
    alone = application.settings.model_copy(update={"causal_url": None})
    around = assemble(alone, database, encoder, language_ranker=models)
    transport = httpx.ASGITransport(create_app_around(around))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as client:
        found: dict[str, Any] = await sent(client, "POST", PATH, ASK)
    await around.close()
    return found


async def _killed(process: Process, client: httpx.AsyncClient) -> None:
    """Kill it as soon as somebody has been answered."""
    await sent(client, "POST", PATH, ASK)
    process.kill()


async def returned(client: httpx.AsyncClient) -> dict[str, Any]:
    """The first list that is not degraded."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            found: dict[str, Any] = await sent(client, "POST", PATH, ASK)
            if not found["flags"]:
                return found
            await asyncio.sleep(0.2)


def played(application: Application) -> tuple[str | None, str | None, str | None]:
    """The ranker's role as the system page tells it."""
    (role,) = [one for one in roles(application) if one.role == Role.RANKER.value]
    return role.model, role.place, role.state
