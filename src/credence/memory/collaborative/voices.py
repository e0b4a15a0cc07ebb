"""How many voices people are together: of those who say the same, each counts for a part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.memory.collaborative.item_memory import alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What people wrote of an item: who they are, ascending (n,), and its directions (n, D)."""

    people: NDArray[np.int64]
    directions: NDArray[np.float64]


class Echoes:
    """Who of these people says of any of some items what another of them says of it."""

    def __init__(self, people: Sequence[int], written: Iterable[Written]) -> None:
        self._people = np.array(sorted(set(people)), dtype=np.int64)
        self._same = np.eye(len(self._people), dtype=np.bool_)
        for one in written:
            _note(self._same, self._people, one)
        self._none = bool(self._same.sum() == len(self._people))

    def voices(self, people: Sequence[int], beside: Written | None) -> float:
        """How many voices these, some of all the people, are, who wrote that `beside` too."""
        if self._none and not _echo(beside):
            return float(len(people))
        some = np.array(sorted(people), dtype=np.int64)
        places = np.searchsorted(self._people, some)
        same = self._same[np.ix_(places, places)]
        if beside is not None:
            _note(same, some, beside)
        return round(float((1.0 / same.sum(axis=1)).sum()), 9)


def _echo(written: Written | None) -> bool:
    """Whether any two wrote alike."""
    if written is None or len(written.people) < 2:
        return False
    same = alike(written.directions)
    return bool(np.count_nonzero(same) > np.count_nonzero(same.diagonal()))


def _note(same: NDArray[np.bool_], people: NDArray[np.int64], written: Written) -> None:
    """Note in `same` (n, n) who of these n people, ascending, wrote alike."""
    told = np.isin(written.people, people)
    places = np.searchsorted(people, written.people[told])
    same[np.ix_(places, places)] |= alike(written.directions[told])
