"""What a look changed, by the operations that it ran: described, not explained.

The same question is put with the same events just before a look and just after it. Policies run
an operation where there is something for it to do, and several at once, so a difference between
looks that ran it and looks that did not is no effect of the operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from credence.memory.model import Operation
from credence.replay.bootstrap import Interval, around, resampled_means
from credence.replay.evolving.figures.answers import Array
from credence.replay.evolving.walked import Walked

ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gained:
    """Places that the item really taken moved up through a look; below 0, down."""

    looks: int
    places: Interval | None  # None without such looks


@dataclass(frozen=True, slots=True, kw_only=True)
class ByOperation:
    """Looks that ran the operation, and looks that did not."""

    operation: str  # "any": one at least
    ran: Gained
    skipped: Gained


def by_operation(walked: Sequence[Walked], *, seed: int) -> tuple[ByOperation, ...]:
    """Every operation that some look ran; nothing where no look was asked about."""
    moved = [(person, moved) for person, walk in enumerate(walked) for moved in _moved(walk)]
    ran = {name for _, one in moved for name in one.operations}
    named = [operation.value for operation in Operation if operation.value in ran]
    found = []
    for name in [ANY, *named] if named else []:
        of = [(person, one) for person, one in moved if _runs(one, name)]
        others = [(person, one) for person, one in moved if not _runs(one, name)]
        found.append(
            ByOperation(
                operation=name,
                ran=_gained(of, people=len(walked), seed=seed),
                skipped=_gained(others, people=len(walked), seed=seed),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Moved:
    """One look and what it did to the next question."""

    operations: tuple[str, ...]
    places: int


def _moved(walk: Walked) -> Iterator[_Moved]:
    for step in walk.steps:
        if step.looked is not None and step.unlooked is not None:
            yield _Moved(operations=step.looked, places=step.unlooked - step.rank)


def _runs(one: _Moved, name: str) -> bool:
    return bool(one.operations) if name == ANY else name in one.operations


def _gained(moved: Sequence[tuple[int, _Moved]], *, people: int, seed: int) -> Gained:
    """Over looks, with people resampled whole."""
    if not moved:
        return Gained(looks=0, places=None)
    person = [at for at, _ in moved]
    sums: Array = np.stack(
        [
            np.bincount(person, weights=[one.places for _, one in moved], minlength=people),
            np.bincount(person, minlength=people),
        ],
        axis=1,
    ).astype(np.float64)
    drawn = resampled_means(sums, seed=seed)
    drawn = drawn[drawn[:, 1] > 0]
    places = around(sum(one.places for _, one in moved) / len(moved), drawn[:, 0] / drawn[:, 1])
    return Gained(looks=len(moved), places=places)
