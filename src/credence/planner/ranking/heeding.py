"""What people say of themselves, and what they firmly dislike, heeded whatever a ranker has learnt.

A chunk that somebody pinned or worded is an instruction, not a guess from behaviour. Rankers are
fitted on people who never corrected anything, and learn that chunks hardly matter beside events
(docs/log.md); a person who says "I dislike horror" must see less of it all the same.

Nor do they learn that a dislike lowers anything: people go on choosing, and rating low, what they
rated low before. So a list may be led by what somebody hates. Where a dislike is firm, events that
were disliked lift no candidate that is about it. What else concluded beliefs do is the ranker's to
weigh.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.case import Ranker, RankingCase, Scored

WEIGHT = 12.0  # nats a unit of likeness, at full strength; `python -m scripts.steering` shows it
_SAID = (0.0, 0.1)  # as `Dislikes.firm`, of a dislike that the person chose: it needs no more
_BARELY = 1e-9  # of the mean of a list whose candidates are all barred, alike

Table: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dislikes:
    """Which dislikes bar what; `python -m scripts.steering.dislikes` tells the cost.

    Of each pair the first is where something begins to count and the second where it does in full,
    so that no list turns over when a belief fades by a hair.
    """

    firm: tuple[float, float] = (0.3, 0.4)  # strengths, of dislikes that were concluded
    about: tuple[float, float] = (0.1, 0.2)  # likeness of a candidate to a topic, over the list's


DISLIKES = Dislikes()


@dataclass(frozen=True, slots=True)
class Heeding:
    """Ranks as `ranker` does, and by likeness to the chunks that the person chose; what they firmly
    dislike is not lifted by what they disliked."""

    ranker: Ranker
    weight: float = WEIGHT
    dislikes: Dislikes | None = DISLIKES  # None: those that were concluded are left to the ranker

    @property
    def name(self) -> str:
        return self.ranker.name

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """Log-probabilities (V, N); the ranker's own where nothing was chosen and no candidate is
        about a firm dislike. A trace tells what was added to the first variant."""
        chosen = np.zeros(len(case.chunks), dtype=np.bool_) if case.chosen is None else case.chosen
        firm = self._firm(case, chosen)
        if not case.candidates.size or not (chosen.any() or firm.any()):
            return await self.ranker.score(case, keep)
        likeness = likeness_of(case)  # (C, N)
        about = firm[:, None] * rise(likeness, *(self.dislikes or DISLIKES).about)
        if not (chosen.any() or about.any()):
            return await self.ranker.score(case, keep)
        kept = keep[:, : len(case.chunks)]  # (V, C)
        barred = (kept[:, :, None] * about).max(axis=1)  # (V, N), how far nothing may lift it
        scored, lift = await self._scored(case, keep, barred)
        said = kept * (chosen * case.strengths)
        heeded = self.weight * said @ likeness - barred * lift + 0.0  # (V, N), and no -0
        moved = scored.scores + heeded
        moved -= moved.max(axis=1, keepdims=True)
        return replace(
            scored,
            scores=moved - np.log(np.exp(moved).sum(axis=1, keepdims=True)),
            trace=scored.trace and replace(scored.trace, heeded=heeded[0]),
        )

    def _firm(self, case: RankingCase, chosen: NDArray[np.bool_]) -> Table:
        """How firmly each chunk is disliked (C,), from 0 to 1; 0 where no event was disliked, as
        nothing is to be barred then."""
        if not (case.event_weights < 0).any():
            return np.zeros(len(chosen))
        concluded = np.zeros(len(chosen))
        if self.dislikes is not None:
            concluded = rise(-case.strengths, *self.dislikes.firm)
        return np.where(chosen, rise(-case.strengths, *_SAID), concluded)

    async def _scored(
        self, case: RankingCase, keep: NDArray[np.bool_], barred: Table
    ) -> tuple[Scored, Table]:
        """What the ranker says, and how far events that the person disliked lift each candidate
        above those that are not barred (V, N); 0 where none is."""
        if not barred.any():
            return await self.ranker.score(case, keep), np.zeros_like(barred)
        disliked = np.zeros(case.pieces, dtype=np.bool_)
        disliked[len(case.chunks) : -1] = case.event_weights < 0
        fewer, rows = np.unique(keep & ~disliked, axis=0, return_inverse=True)
        both = await self.ranker.score(case, np.concatenate([keep, fewer]))
        scores, others = both.scores[: len(keep)], both.scores[len(keep) :][rows.reshape(-1)]
        lift, free = scores - others, 1 - barred + _BARELY
        level = (lift * free).sum(axis=1) / free.sum(axis=1)
        return replace(both, scores=scores), np.maximum(lift - level[:, None], 0)


def likeness_of(case: RankingCase) -> Table:
    """Of chunks and candidates (C, N), from the centre of the catalogue and of the list: what all
    candidates have in common moves none of them."""
    candidates = case.candidates.astype(np.float64)
    if case.centre is not None:
        candidates = candidates - case.centre
        lengths = np.linalg.norm(candidates, axis=1, keepdims=True)
        candidates = candidates / np.where(lengths > 0, lengths, 1.0)
    likeness = case.chunks.astype(np.float64) @ candidates.T
    apart: Table = likeness - likeness.mean(axis=1, keepdims=True)
    return apart


def rise(values: Table, low: float, high: float) -> Table:
    """0 up to `low`, 1 from `high` on, and in line between."""
    risen: Table = np.clip((values - low) / (high - low), 0.0, 1.0)
    return risen
