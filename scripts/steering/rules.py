"""Rules for dislikes that were concluded, held against each other and against the ranker alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.case import Ranker, RankingCase, Scored
from credence.planner.ranking.heeding import DISLIKES, Dislikes, Heeding, likeness_of, rise

ALONE = "ranker alone"  # the baseline


@dataclass(slots=True)
class Remembering:
    """A ranker that scores no variant of a case twice while it is asked about that case."""

    ranker: Ranker
    case: RankingCase | None = None
    rows: dict[bytes, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.ranker.name

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        if case is not self.case:
            self.case, self.rows = case, {}
        fresh = {row.tobytes(): row for row in keep if row.tobytes() not in self.rows}
        if fresh:
            scored = await self.ranker.score(case, np.stack(list(fresh.values())))
            self.rows |= dict(zip(fresh, scored.scores, strict=True))
        scores = np.stack([self.rows[row.tobytes()] for row in keep])
        return Scored(scores=scores, ranker=self.name)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Ranks as `ranker` does, less so many nats a unit of likeness to what is firmly disliked."""

    ranker: Ranker
    weight: float
    dislikes: Dislikes = DISLIKES

    @property
    def name(self) -> str:
        return self.ranker.name

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        scored = await self.ranker.score(case, keep)
        likeness = likeness_of(case)
        firm = rise(-case.strengths, *self.dislikes.firm) * case.strengths  # (C,)
        said = keep[:, : len(case.chunks)] * firm  # (V, C)
        against = said @ (rise(likeness, *self.dislikes.about) * likeness)
        return replace(scored, scores=log_softmax(scored.scores + self.weight * against))


@dataclass(frozen=True, slots=True)
class LiftingNothing:
    """Ranks as `ranker` does, but for what disliked events lift, whatever it is about."""

    ranker: Ranker

    @property
    def name(self) -> str:
        return self.ranker.name

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        both = await self.ranker.score(case, np.concatenate([keep, keep & ~disliked(case)]))
        apart = both.scores - both.scores.mean(axis=1, keepdims=True)
        lift = np.maximum(apart[: len(keep)] - apart[len(keep) :], 0)
        return replace(both, scores=log_softmax(both.scores[: len(keep)] - lift))


def log_softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-probabilities (V, N)."""
    apart = scores - scores.max(axis=1, keepdims=True)
    logs: NDArray[np.float64] = apart - np.log(np.exp(apart).sum(axis=1, keepdims=True))
    return logs


def disliked(case: RankingCase) -> NDArray[np.bool_]:
    """Those of the pieces of a case that are events which were disliked."""
    pieces = np.zeros(case.pieces, dtype=np.bool_)
    pieces[len(case.chunks) : -1] = case.event_weights < 0
    return pieces


def rules(ranker: Ranker) -> Mapping[str, Ranker]:
    """The ranker by itself and under every rule, by what is to be said of the rule."""
    once = Remembering(ranker)
    shipped = Heeding(once)
    told = {
        "firm from .2 to .3": Dislikes(firm=(0.2, 0.3)),
        "firm from .4 to .5": Dislikes(firm=(0.4, 0.5)),
        "about from 0 to .1": Dislikes(about=(0.0, 0.1)),
        "about from .2 to .3": Dislikes(about=(0.2, 0.3)),
    }
    return {
        ALONE: once,
        "the rule": shipped,
        **{name: Heeding(once, dislikes=one) for name, one in told.items()},
        **{f"the rule and {w} nats": Weighed(shipped, weight=w) for w in (2, 6, 12)},
        **{f"{w} nats alone": Weighed(once, weight=w) for w in (12, 24, 36)},
        "no dislike lifts anything": LiftingNothing(once),
    }
