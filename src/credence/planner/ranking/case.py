"""What a ranker sees and what it answers: plain arrays, no ids it could learn by heart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Vector

Matrix: TypeAlias = NDArray[np.float32]  # (N, D), rows of unit length
Column: TypeAlias = NDArray[np.float64]  # (N,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What other people say and choose, about N candidates and the items of E events.

    All is 0 for a candidate that nobody spoke of, or fewer than may be told of.
    """

    words: Matrix  # (N, D) mean direction of what they wrote, less what is written everywhere
    company: NDArray[np.float64]  # (E, N) how far those who chose the one chose the other
    followed: NDArray[np.float64]  # (E, N) how much more went on from one to the other than back
    followed_soon: NDArray[np.float64]  # (E, N) how soon they went on, beyond the usual
    people: Column  # (N,) how many stand behind a candidate
    liking: Column  # (N,) mean liking less the liking found everywhere
    event_words: Matrix  # (E, D) as `words`, of the items of the events
    usual: Vector | None = None  # (D,) mean direction of what is written everywhere

    @property
    def undated(self) -> Others:
        """As if nobody knew when they chose."""
        unknown = np.zeros_like(self.followed)
        return replace(self, followed=unknown, followed_soon=unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingCase:
    """One person, one instruction, N candidates; C chunks and E events of the belief.

    Events are those of event memory that have an item, newest first; `event_weights` say how
    much the person liked that item, in [-1, 1]. `centre` is the mean of the catalogue's vectors
    (not of unit length): what is common to all its items tells none of them apart, so likeness of
    items is measured from there. Without it likeness is measured from the origin.
    """

    instruction: Vector | None  # (D,)
    candidate_ids: tuple[str, ...]  # N
    candidates: Matrix  # (N, D)
    chunks: Matrix  # (C, D)
    strengths: Column  # (C,) in [-1, 1]
    confidences: Column  # (C,) in [0, 1]
    events: Matrix  # (E, D), the vectors of the events' items
    event_weights: Column  # (E,)
    chosen: NDArray[np.bool_] | None = None  # (C,) pinned or worded by the person; None: none is
    centre: Vector | None = None  # (D,)
    wording: Vector | None = None  # (D,) the instruction as others' words are read
    voices: Matrix | None = None  # (E, D) what the person wrote at each event, so read; 0: nothing
    others: Others | None = None  # None: nothing is known of anybody else

    @property
    def pieces(self) -> int:
        """Columns of `keep`: every chunk, every event, and what others say."""
        return len(self.chunks) + len(self.events) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """How a routed ranker came to its order of N candidates (arXiv 2601.05106, 2603.18411)."""

    model: str  # version of the routed model, or the name of language models
    data: str | None  # digest of what it was made from, where that is known
    expert: str  # the one chosen, of the largest share
    weights: Mapping[str, float]  # shares of all experts, of sum 1
    expert_scores: Column  # (N,) log-probabilities of the chosen expert alone
    complement_scores: Column  # (N,) of the router itself
    complement_share: float  # in [0, 1], of what tells the candidates apart
    alpha: float | None  # the reward model's part, if one steers
    heeded: Column | None = None  # (N,) nats added for beliefs (`heeding`); None: for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a ranker says of a case."""

    scores: NDArray[np.float64]  # (V, N) log-probabilities, one row a variant
    ranker: str  # name and version of what made them
    trace: Trace | None = None  # of the first variant, where there was a choice
    degraded: bool = False  # made by a stand-in for the ranker that should have


class Ranker(Protocol):
    """Orders candidates; every ranker answers in log-probabilities over the list."""

    @property
    def name(self) -> str:
        """Name and version of what it is meant to rank by."""
        ...

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        """Log-probabilities (V, N), one row for each row of `keep`.

        `keep` (V, C + E + 1) says which chunks and which events a variant may use, and in its last
        column whether it may use what others say of the candidates (the company that an event's
        item keeps belongs to the event). The first row is usually all true, the others leave one
        piece out, which is how reasons are found. A row's exponentials sum to 1.
        """
        ...
