"""Recency: how lately other people dealt with an item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from credence.replay.people import Interaction
from credence.replay.systems.scored import Scorer
from credence.replay.systems.system import Question


def recency(donors: Mapping[str, Sequence[Interaction]]) -> Scorer:
    """The latest time at which somebody else dealt with the item, in days from the first of all.

    Interactions without a time are passed over. Where none of them has one, the place in people's
    histories stands for it: 0 for the first, 1 for the last, the mean over everybody else. Items
    that nobody else dealt with come last together.
    """
    times = [done.timestamp for story in donors.values() for done in story if done.timestamp]
    marks = _days(donors, min(times)) if times else _places(donors)
    lately: defaultdict[str, dict[str, float]] = defaultdict(dict)  # item to person to mark
    for user_id, item_id, mark in marks:
        lately[item_id][user_id] = max(mark, lately[item_id].get(user_id, mark))

    def scorer(question: Question) -> NDArray[np.float64]:
        scores = []
        for item in question.candidates:
            known = lately.get(item, {})
            others = [mark for user_id, mark in known.items() if user_id != question.user_id]
            scores.append(1 + (max(others) if times else fmean(others)) if others else 0.0)
        return np.array(scores)

    return scorer


def _days(
    donors: Mapping[str, Sequence[Interaction]], first: datetime
) -> Iterable[tuple[str, str, float]]:
    for user_id, story in donors.items():
        for done in story:
            if done.timestamp is not None:
                yield user_id, done.item_id, (done.timestamp - first).total_seconds() / 86_400


def _places(donors: Mapping[str, Sequence[Interaction]]) -> Iterable[tuple[str, str, float]]:
    for user_id, story in donors.items():
        for place, done in enumerate(story):
            yield user_id, done.item_id, place / max(len(story) - 1, 1)
