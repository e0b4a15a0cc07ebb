"""Draws the candidates beside a target from a catalogue, the same whenever and wherever it is done.

What is drawn depends on the seed, the person, the kind and the catalogue alone: not on the order of
people or items, on threads or on what was drawn before.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Item, Vector
from credence.replay.errors import ReplayError
from credence.replay.exam.leaks import works
from credence.replay.exam.paper import Negatives
from credence.replay.people import Interaction

COUNT = 9  # candidates beside the target
_ALIKE = 24  # works beside the target that are alike, of which the candidates are drawn
_STEPS = 4_000  # a unit vector in whole steps; sums of products stay exact in 24 bits

Indices: TypeAlias = NDArray[np.int_]


class CannotDraw(ReplayError):
    """A catalogue does not hold what is needed to draw from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A catalogue to draw from, by item id."""

    index: Mapping[str, int]
    ids: Sequence[str]  # (I,)
    works: Indices  # (I,) equal for ids of one work
    popularity: NDArray[np.float64]  # (I,) ranks in (0, 1], of equals their mean
    date: NDArray[np.float64] | None  # (I,) likewise; None where nothing has a time
    plain: NDArray[np.float32] | None  # (I, D) of the items' texts, in whole steps

    @classmethod
    def of(
        cls,
        items: Sequence[Item],
        donors: Mapping[str, Sequence[Interaction]],
        *,
        plain: Mapping[str, Vector] | None = None,
    ) -> Shelf:
        """The shelf of a catalogue. Popularity and dates are those of the donors' interactions,
        which hold no target of the exam; `plain` vectors are needed for near items alone.
        """
        ids = sorted(item.item_id for item in items)
        named = works(items)
        numbers = {name: number for number, name in enumerate(sorted(set(named.values())))}
        counts: Counter[str] = Counter()
        times: dict[str, list[float]] = defaultdict(list)
        for story in donors.values():
            for done in story:
                counts[done.item_id] += 1
                if done.timestamp is not None:
                    times[done.item_id].append(done.timestamp.timestamp())
        return cls(
            index={item_id: at for at, item_id in enumerate(ids)},
            ids=ids,
            works=np.array([numbers[named[item_id]] for item_id in ids], dtype=np.int_),
            popularity=_ranks([counts[item_id] for item_id in ids]),
            date=_dates(ids, times),
            plain=None if plain is None else _steps([plain[item_id] for item_id in ids]),
        )


def draw(
    kind: Negatives,
    *,
    target: str,
    taken: Collection[str],
    shelf: Shelf,
    seed: int,
    user_id: str,
    count: int = COUNT,
) -> tuple[str, ...]:
    """Items beside `target` for one person, each of another work and none of a work in `taken`.

    Of `Negatives.ALL` one of every such work, whatever `count` is. Raises CannotDraw if the
    catalogue lacks the target, has too few other works or lacks what the kind goes by.
    """
    if target not in shelf.index:
        raise CannotDraw(f"the target {target} of {user_id} is not among the items: add it to them")
    at = shelf.index[target]
    held = [shelf.index[item_id] for item_id in taken if item_id in shelf.index]
    free = np.flatnonzero(~np.isin(shelf.works, shelf.works[[at, *held]]))
    rng = np.random.Generator(np.random.PCG64(_seed(seed, user_id, kind)))
    lots = rng.random(len(shelf.ids))
    if kind is Negatives.ALL:
        found = _first_works(shelf, free, lots[free], lots=lots, many=len(free))
        count = max(1, len(found))
    elif kind is Negatives.RANDOM:
        found = _first_works(shelf, free, lots[free], lots=lots, many=count)
    else:
        found = _neighbours(shelf, kind, at, free, many=max(count, _ALIKE), rng=rng, lots=lots)
    if len(found) < count:
        raise CannotDraw(
            f"{count} negatives are needed for {user_id}, but of {len(shelf.ids)} items only "
            f"{len(found)} are other works than theirs: add items or ask for fewer"
        )
    return tuple(shelf.ids[drawn] for drawn in rng.permutation(found)[:count])


def _neighbours(
    shelf: Shelf,
    kind: Negatives,
    target: int,
    free: Indices,
    *,
    many: int,
    rng: np.random.Generator,
    lots: NDArray[np.float64],
) -> Indices:
    """The items nearest to something near the target, which has the target for a neighbour too.

    The target's own neighbours would have it in their middle: whoever takes the candidate of
    middling popularity, or the one most like the rest, would then find it too often.
    """
    around = _first_works(shelf, free, _apart(shelf, kind, target, free), lots=lots, many=many)
    possible = np.append(free, target)
    for middle in rng.permutation(np.append(around, target)):
        apart = _apart(shelf, kind, middle, possible)
        apart[possible == middle] = -np.inf  # before whatever ties with it
        if _nearer(apart, lots[possible]) > many:
            continue
        room = _first_works(shelf, possible, apart, lots=lots, many=1 + many)
        neighbours: Indices = room[room != target]
        return neighbours
    raise AssertionError("the target is its own neighbour")


def _nearer(apart: NDArray[np.float64], lots: NDArray[np.float64]) -> int:
    """How many come before the last."""
    tied = (apart == apart[-1]) & (lots < lots[-1])
    return int(np.count_nonzero(apart < apart[-1]) + np.count_nonzero(tied))


def _apart(shelf: Shelf, kind: Negatives, one: int, among: Indices) -> NDArray[np.float64]:
    """How unlike one item others are (n,), by what the kind goes by."""
    apart: NDArray[np.float64]
    if kind is Negatives.POPULARITY:
        apart = np.abs(shelf.popularity[among] - shelf.popularity[one])
        if shelf.date is not None:
            apart = np.maximum(apart, np.abs(shelf.date[among] - shelf.date[one]))
        return apart
    if kind is Negatives.NEAR:
        if shelf.plain is None:
            raise CannotDraw("near negatives need the items' vectors: give the shelf `plain`")
        apart = -(shelf.plain @ shelf.plain[one])[among].astype(np.float64)
        return apart
    raise CannotDraw(f"{kind} negatives come with the release: draw random, popularity or near")


def _first_works(
    shelf: Shelf,
    among: Indices,
    apart: NDArray[np.float64],
    *,
    lots: NDArray[np.float64],
    many: int,
) -> Indices:
    """The least apart, one of each work; of equals those that the lots say."""
    reach = min(len(among), 4 * many)
    while True:
        near = _least(apart, lots[among], reach)
        order = among[near[np.lexsort((lots[among[near]], apart[near]))]]
        _, firsts = np.unique(shelf.works[order], return_index=True)
        if len(firsts) >= many or reach == len(among):
            return order[np.sort(firsts)[:many]]
        reach = min(len(among), 4 * reach)


def _least(apart: NDArray[np.float64], lots: NDArray[np.float64], many: int) -> Indices:
    """Where the least apart are, of equals those with the least lots, in no order."""
    if many == len(apart):
        return np.arange(many)
    farthest = np.partition(apart, many - 1)[many - 1]
    nearer, level = np.flatnonzero(apart < farthest), np.flatnonzero(apart == farthest)
    rest = many - len(nearer)
    return np.append(nearer, level[np.argpartition(lots[level], rest - 1)[:rest]])


def _seed(seed: int, user_id: str, kind: Negatives) -> int:
    text = f"negatives/{seed}/{kind.value}/{user_id}"
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16])


def _dates(ids: Sequence[str], times: Mapping[str, list[float]]) -> NDArray[np.float64] | None:
    """Ranks of the items' median times; an item without any counts as usual."""
    if not times:
        return None
    usual = float(np.median([time for found in times.values() for time in found]))
    return _ranks([float(np.median(times[i])) if i in times else usual for i in ids])


def _steps(rows: Sequence[Vector]) -> NDArray[np.float32]:
    """Unit vectors (I, D) in whole steps, so that their products are the same however summed."""
    steps = np.stack(rows).astype(np.float32)
    steps *= _STEPS
    np.rint(steps, out=steps)
    return steps


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Ranks in (0, 1], of equals their mean."""
    _, which, counts = np.unique(
        np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True
    )
    mean = np.cumsum(counts) - (counts - 1) / 2
    ranks: NDArray[np.float64] = (mean[which] / max(1, len(values))).astype(np.float64)
    return ranks
