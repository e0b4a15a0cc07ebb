"""Explanations whose caller goes, over the API: the process writes them no further."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from tests.integration.app.shelf import BOOKS, sent, stock
from tests.integration.app.test_explanations import explanation, listening
from tests.integration.ranker.processes import free_port
from tests.integration.ranker.test_orders_that_wait import gated, opened, until

PATH = "/v1/recommendations"
QUEUE = "credence_ranker_order_queue_length"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    changed: dict[str, Any] = {
        "causal_seconds": 600,
        "causal_url": f"http://127.0.0.1:{port}",
        "causal_explanation_tokens": 10,
    }
    return settings.model_copy(update=changed)


async def test_the_process_is_left_when_the_caller_of_the_api_goes(
    application: Application, port: int, tmp_path: Path
) -> None:
    async with listening(application) as client:
        await stock(client)
        ask = {"instruction": "a frozen world", "candidates": sorted(BOOKS)}
        shown = await sent(client, "POST", PATH, ask)  # by the local ranker: there is no process
        path, item = explanation(shown), {"item_id": "dune"}
        with gated(tmp_path, port=port) as process:
            left = asyncio.create_task(client.post(path, json=item))
            await until(process, f"{QUEUE} 1.0")
            left.cancel()
            await until(process, 'credence_ranker_explanations_refused_total{reason="gone"} 1.0')
            await until(process, f"{QUEUE} 0.0")  # though the gate is closed
            opened(tmp_path)
            again = await sent(client, "POST", path, item)

    assert again["text"]
    assert application.circuits["explanations"] == "closed"
