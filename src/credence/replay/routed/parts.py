"""The rankers that a system of Credence can be named with: the two that serve, every part of the
routed model by itself, and the linear ranker that its lists would have made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credence.app.listing import list_case
from credence.app.rankers import default_ranker
from credence.inference.listwise.bundle import read, shipped
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import ablations
from credence.planner.ranking.case import Ranker, RankingCase, Scored
from credence.planner.ranking.semantic import SemanticRanker
from credence.replay.errors import ReplayError
from credence.replay.routed.linear import linear_of

PART = "routed-"
SAME_DOMAINS = "semantic-same-domains"


class UnknownPart(ReplayError):
    """A routed model is asked for a part that it does not have."""


class Part:
    """One part of a routed model, ranking alone."""

    def __init__(self, name: str, logs: Callable[[ListCase], NDArray[np.float64]]) -> None:
        """`logs` gives the log-probabilities (N,) of a case of one variant."""
        self.name = name
        self._logs = logs

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """Log-probabilities (V, N), one variant at a time. Raises ModelError."""
        scores = np.zeros((len(keep), len(case.candidates)))
        if scores.size:
            scores = np.stack([self._logs(list_case(case, row[None])) for row in keep])
        return Scored(scores=scores, ranker=self.name)


def ranker_named(name: str, model: Path | None) -> Ranker:
    """`routed`, `routed-PART`, `semantic` or `semantic-same-domains`; the routed model and its
    parts, and the lists that the last was fitted on, are of the folder `model` or what ships.

    Raises UnknownPart, naming the parts that there are; ModelError; ReplayError for a folder that
    does not hold what the last needs.
    """
    folder = model or shipped()
    if name == SAME_DOMAINS:
        return SemanticRanker(linear_of(folder))
    if not name.startswith(PART):
        return default_ranker(name, model)
    bundle = read(folder)
    parts = ablations(bundle)
    part = name.removeprefix(PART)
    if part not in parts:
        raise UnknownPart(
            f"routed model {bundle.version} has no part {part!r}; it has {', '.join(parts)}"
        )
    return Part(f"{PART}{bundle.version}-{part}", parts[part])
