"""A program that asks the development server's models, killed by the real signal half-way."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import httpx


async def stats(url: str) -> dict[str, Any]:
    """What the server was asked since it began."""
    async with httpx.AsyncClient() as client:
        found: dict[str, Any] = (await client.get(url.replace("/v1", "/stats"))).json()
    return found


async def killed_midway(module: str, *told: str, url: str, needed: int) -> int:
    """Run the module and kill it once half of the calls were made; how many were by then."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *told)
    while child.returncode is None and (await stats(url))["calls"] < needed // 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert await child.wait() == -signal.SIGKILL
    before: int = (await stats(url))["calls"]
    return before
