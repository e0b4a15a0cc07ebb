"""Which ranker orders a tenant's items: one by weights of its own where it has some, else the
one that ships."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.fresh import Fresh
from credence.app.routed_ranker import RoutedRanker
from credence.inference.errors import ModelError
from credence.inference.listwise.bundle import read, shipped
from credence.inference.listwise.ranking import RoutedLists
from credence.memory.ranker_weights import FittedWeights
from credence.memory.unit_of_work import autocommit
from credence.planner.ranking.case import Ranker, RankingCase, Scored
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.ranking.weights import Weights, parse_weights, shipped_weights

log = logging.getLogger(__name__)
_STALE_SECONDS = 60  # age that a tenant's weights may have
TABLES = ("with_instruction", "without_instruction")


class StoredRankers:
    """`planner.counter.Rankers` on Postgres.

    Weights that `credence fit` stored for a tenant come first; `otherwise` ranks for the others.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        otherwise: Ranker,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._otherwise = otherwise
        self._rankers: Fresh[str, Ranker] = Fresh(self._read, seconds=_STALE_SECONDS, clock=clock)

    async def of(self, tenant: str) -> Ranker:
        return await self._rankers.get(tenant)

    async def _read(self, tenant: str) -> Ranker:
        async with autocommit(self._engine) as uow:
            stored = await uow.ranker_weights.get(tenant)
        own = None if stored is None else usable(stored)
        if stored is None or own is None:
            return self._otherwise
        return OwnWeights(SemanticRanker(own), tables_of(stored), self._otherwise)


class OwnWeights:
    """A tenant's own weights where a table of them was fitted, and the ranker in use elsewhere."""

    def __init__(self, own: SemanticRanker, tables: Collection[str], otherwise: Ranker) -> None:
        self._own = own
        self._tables = tables
        self._otherwise = otherwise
        self.name = own.name

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """By the table for cases with an instruction, or for those without."""
        table = "without_instruction" if case.instruction is None else "with_instruction"
        ranker = self._own if table in self._tables else self._otherwise
        return await ranker.score(case, keep)


def tables_of(stored: FittedWeights) -> frozenset[str]:
    """The tables that were fitted and did better than the ranker in use."""
    return frozenset(stored.document.get("provenance", {}).get("tables_fitted", TABLES))


def default_ranker(which: str, model: Path | None) -> Ranker:
    """The ranker for tenants without weights of their own.

    "routed" is the routed model of the folder `model`, or the one that ships; "auto" the same, or
    the semantic ranker where its files cannot be used, with everything it ranks marked degraded.
    Raises ModelError for "routed".
    """
    if which == "semantic":
        return SemanticRanker()
    try:
        return RoutedRanker(RoutedLists(read(model or shipped())))
    except ModelError as error:
        if which != "auto":
            raise
        log.error("the semantic ranker stands in for the routed model: %s", error)  # noqa: TRY400
        return StandIn(SemanticRanker())


class StandIn:
    """A ranker in the place of another one, which says so."""

    def __init__(self, ranker: Ranker) -> None:
        self._ranker = ranker
        self.name = ranker.name

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """As the ranker it hands to, marked degraded."""
        return replace(await self._ranker.score(case, keep), degraded=True)


def usable(stored: FittedWeights) -> Weights | None:
    """The stored weights, or None where an older version fitted them.

    An older version may have other signals, or mean others by the same names.
    """
    shipped = shipped_weights()
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
        return None
    return own


def fitted_version(shipped: Weights, day: str) -> str:
    """The version of weights fitted on that day for the signals of the shipped ones."""
    return f"{shipped.version}-fitted-{day}"
