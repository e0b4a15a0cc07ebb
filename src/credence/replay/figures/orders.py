"""Whether the order in which candidates are shown decides: one exam sat in several orders."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from credence.replay.exam.paper import FrozenExam
from credence.replay.figures.sat import Sat
from credence.replay.figures.strands import Labels, by_make, picked
from credence.replay.runner.record import Record

_Seats: TypeAlias = tuple[tuple[Sat, str], ...]  # exams that one system sat, and its label there


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
    """Of every system that sat at least two of these exams, made with the same.

    Two of one name are told apart as in the first exam that each sat. Raises MalformedData for
    answers that do not fit their exam.
    """
    names = dict.fromkeys(seat.system for sat in group for seat in sat.seats.values())
    found: list[Sensitivity] = []
    for name in names:
        sat = [_seats(labels, group) for labels in by_make(name, group).values()]
        several = [seats for seats in sat if len(seats) > 1]
        found += map(_of, _called(name, several), several)
    return tuple(found)


def _seats(labels: Labels, group: Sequence[Sat]) -> _Seats:
    """One seat in each exam that was sat, of seats of one make in a group."""
    sats = [(sat, of) for sat, of in zip(group, labels, strict=True) if of]
    among = tuple(of for _, of in sats)
    return tuple(zip([sat for sat, _ in sats], picked(among, [s for s, _ in sats]), strict=True))


def _called(name: str, several: Sequence[_Seats]) -> list[str]:
    firsts = [seats[0] for seats in several]
    labels = [name if len(firsts) == 1 else label for _, label in firsts]
    return [
        label if labels.count(label) == 1 else f"{name} ({sat.seats[first].run.folder})"
        for label, (sat, first) in zip(labels, firsts, strict=True)
    ]


def _of(system: str, seats: _Seats) -> Sensitivity:
    firsts = [_first_items(sat.seats[label].records) for sat, label in seats]
    changed = [
        one[user_id] != other[user_id] for one, other in combinations(firsts, 2) for user_id in one
    ]
    return Sensitivity(
        system=system,
        orders=len(seats),
        changed=float(np.mean(changed)),
        hit_rates=tuple(float((sat.ranks[label] == 1).mean()) for sat, label in seats),
        seeds=len({sat.exam.seed for sat, _ in seats}),
    )


def _first_items(records: Sequence[Record]) -> Mapping[str, str | None]:
    return {r.user_id: r.order[0] if r.order else None for r in records}


def _unordered(exam: FrozenExam) -> str:
    digest = hashlib.sha256(repr((exam.domain, exam.negatives, exam.instructed)).encode())
    for paper in sorted(exam.papers, key=lambda paper: paper.user_id):
        question = repr((paper.user_id, sorted(paper.candidates), paper.target))
        digest.update(question.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
