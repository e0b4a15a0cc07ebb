"""A ranking case as the lists that the routed model takes, and its answers put together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.app.listing import list_case
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists, Route
from credence.planner.ranking.case import RankingCase, Scored, Trace


@dataclass(frozen=True, slots=True)
class Half:
    """Those variants that hear of others, or those that do not: rows of `keep`, as one list."""

    rows: NDArray[np.intp]
    case: ListCase


def halves(case: RankingCase, keep: NDArray[np.bool_]) -> list[Half]:
    """The one or two lists that have all variants of `keep` (V, C + E + 1)."""
    split = [np.flatnonzero(keep[:, -1] == told) for told in (True, False)]
    return [Half(rows, list_case(case, keep[rows])) for rows in split if len(rows)]


def put_together(parts: Sequence[Half], told: Sequence[RankedLists], *, ranker: str) -> Scored:
    """What was said of each half as what is said of the case."""
    scores = np.concatenate([ranked.logs for ranked in told])
    scores[np.concatenate([part.rows for part in parts])] = scores.copy()
    first = next(one for part, one in zip(parts, told, strict=True) if part.rows[0] == 0)
    return Scored(scores=scores, ranker=ranker, trace=_trace(first.route))


def _trace(route: Route) -> Trace:
    return Trace(
        model=route.model,
        data=route.data,
        expert=route.expert,
        weights=route.weights,
        expert_scores=route.expert_logs,
        complement_scores=route.complement_logs,
        complement_share=route.complement_share,
        alpha=route.alpha,
    )
