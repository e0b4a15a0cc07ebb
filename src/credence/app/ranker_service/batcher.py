"""Requests of many callers gathered into passes of the model."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from credence.app.fault import where
from credence.app.ranker_service.figures import Figures
from credence.inference.errors import NoAnswer
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists

log = logging.getLogger(__name__)


class NotRanked(Exception):
    """A request was not computed; `reason` is queue-full, late, stopping, starting or
    model-failed, or of a list for language models that there are none: no-language-models."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PassFailed(Exception):
    """The model failed on a pass that this request was part of."""


class Gathers(Protocol):
    """Whatever finds out which cases go into one pass."""

    def takes(self, case: ListCase) -> bool:
        """Take a case in, unless it goes badly with those taken before; the first is taken."""
        ...


class ManyLists(Protocol):
    """A model that ranks several lists in a call that blocks."""

    @property
    def version(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def gathering(self) -> Gathers:
        """Begin to gather a pass."""
        ...

    def rank_many(self, cases: Sequence[ListCase]) -> list[RankedLists | NoAnswer]:
        """An answer a case."""
        ...

    def warm_up(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long requests wait for company, and how many may."""

    largest: int = 64  # requests in a pass
    wait_seconds: float = 0.002
    queue: int = 256  # requests that wait


@dataclass(slots=True, eq=False)
class _Request:
    case: ListCase
    since: float
    deadline: float
    answer: asyncio.Future[RankedLists]


class Batcher:
    """One model, one pass at a time, in one thread.

    A pass always takes the oldest request, and of the others those that go well with it, oldest
    first: whatever else arrives, a request waits for no more passes than there were requests
    before it. A request whose deadline passes while it waits is dropped then.
    """

    def __init__(
        self,
        model: ManyLists,
        *,
        pace: Pace,
        figures: Figures,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._pace = pace
        self._figures = figures
        self._clock = clock
        self._queue: deque[_Request] = deque()
        self._news = asyncio.Event()
        self._running = False  # whether a pass is
        self._idle = asyncio.Event()
        self._idle.set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ranker")
        figures.waiting(lambda: len(self._queue))

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._queue)

    async def rank(self, case: ListCase, *, deadline: float) -> RankedLists:
        """The answer to one case. Raises NotRanked, NoAnswer or PassFailed.

        `deadline` is a moment of the clock.
        """
        now = self._clock()
        if now >= deadline:
            raise self._dropped("late")
        self.must_have_room()
        loop = asyncio.get_running_loop()
        request = _Request(case, now, deadline, loop.create_future())
        self._queue.append(request)
        self._idle.clear()
        self._news.set()
        lapse = loop.call_later(deadline - now, self._lapse, request)
        try:
            return await request.answer
        finally:
            lapse.cancel()

    def must_have_room(self) -> None:
        """Raises NotRanked if the queue is full."""
        if len(self._queue) >= self._pace.queue:
            raise self._dropped("queue-full")

    async def serve(self) -> None:
        """Rank what arrives until cancelled; the first thing is to warm the model up."""
        while True:
            await self._gathered()
            batch = self._next()
            if batch:
                self._running = True
                await self._answer(batch)
                self._running = False
            self._rest()

    async def warm_up(self) -> None:
        """Run the model once where it will run."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._model.warm_up)

    async def settled(self) -> None:
        """Wait until nothing waits and nothing runs."""
        await self._idle.wait()

    def close(self) -> None:
        """Let the thread go after what it is at."""
        self._thread.shutdown(wait=True)

    async def _gathered(self) -> None:
        """Wait for a request, and then for company: as long as its first may wait, or enough."""
        while not self._queue:
            self._news.clear()
            await self._news.wait()
        until = self._queue[0].since + self._pace.wait_seconds
        while len(self._queue) < self._pace.largest and (left := until - self._clock()) > 0:
            self._news.clear()
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
            except TimeoutError:
                return

    def _next(self) -> list[_Request]:
        """The oldest request in time and those that go with it; empty if all were late."""
        now, gathered = self._clock(), self._model.gathering()
        batch: list[_Request] = []
        later: deque[_Request] = deque()
        for request in self._queue:
            if request.answer.done():  # whoever asked is gone
                continue
            if now >= request.deadline:
                request.answer.set_exception(self._dropped("late"))
            elif len(batch) < self._pace.largest and gathered.takes(request.case):
                batch.append(request)
            else:
                later.append(request)
        self._queue = later
        return batch

    async def _answer(self, batch: Sequence[_Request]) -> None:
        began = self._clock()
        told: list[RankedLists | NoAnswer | PassFailed] = []
        try:
            told += await asyncio.get_running_loop().run_in_executor(
                self._thread, self._model.rank_many, [request.case for request in batch]
            )
        except Exception as error:  # noqa: BLE001  the others go on; whoever asked is told
            log.error("a pass of %s lists failed\n%s", len(batch), where(error))  # noqa: TRY400
            told = [PassFailed("the model failed") for _ in batch]
        self._figures.batch(len(batch), self._clock() - began)
        for request, said in zip(batch, told, strict=True):
            if request.answer.done():
                continue
            if isinstance(said, RankedLists):
                request.answer.set_result(said)
            else:
                request.answer.set_exception(said)

    def _lapse(self, request: _Request) -> None:
        """A request's deadline is here: unless it is in a pass, it makes room for others."""
        if request in self._queue:
            self._queue.remove(request)
            self._rest()
            if not request.answer.done():
                request.answer.set_exception(self._dropped("late"))

    def _rest(self) -> None:
        if not self._queue and not self._running:
            self._idle.set()

    def _dropped(self, reason: str) -> NotRanked:
        self._figures.dropped(reason)
        return NotRanked(reason)
