"""The routed model in a process of its own, with a stand-in for when that is away."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from credence.app.breaker import Breaker
from credence.app.halves import halves, put_together
from credence.app.ranker_service.case_wire import is_sendable
from credence.app.ranker_service.connection import CaseRefused, NotAnswered
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists
from credence.planner.ranking.case import Ranker, RankingCase, Scored

log = logging.getLogger(__name__)
_AT_ONCE = 400  # scores whose list takes less time to make than handing it to a thread does


class Asks(Protocol):
    """Whatever ranks one list elsewhere."""

    async def rank(self, case: ListCase) -> RankedLists:
        """Raises NotAnswered or CaseRefused."""
        ...


class RemoteRanker:
    """Orders candidates by a process elsewhere; a stand-in answers where that does not.

    The stand-in's answers say that they are degraded. It is the same model in process, so only
    the time that a list takes gets worse.
    """

    def __init__(self, elsewhere: Asks, *, stand_in: Ranker, breaker: Breaker) -> None:
        self._elsewhere = elsewhere
        self._stand_in = stand_in
        self._breaker = breaker

    @property
    def name(self) -> str:
        return self._stand_in.name

    @property
    def state(self) -> Literal["closed", "open"]:
        """Of the breaker: while it is open, the stand-in answers nearly everything."""
        return "open" if self._breaker.is_open else "closed"

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """Log-probabilities (V, N) and how they came about; see `planner.ranking.case.Ranker`.

        Raises ValueError if `keep` is not (V, C + E + 1).
        """
        if keep.ndim != 2 or keep.shape[1] != case.pieces:
            raise ValueError(f"keep must have {case.pieces} columns, got shape {keep.shape}")
        if len(keep) == 0 or len(case.candidates) == 0:
            return await self._stand_in.score(case, keep)
        scored = await self._asked(case, keep)
        if scored is not None:
            return scored
        return replace(await self._stand_in.score(case, keep), degraded=True)

    async def _asked(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored | None:
        """What the process says, or None if it says nothing usable."""
        if len(keep) * len(case.candidates) <= _AT_ONCE:
            parts = halves(case, keep)
        else:
            parts = await asyncio.to_thread(halves, case, keep)
        if not all(is_sendable(part.case) for part in parts) or not self._breaker.admits():
            return None
        was_open = self._breaker.is_open
        try:
            with self._breaker.asked(answer=CaseRefused, failure=NotAnswered):
                told = await asyncio.gather(*(self._elsewhere.rank(part.case) for part in parts))
        except CaseRefused as refused:
            log.warning("the ranker process is not used for one list: %s", refused)
            return None
        except NotAnswered as error:
            left = "; it is left alone for a while" if self._breaker.is_open else ""
            log.warning("the model in process answers for the ranker process: %s%s", error, left)
            return None
        finally:
            if was_open and not self._breaker.is_open:
                log.warning("the ranker process answers again")
        return put_together(parts, told, ranker=self.name)
