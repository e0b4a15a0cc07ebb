"""Whether the order in which candidates are shown decides: one exam sat in several orders."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from credence.replay.exam.paper import FrozenExam
from credence.replay.figures.sat import Sat
from credence.replay.runner.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """One system in front of the same candidates in several orders."""

    system: str
    orders: int
    changed: float  # how often another item comes first, over people and pairs of orders
    hit_rates: tuple[float, ...]  # HR@1 in each order
    seeds: int  # of these exams; of several, what was learnt and drawn by chance differs too

    @property
    def spread(self) -> float:
        return max(self.hit_rates) - min(self.hit_rates)


def in_orders(sats: Sequence[Sat]) -> tuple[tuple[Sat, ...], ...]:
    """Exams grouped by their questions, whatever the order of candidates."""
    groups: dict[str, list[Sat]] = {}
    for sat in sats:
        groups.setdefault(_unordered(sat.exam), []).append(sat)
    return tuple(tuple(group) for group in groups.values())


def sensitivity(group: Sequence[Sat]) -> tuple[Sensitivity, ...]:
    """Of every system that sat at least two of these exams."""
    names = dict.fromkeys(name for sat in group for name in sat.systems)
    return tuple(
        _of(name, sats)
        for name in names
        if len(sats := [sat for sat in group if name in sat.seats]) > 1
    )


def _of(system: str, sats: Sequence[Sat]) -> Sensitivity:
    firsts = [_first_items(sat.seats[system].records) for sat in sats]
    changed = [
        one[user_id] != other[user_id] for one, other in combinations(firsts, 2) for user_id in one
    ]
    return Sensitivity(
        system=system,
        orders=len(sats),
        changed=float(np.mean(changed)),
        hit_rates=tuple(float((sat.ranks[system] == 1).mean()) for sat in sats),
        seeds=len({sat.exam.seed for sat in sats}),
    )


def _first_items(records: Sequence[Record]) -> Mapping[str, str | None]:
    return {r.user_id: r.order[0] if r.order else None for r in records}


def _unordered(exam: FrozenExam) -> str:
    digest = hashlib.sha256(repr((exam.domain, exam.negatives, exam.instructed)).encode())
    for paper in sorted(exam.papers, key=lambda paper: paper.user_id):
        question = repr((paper.user_id, sorted(paper.candidates), paper.target))
        digest.update(question.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
