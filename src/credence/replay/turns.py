"""Many small jobs, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Job = TypeVar("Job")


async def in_turns(
    jobs: Iterable[Job], do: Callable[[Job], Awaitable[None]], *, at_once: int
) -> None:
    """Do all of them, at most `at_once` at a time, begun in order.

    The first that fails ends those that run and keeps the others from beginning; its error is
    raised, alone.
    """
    turns = asyncio.Semaphore(at_once)

    async def one(job: Job) -> None:
        async with turns:
            await do(job)

    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(one(job))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
