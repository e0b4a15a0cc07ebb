"""What other people say and choose, as a ranker sees it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from credence.memory.collaborative.affinity import affinities
from credence.memory.collaborative.audience import Audience
from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.collaborative.usual import Usual
from credence.planner.ranking.case import Matrix, Others

_VOICES = 1.0  # voices' worth of doubt about what an item's words say
_RATED = 5.0  # ratings' worth of doubt about how it is liked


def others(
    candidates: Sequence[ItemMemory | None],
    events: Sequence[ItemMemory | None],
    *,
    usual: Usual,
    least: int,
    size: int,
) -> Others:
    """Of N candidates and the items of E events; vectors have `size` dimensions.

    `usual` is what is said and liked everywhere: what is common to all items tells none of them
    apart. A memory with fewer than `least` people behind it counts as none.
    """
    known, heard = _told(candidates, least), _told(events, least)
    rated = np.array([m.rated if m and m.judged >= least else 0.0 for m in known], dtype=np.float64)
    liking = np.array([m.liking - usual.liking if m else 0.0 for m in known], dtype=np.float64)
    ours, theirs = _audiences(heard), _audiences(known)
    near = affinities(ours, theirs)
    return Others(
        words=_words(known, usual, least=least, size=size),
        company=near.together,
        followed=near.onward,
        followed_soon=near.soon,
        people=np.array([m.people if m else 0 for m in known], dtype=np.float64),
        liking=liking * rated / (rated + _RATED),
        event_words=_words(heard, usual, least=least, size=size),
        usual=usual.words,
    )


def _told(memories: Sequence[ItemMemory | None], least: int) -> list[ItemMemory | None]:
    return [m if m is not None and m.standing >= least else None for m in memories]


def _audiences(memories: Sequence[ItemMemory | None]) -> list[Audience | None]:
    return [m.audience if m else None for m in memories]


def _words(memories: Sequence[ItemMemory | None], usual: Usual, *, least: int, size: int) -> Matrix:
    """What is said of each item (n, D) beyond the usual; 0 where too few say anything."""
    words = np.zeros((len(memories), size), dtype=np.float32)
    told = [
        (row, m.words, m.voices)
        for row, m in enumerate(memories)
        if m and m.words is not None and m.voices >= least
    ]
    if told:
        voices = np.array([voiced for _, _, voiced in told])[:, None]
        spoken = np.stack([row for _, row, _ in told]).astype(np.float64)
        if usual.words is not None:
            spoken = spoken - usual.words
        words[[row for row, _, _ in told]] = spoken * voices / (voices + _VOICES)
    return words
