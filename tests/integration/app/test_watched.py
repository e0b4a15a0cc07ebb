"""What a planner without an API says of itself."""

from __future__ import annotations

import asyncio
import socket

import httpx

from credence.app.bootstrap import Application
from credence.app.watched import Watched


async def test_a_planner_that_looks_for_nobody_is_alive_and_not_ready(
    application: Application,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        base = f"http://127.0.0.1:{bound.getsockname()[1]}"
        watched = Watched([bound])
        async with (
            watched.answering(),
            httpx.AsyncClient(base_url=base, timeout=60, trust_env=False) as client,
        ):
            before = await client.get("/health/ready")
            watched.attach(application)
            at_first = await client.get("/health/ready")
            application.worker.looked_at -= 3_600
            silent = await client.get("/health/ready")
            live = await client.get("/health/live")
            working = asyncio.create_task(application.worker.serve())
            async with asyncio.timeout(60):
                while application.worker.silent_seconds > 60:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            again = await client.get("/health/ready")
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    assert (before.status_code, before.json()["missing"]) == (503, ["the server is starting"])
    assert (at_first.status_code, silent.status_code, again.status_code) == (200, 503, 200)
    assert "the planner has looked for nobody for 36" in silent.json()["missing"][0]
    assert silent.json()["database"] == "ok"
    assert live.status_code == 200
