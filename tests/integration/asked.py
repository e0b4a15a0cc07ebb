"""What the development server was asked, by its own count.

It often shares an event loop with the test, and a machine may be busy: so nobody hurries it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx


@asynccontextmanager
async def caller(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server; `url` is its models', with /v1, or without."""
    root = url.removesuffix("/v1")
    async with httpx.AsyncClient(base_url=root, timeout=60, trust_env=False) as client:
        yield client


async def stats(url: str) -> dict[str, Any]:
    """All of its figures."""
    async with caller(url) as client:
        found: dict[str, Any] = (await client.get("/stats")).json()
    return found


async def by_role(url: str) -> Counter[str]:
    """How many calls each role made."""
    told = await stats(url)
    return Counter({role: sum(calls.values()) for role, calls in told["by_role"].items()})


async def forget(url: str) -> None:
    """Begin to count anew."""
    async with caller(url) as client:
        (await client.delete("/stats")).raise_for_status()
