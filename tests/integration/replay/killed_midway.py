"""A program that asks the development server's models, killed by the real signal half-way."""

from __future__ import annotations

import asyncio
import signal
import sys

from tests.integration.asked import caller


async def killed_midway(module: str, *told: str, url: str, needed: int) -> int:
    """Run the module and kill it once half of the calls were made; how many were by then."""
    async with caller(url) as client:

        async def made() -> int:
            calls: int = (await client.get("/stats")).json()["calls"]
            return calls

        child = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *told)
        while child.returncode is None and await made() < needed // 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        assert await child.wait() == -signal.SIGKILL
        return await made()
