"""What other people say and choose, as a ranker sees it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from credence.memory.collaborative.audience import Audience, affinities
from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.collaborative.usual import Usual
from credence.planner.ranking.case import Others

_VOICES = 1.0  # voices' worth of doubt about what an item's words say
_RATED = 5.0  # ratings' worth of doubt about how it is liked


def others(
    candidates: Sequence[ItemMemory | None],
    events: Sequence[Audience | None],
    *,
    usual: Usual,
    least: int,
    size: int,
) -> Others:
    """Of N candidates and the items of E events; vectors have `size` dimensions.

    `usual` is what is said and liked everywhere: what is common to all items tells none of them
    apart. A memory with fewer than `least` people behind it counts as none; the caller has done
    the same with the audiences.
    """
    known = [m if m is not None and m.standing >= least else None for m in candidates]
    told = [
        (row, m.words, m.voices)
        for row, m in enumerate(known)
        if m and m.words is not None and m.voices >= least
    ]
    words = np.zeros((len(known), size), dtype=np.float32)
    if told:
        voices = np.array([voiced for _, _, voiced in told])[:, None]
        spoken = np.stack([row for _, row, _ in told]).astype(np.float64)
        if usual.words is not None:
            spoken = spoken - usual.words
        words[[row for row, _, _ in told]] = spoken * voices / (voices + _VOICES)
    rated = np.array([m.rated if m and m.judged >= least else 0.0 for m in known], dtype=np.float64)
    liking = np.array([m.liking - usual.liking if m else 0.0 for m in known], dtype=np.float64)
    return Others(
        words=words,
        company=affinities(events, [m.audience if m else None for m in known]),
        people=np.array([m.people if m else 0 for m in known], dtype=np.float64),
        liking=liking * rated / (rated + _RATED),
    )
