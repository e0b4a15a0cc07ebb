"""The API on a ranking process that comes and goes: every recommendation is made."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.inference.listwise.bundle import write
from tests.integration.app.routed import a_bundle
from tests.integration.app.shelf import believed
from tests.integration.ranker.processes import Process, free_port, serving

CLIENTS = 64
PATH = "/v1/recommendations"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(a_bundle(), tmp_path, provenance={})
    return tmp_path


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(settings: Settings, folder: Path, port: int) -> Settings:
    return settings.model_copy(
        update={
            "ranker": "routed",
            "ranker_model": folder,
            "ranker_url": f"http://127.0.0.1:{port}",
            "ranker_timeout_ms": 30_000,
        }
    )


async def made(client: httpx.AsyncClient, number: int) -> list[str]:
    """The flags of one recommendation."""
    ask = {"user_id": "ada", "instruction": f"a frozen world, {number % 3}", "k": 3}
    answer = await client.post(PATH, json=ask | {"explain": number % 2 == 0})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["ranker"].startswith("routed-test-")
    assert len(said["items"]) == 3
    flags: list[str] = said["flags"]
    return flags


async def test_64_clients_and_a_killed_process(
    client: httpx.AsyncClient, application: Application, folder: Path, port: int
) -> None:
    assert application.ranker_process is not None
    await believed(client)
    with serving(folder, port=port) as process:
        well = await asyncio.gather(*(made(client, number) for number in range(CLIENTS)))
        first, *others = await asyncio.gather(
            _killed(process, client), *(made(client, number) for number in range(CLIENTS))
        )
        after = await asyncio.gather(*(made(client, number) for number in range(CLIENTS)))

    assert first is None
    assert len(others) == CLIENTS
    assert well == [[]] * CLIENTS
    assert after == [["degraded"]] * CLIENTS


async def _killed(process: Process, client: httpx.AsyncClient) -> None:
    """Kill it as soon as somebody has been answered."""
    await made(client, 0)
    process.kill()
