"""The models as they are served: being warmed up, ready, or about to end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

from credence.app.fault import where
from credence.app.ranker_service.batcher import Batcher, ManyLists, NotRanked, Pace
from credence.app.ranker_service.figures import Figures
from credence.app.ranker_service.ordering import Ordering
from credence.app.ranker_service.telling import Telling
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists
from credence.planner.counter import Reordered, Shown
from credence.planner.placement import Explanation

if TYPE_CHECKING:
    from credence.app.causal_ranker import CausalRanker
    from credence.app.ranker_service.explanation_wire import Wanted

log = logging.getLogger(__name__)
State = Literal["starting", "ready", "stopping", "failed"]


class RankingService:
    """Ranks while it is ready; whoever gives it language models has warmed them up."""

    def __init__(
        self, model: ManyLists, pace: Pace, *, languages: CausalRanker | None = None
    ) -> None:
        self.version = model.version
        self.dimension = model.dimension
        self.figures = Figures()
        self.ordering = Ordering(languages, self.figures.orders)
        teller = None if languages is None else languages.teller
        self.telling = Telling(teller, self.figures.explanations)
        self._model = model
        self._pace = pace
        self._state: State = "starting"
        self._batcher: Batcher | None = None

    @property
    def state(self) -> State:
        return self._state

    async def rank(self, case: ListCase, *, deadline: float) -> RankedLists:
        """The answer to one case by a moment of `time.monotonic`; see `Batcher.rank`."""
        return await self._open().rank(case, deadline=deadline)

    def must_take(self) -> None:
        """Raises NotRanked if a list would be refused now, before its body is read."""
        self._open().must_have_room()

    async def order(self, shown: Shown, *, deadline: float) -> Reordered:
        """The order that language models give a list; see `Ordering.order`."""
        self.must_order()
        return await self.ordering.order(shown, deadline=deadline)

    def must_order(self) -> None:
        """Raises NotRanked if language models would be given no list now."""
        if (reason := self._closed()) is not None:
            raise self.ordering.refused(reason)
        self.ordering.must_have_room()

    async def explain(self, wanted: Wanted, *, deadline: float) -> Explanation:
        """The words of language models for why an item was put to somebody; see `Telling.tell`."""
        self.must_explain()
        return await self.telling.tell(wanted, deadline=deadline)

    def must_explain(self) -> None:
        """Raises NotRanked if language models would be asked for no words now."""
        if (reason := self._closed()) is not None:
            raise self.telling.refused(reason)
        self.telling.must_have_room()

    def _open(self) -> Batcher:
        if (reason := self._closed()) is not None:
            self.figures.dropped(reason)
            raise NotRanked(reason)
        assert self._batcher is not None  # it is what is ready
        return self._batcher

    def _closed(self) -> str | None:
        """Why nothing is taken now."""
        if self._state == "ready":
            return None
        return "model-failed" if self._state == "failed" else self._state

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Warm up and serve in the background; close when everything asked is answered."""
        self._batcher = Batcher(
            self._model, pace=self._pace, figures=self.figures, clock=time.monotonic
        )
        task = asyncio.create_task(self._serve(self._batcher))
        try:
            yield
        finally:
            if not task.done():
                await self.drained()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.to_thread(self._batcher.close)

    async def drained(self) -> None:
        """Take no more, and wait until everything that was taken is answered."""
        works = self._state != "failed"
        self._state = "stopping"
        if works and self._batcher is not None:
            await self._batcher.settled()
        await self.ordering.settled()

    async def _serve(self, batcher: Batcher) -> None:
        try:
            await batcher.warm_up()
            if self._state == "starting":
                self._state = "ready"
            await batcher.serve()
        except Exception as error:  # noqa: BLE001  the process says so, and whoever runs it ends it
            self._state = "failed"
            log.error("the model cannot rank\n%s", where(error))  # noqa: TRY400
