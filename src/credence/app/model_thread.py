"""One thing at a time for language models in this process, and few that wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

_MOST = 8  # that at hand included

T = TypeVar("T")


class ModelThread:
    """A thread of its own: a GPU gains nothing from two lists or texts at once, and a CPU loses."""

    def __init__(self) -> None:
        self._at_work: set[Future[Any]] = set()  # what is at hand and what waits
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="language-models")

    @property
    def at_work(self) -> int:
        """What is at hand and what waits, together."""
        return len(self._at_work)

    @property
    def has_room(self) -> bool:
        """Whether one more may wait."""
        return self.at_work < _MOST

    async def done(self, work: Callable[[], T], *, seconds: float) -> T:
        """What comes of the work within this time.

        What was begun is done to its end, what waits is not when nobody waits for it any more.
        Raises TimeoutError and whatever the work raises.
        """
        doing = self._thread.submit(work)
        self._at_work.add(doing)
        doing.add_done_callback(self._at_work.discard)
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(doing)

    def first(self, work: Callable[[], T]) -> T:
        """What comes of the work, for whoever has no event loop yet. Raises what the work does."""
        return self._thread.submit(work).result()

    async def settled(self) -> None:
        """Wait until nothing is at hand or waits."""
        waited = [asyncio.wrap_future(one) for one in tuple(self._at_work)]
        await asyncio.gather(*waited, return_exceptions=True)  # whoever asked is told of those

    def close(self) -> None:
        """Let what is at hand end; what waits is given up."""
        self._thread.shutdown(wait=True, cancel_futures=True)
