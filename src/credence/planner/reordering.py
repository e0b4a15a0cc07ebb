"""A list as it was made: by the ranker, and by whoever had the last word on the best few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from credence.memory.model import Item, Routing
from credence.planner.counter import Ask, Ranked, Reordered, Shown, Taste
from credence.planner.ranking.case import Scored
from credence.planner.ranking.traced import routing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A ranked list. Scores and reasons are the ranker's, whoever ordered: they say what moved
    its scores."""

    items: tuple[Ranked, ...]
    scored: Scored
    routing: Routing | None = None
    reordered: Reordered | None = None

    @property
    def ranker(self) -> str:
        """What made the order: a reorderer over the ranker, or that alone."""
        if self.reordered is None or self.reordered.fallback is not None:
            return self.scored.ranker
        return f"{self.reordered.ranker} over {self.scored.ranker}"

    @property
    def flags(self) -> tuple[str, ...]:
        """Whether a stand-in answered, and whether an order had to be completed."""
        last = self.reordered
        degraded = self.scored.degraded or (last is not None and last.fallback is not None)
        repaired = last is not None and last.repaired > 0
        return (*(("degraded",) if degraded else ()), *(("repaired",) if repaired else ()))


def last_word(reordered: Reordered, k: int) -> Routing | None:
    """How routed models came to the first `k` places; None where they did not order all of them."""
    if reordered.trace is None or k > len(reordered.order):
        return None
    return routing_of(reordered.trace, np.array(reordered.order[:k], dtype=np.intp))


def shown(ask: Ask, taste: Taste, session: tuple[Item, ...], best: Sequence[Item]) -> Shown:
    """What a reorderer sees of a request; of somebody unknown no id."""
    profile = taste.belief.profile
    return Shown(
        tenant=ask.tenant,
        user_id=ask.user_id if taste.known else None,
        profile=profile.narrative if profile else "",
        recent=taste.recent,
        session=session,
        instruction=ask.instruction,
        candidates=tuple(best),
    )
