"""What a system claimed along its walks, as arrays: a claim is a chunk after a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from credence.replay.evolving.figures.answers import Array, Mask
from credence.replay.evolving.walked import Walked


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The claims that later events bear on, in the order of people, looks and chunks."""

    people: int  # who were followed, with claims or without
    person: NDArray[np.int_]  # (C,) index
    chunk: NDArray[np.int_]  # (C,) id, counted for each person anew
    strength: Array  # (C,) in [-1, 1]
    confidence: Array  # (C,) in [0, 1)
    leaning: Mask  # (C,) whether the topic's own words say which way it counts
    likes: Array  # (C,) later events that speak for liking
    dislikes: Array  # (C,)
    liked_before: Array  # (C,) share of likes in what the person's whole belief rests on, in (0, 1)
    open_liked_before: Array  # (C,) the same of the chunks that are not leaning

    @classmethod
    def of(cls, walked: Sequence[Walked]) -> Claims:
        rows = [
            (at, one, look)
            for at, walk in enumerate(walked)
            for look in walk.believed or ()
            for one in look.borne
        ]
        return cls(
            people=len(walked),
            person=np.array([at for at, _, _ in rows], dtype=np.int_),
            chunk=np.array([one.chunk for _, one, _ in rows], dtype=np.int_),
            strength=np.array([one.strength for _, one, _ in rows], dtype=np.float64),
            confidence=np.array([one.confidence for _, one, _ in rows], dtype=np.float64),
            leaning=np.array([one.leaning for _, one, _ in rows], dtype=np.bool_),
            likes=np.array([len(one.liked) for _, one, _ in rows], dtype=np.float64),
            dislikes=np.array([len(one.disliked) for _, one, _ in rows], dtype=np.float64),
            liked_before=np.array(
                [_share(look.likes, look.dislikes) for _, _, look in rows], dtype=np.float64
            ),
            open_liked_before=np.array(
                [_share(look.open_likes, look.open_dislikes) for _, _, look in rows],
                dtype=np.float64,
            ),
        )

    def __len__(self) -> int:
        return len(self.person)

    def among(self, chosen: Mask) -> Claims:
        """Those in the mask (C,)."""
        return Claims(
            people=self.people,
            person=self.person[chosen],
            chunk=self.chunk[chosen],
            strength=self.strength[chosen],
            confidence=self.confidence[chosen],
            leaning=self.leaning[chosen],
            likes=self.likes[chosen],
            dislikes=self.dislikes[chosen],
            liked_before=self.liked_before[chosen],
            open_liked_before=self.open_liked_before[chosen],
        )

    @property
    def opened(self) -> Claims:
        """Those about open topics, and what was liked before of open topics alone."""
        found = self.among(~self.leaning)
        return replace(found, liked_before=found.open_liked_before)

    @property
    def share(self) -> Array:
        """How many of the later events that bear on it speak for liking (C,), in [0, 1]."""
        return self.likes / (self.likes + self.dislikes)

    @property
    def sign(self) -> Array:
        """The mean sign of those events (C,), in [-1, 1]."""
        return 2 * self.share - 1

    @property
    def weight(self) -> Array:
        """What each claim counts (C,): one person's together count 1."""
        return 1 / np.bincount(self.person, minlength=self.people)[self.person]

    def squared_error(self, share: Array) -> Array:
        """Brier score (C,) of predicting `share` (C,) for each later event, in [0, 1]."""
        missed = self.likes * (1 - share) ** 2 + self.dislikes * share**2
        return missed / (self.likes + self.dislikes)

    def by_person(self, values: Array) -> Array:
        """The mean of values (C,) of each person who has claims, by person (P,)."""
        count = np.bincount(self.person, minlength=self.people)
        total = np.bincount(self.person, weights=values, minlength=self.people)
        means: Array = total[count > 0] / count[count > 0]
        return means


def _share(likes: int, dislikes: int) -> float:
    """Of likes; half a like and half a dislike are added, so that it is in (0, 1)."""
    return (likes + 0.5) / (likes + dislikes + 1)
