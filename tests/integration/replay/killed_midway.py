"""A program that asks the development server's models, killed by the real signal half-way."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from tests.integration.asked import caller
from tests.integration.forked import started, status


async def killed_midway(program: Callable[..., None], *told: object, url: str, needed: int) -> int:
    """Run the program in a process of its own and kill it once half of the calls were made; how
    many were by then."""
    async with caller(url) as client:

        async def made() -> int:
            calls: int = (await client.get("/stats")).json()["calls"]
            return calls

        child = started(program, *told)
        while child.is_alive() and await made() < needed // 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        child.kill()
        assert await status(child) == -signal.SIGKILL
        return await made()
