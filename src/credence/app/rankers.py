"""Which weights order a tenant's items: its own where it has some, else those that ship."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.fresh import Fresh
from credence.memory.ranker_weights import FittedWeights
from credence.memory.unit_of_work import autocommit
from credence.planner.ranking.case import Ranker
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.ranking.weights import Weights, parse_weights, shipped_weights

log = logging.getLogger(__name__)
_STALE_SECONDS = 60  # age that a tenant's weights may have


class StoredRankers:
    """`planner.counter.Rankers` on Postgres."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._rankers: Fresh[str, Ranker] = Fresh(self._read, seconds=_STALE_SECONDS, clock=clock)

    async def of(self, tenant: str) -> Ranker:
        return await self._rankers.get(tenant)

    async def _read(self, tenant: str) -> Ranker:
        async with autocommit(self._engine) as uow:
            stored = await uow.ranker_weights.get(tenant)
        return SemanticRanker(usable(stored))


def usable(stored: FittedWeights | None) -> Weights:
    """The stored weights, or those that ship where there are none or an older version fitted them.

    An older version may have other signals, or mean others by the same names.
    """
    shipped = shipped_weights()
    if stored is None:
        return shipped
    try:
        own = parse_weights(stored.document)
        if not own.version.startswith(fitted_version(shipped, "")):
            raise ValueError(f"they are of version {own.version}")  # noqa: TRY301
    except (KeyError, TypeError, ValueError) as error:
        log.warning(
            "weights fitted at %s are left aside, as these signals are not theirs; "
            "`credence fit` makes new ones: %s",
            stored.fitted_at.isoformat(),
            type(error).__name__,
        )
        return shipped
    return own


def fitted_version(shipped: Weights, day: str) -> str:
    """The version of weights fitted on that day for the signals of the shipped ones."""
    return f"{shipped.version}-fitted-{day}"
