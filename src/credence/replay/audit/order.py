"""7. Targets that stand where a system can guess them to be."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.exam.freeze import shown_order

_MISTAKE = Mistake(7, "the place of the target says nothing")
_DRAWS = 9_999  # exams with even places that the exam's own is compared with
_UNLIKELY = 0.001
_ERRORS = 3.5  # standard errors
_SHORT = 20  # candidates of lists whose places are counted one by one
_TENTHS = 10


class Shown(Protocol):
    """How candidates are put into the order in which they are shown."""

    def __call__(
        self, candidates: Iterable[str], *, user_id: str, seed: int
    ) -> tuple[str, ...]: ...


def order(evidence: Evidence, shown: Shown = shown_order) -> Finding:
    """Candidates stand by the seeded hash, targets evenly, and elsewhere by another seed."""
    exam = evidence.exam
    unordered = [
        paper.user_id
        for paper in exam.papers
        if _by_hash(paper.candidates, paper.user_id, exam.order) != list(paper.candidates)
    ]
    if unordered:
        return _MISTAKE.made("candidates do not stand by the seeded hash", unordered)
    held = [paper for paper in exam.papers if paper.target in paper.candidates]
    places = [(len(p.candidates), p.candidates.index(p.target)) for p in held]
    p = _chance_of_places(places, seed=exam.order)
    if p < _UNLIKELY:
        return _MISTAKE.made(f"targets do not stand evenly over the places: chi-square p {p:.4f}")
    same = [
        paper.user_id
        for paper, (_, place) in zip(held, places, strict=True)
        if shown(paper.candidates, user_id=paper.user_id, seed=exam.order + 1).index(paper.target)
        == place
    ]
    chances = np.array([1 / size for size, _ in places])
    if len(same) > chances.sum() + _ERRORS * np.sqrt((chances * (1 - chances)).sum()) + 1:
        return _MISTAKE.made("targets keep their places under another seed", same)
    return _MISTAKE.absent(
        f"chi-square p {p:.3f}; {len(same)} of {len(held)} keep their place under another seed"
    )


def _by_hash(candidates: Iterable[str], user_id: str, seed: int) -> list[str]:
    def lot(item_id: str) -> str:
        text = f"order/{seed}/{user_id}/{item_id}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    return sorted(candidates, key=lot)


def _chance_of_places(places: Sequence[tuple[int, int]], *, seed: int) -> float:
    """How often even places would be as uneven as these, lists of each length for themselves.

    Of long lists, of which hardly two are of one length, the tenths count in which targets stand.
    """
    by_size: dict[int, list[int]] = defaultdict(list)
    chances: dict[int, list[NDArray[np.float64]]] = defaultdict(list)
    for size, place in places:
        kind, where, of = (
            (size, place, np.full(size, 1 / size))
            if size <= _SHORT
            else (0, place * _TENTHS // size, _in_tenths(size))
        )
        by_size[kind].append(where)
        chances[kind].append(of)
    rng = np.random.default_rng(seed)
    own, drawn = 0.0, np.zeros(_DRAWS)
    for kind, found in sorted(by_size.items()):
        even = np.mean(chances[kind], axis=0)
        expected = len(found) * even
        counts = np.bincount(found, minlength=len(even))
        own += float(((counts - expected) ** 2 / expected).sum())
        others = rng.multinomial(len(found), even, size=_DRAWS)
        drawn += ((others - expected) ** 2 / expected).sum(axis=1)
    return float((1 + (drawn >= own - 1e-9).sum()) / (1 + _DRAWS))


def _in_tenths(size: int) -> NDArray[np.float64]:
    """How many of a list's places are in each tenth of it, as shares."""
    tenths = np.arange(size) * _TENTHS // size
    return np.bincount(tenths, minlength=_TENTHS) / size
