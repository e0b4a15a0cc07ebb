"""One exam with every system that sat it, from however many runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from credence.replay.errors import MalformedData
from credence.replay.exam.paper import FrozenExam
from credence.replay.figures.made import made_with
from credence.replay.metrics.measures import Ranks
from credence.replay.runner.folder import FinishedRun
from credence.replay.runner.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One system's answers in the run that they come from."""

    run: FinishedRun
    system: str  # its name in that run

    @property
    def records(self) -> tuple[Record, ...]:
        return self.run.records[self.system]

    @property
    def seconds(self) -> Mapping[str, float]:
        return self.run.seconds.get(self.system, {})


@dataclass(frozen=True, kw_only=True)
class Sat:
    """The exam and its systems; two of one name are told apart by their run's folder.

    What was made with the same and answered the same is no other system: it counts once.
    """

    exam: FrozenExam
    runs: tuple[FinishedRun, ...]
    seats: Mapping[str, Seat]

    @property
    def systems(self) -> tuple[str, ...]:
        return tuple(self.seats)

    @property
    def user_ids(self) -> tuple[str, ...]:
        return tuple(paper.user_id for paper in self.exam.papers)

    @cached_property
    def ranks(self) -> Mapping[str, Ranks]:
        """By system the target's rank for each person (P,).

        Raises MalformedData for answers that do not fit the exam.
        """
        return {name: _ranks(seat, self.exam) for name, seat in self.seats.items()}


def sat_exams(runs: Sequence[FinishedRun]) -> tuple[Sat, ...]:
    """The exams of these runs, in the order in which they first appear."""
    by_exam: dict[str, list[FinishedRun]] = {}
    for run in {run.folder.resolve(): run for run in runs}.values():
        by_exam.setdefault(run.exam.sha256, []).append(run)
    return tuple(_sat(group) for group in by_exam.values())


def _sat(runs: Sequence[FinishedRun]) -> Sat:
    seats: dict[str, Seat] = {}
    for run in runs:
        for system in run.records:
            seat = Seat(run=run, system=system)
            if not any(_alike(seat, other) for other in seats.values()):
                seats[_label(system, run, seats)] = seat
    return Sat(exam=runs[0].exam, runs=tuple(runs), seats=seats)


def _alike(one: Seat, other: Seat) -> bool:
    return (
        one.system == other.system
        and one.records == other.records
        and made_with(one.run.manifest, one.system) == made_with(other.run.manifest, one.system)
    )


def _label(system: str, run: FinishedRun, taken: Mapping[str, Seat]) -> str:
    if system not in taken:
        return system
    label = f"{system} ({run.folder.name})"
    return label if label not in taken else f"{system} ({run.folder})"


def _ranks(seat: Seat, exam: FrozenExam) -> Ranks:
    if [r.user_id for r in seat.records] != [p.user_id for p in exam.papers]:
        raise MalformedData(
            f"{seat.run.folder}: the answers of {seat.system} are not those of the exam's people "
            "in its order; let the run finish"
        )
    return np.array(
        [
            _rank(seat, record, paper.candidates, paper.target)
            for record, paper in zip(seat.records, exam.papers, strict=True)
        ],
        dtype=np.int_,
    )


def _rank(seat: Seat, record: Record, candidates: tuple[str, ...], target: str) -> int:
    """The rank as the record's own order has it: a failure has the worst."""
    if record.failure:
        rank = len(candidates)
    elif sorted(record.order) == sorted(candidates):
        rank = record.order.index(target) + 1
    else:
        raise MalformedData(
            f"{seat.run.folder}: {seat.system} put other items in order for {record.user_id} than "
            "the exam showed; run it again"
        )
    if rank != record.rank:
        raise MalformedData(
            f"{seat.run.folder}: {seat.system} has rank {record.rank} for {record.user_id}, but "
            f"its order says {rank}; run it again"
        )
    return rank
