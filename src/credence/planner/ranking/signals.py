"""What the semantic ranker looks at: a few numbers for every variant and candidate.

Every signal is 0 for all candidates where the belief (or the instruction) has nothing to say, so
that it cannot move a list. All are built from sums over pieces of the belief, so that the
variants of `keep` cost one matrix product each.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.memory.collaborative.item_memory import company_of
from credence.planner.ranking.case import Column, RankingCase

Table: TypeAlias = NDArray[np.float64]

SIGNALS = (
    "instruction",  # cosine of instruction and candidate
    "history",  # mean likeness to the items of the events, recent ones counting more
    "asked_history",  # the same, mostly over items that suit the instruction
    "liked",  # likeness to the nearest liked items
    "disliked",  # mean likeness to the disliked items
    "chunk_likes",  # likeness to the topics that the person likes
    "chunk_dislikes",  # and to those that the person dislikes
    "others_words",  # likeness of the instruction to what others wrote
    "company",  # mean affinity by who chose both, to the items of the latest events above all
    "company_all",  # the same, to all of them about alike
    "people",  # how many others stand behind the candidate, in logarithms
    "others_liking",  # how much better than usual they like it
    "followed",  # how many more went on to it from the items of the latest events than came back
    "followed_all",  # the same, from all of them about alike
    "followed_soon",  # how soon they went on to it, beyond the usual
    "followed_soon_all",  # the same, from all of them about alike
)
OF_OTHERS = SIGNALS[SIGNALS.index("others_words") :]
OF_INSTRUCTION = frozenset({"instruction", "asked_history", "others_words"})  # 0 without one

_RECENCY = 0.85  # an event counts this much of the next newer one
_LATELY = 0.65  # the same, where the company of items is concerned
_ALL_ALONG = 0.97
_NEUTRAL = 0.4  # from an attitude this far below 0 on, an item speaks for its kind no more
_DOUBT = 4.0  # events' worth of likeness 0 in each mean: one event says less than fifteen
_ASKED = 0.05  # a difference in cosine to the instruction that counts e-fold
_SOFTNESS = 0.1  # two likenesses nearer than this count as about equally near


def signals(case: RankingCase, keep: NDArray[np.bool_]) -> Table:
    """The signals (F, V, N) of the candidates under each variant, in the order of `SIGNALS`.

    What a person came to at all says more about the next choice than how they rated it, so
    `history` counts every item that was not disliked.
    """
    kept = keep.astype(np.float64)
    kept_chunks, kept_events = kept[:, : len(case.chunks)], kept[:, len(case.chunks) : -1]
    kept_others = kept[:, -1:]  # (V, 1)
    candidates = centred(case.candidates, case)
    to_events = centred(case.events, case) @ candidates.T  # (E, N)
    to_chunks = case.chunks.astype(np.float64) @ candidates.T  # (C, N)
    recency = _RECENCY ** np.arange(len(case.events))
    taken = np.clip(1 + case.event_weights / _NEUTRAL, 0, 1) * recency
    disliked = np.maximum(-case.event_weights, 0) * recency
    belief = case.strengths * case.confidences  # (C,)
    asked, pull = _asked(case)
    rows = (
        np.broadcast_to(asked, (len(keep), len(candidates))),
        _mean(to_events, taken, kept_events),
        _mean(to_events, taken * pull, kept_events),
        _nearness(to_events, np.maximum(case.event_weights, 0), kept_events),
        _mean(to_events, disliked, kept_events),
        _mean(to_chunks, np.maximum(belief, 0), kept_chunks),
        _mean(to_chunks, np.maximum(-belief, 0), kept_chunks),
        *_of_others(case, kept_events, kept_others),
    )
    return np.stack(rows)


def _of_others(case: RankingCase, kept_events: Table, kept_others: Table) -> tuple[Table, ...]:
    """The signals (V, N) that other people give, from `others_words` on."""
    others = case.others
    if others is None:
        return (np.zeros((len(kept_others), len(case.candidates))),) * len(OF_OTHERS)
    said = np.zeros(len(case.candidates))
    if case.instruction is not None:
        said = others.words.astype(np.float64) @ case.instruction.astype(np.float64)
    age = np.arange(len(case.events), dtype=np.float64)
    counted = company_of(case.event_weights)[:, None]  # (E, 1)

    def of_events(pairs: Table) -> tuple[Table, Table]:
        """Of pairs (E, N): from the latest events above all, and from all about alike."""
        told = pairs * counted
        return _mean(told, _LATELY**age, kept_events), _mean(told, _ALL_ALONG**age, kept_events)

    return (
        kept_others * said,
        *of_events(others.company),
        kept_others * np.log1p(others.people),
        kept_others * others.liking,
        *of_events(others.followed),
        *of_events(others.followed_soon),
    )


def centred(vectors: NDArray[np.float32], case: RankingCase) -> Table:
    """Unit vectors as seen from the centre of the catalogue; one at the centre itself is 0."""
    rows = vectors.astype(np.float64)
    if case.centre is None:
        return rows
    rows = rows - case.centre
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)


def _asked(case: RankingCase) -> tuple[Column, Column]:
    """Cosine of the instruction to the candidates (N,), and its pull on the events (E,) <= 1."""
    if case.instruction is None:
        return np.zeros(len(case.candidates)), np.zeros(len(case.events))
    instruction = case.instruction.astype(np.float64)
    to_events = case.events.astype(np.float64) @ instruction
    pull = np.exp((to_events - to_events.max(initial=-1.0)) / _ASKED)
    return case.candidates.astype(np.float64) @ instruction, pull


def _mean(likeness: Table, mass: Column, kept: Table) -> Table:
    """Mean (V, N) of the rows of `likeness` (P, N) under `mass` (P,), drawn to 0 by doubt."""
    return (kept * mass) @ likeness / (_DOUBT + kept @ mass)[:, None]


def _nearness(likeness: Table, mass: Column, kept: Table) -> Table:
    """Soft maximum (V, N) of `likeness` (P, N) under `mass` (P,).

    The 1 stands for a piece of likeness 0 that is always there: without any other the result is
    0, and every further piece raises it.
    """
    return _SOFTNESS * np.log1p((kept * mass) @ np.exp(likeness / _SOFTNESS))
