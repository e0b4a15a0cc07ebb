"""Exams that are alike but for the lists that their seeds drew: one value a person over all.

Several lists a person tell more of that person, not of more people. So what is resampled and whose
signs are flipped is each person's mean over the draws, and intervals and p are of people, as those
of one exam are. What makes another draw is other candidates, not another seed or name: released
lists are the same whatever the seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.replay.exam.paper import FrozenExam
from credence.replay.figures.exam import ExamFigures, reference_of
from credence.replay.figures.quality import (
    Difference,
    Figure,
    differences,
    figures,
    resample,
    valued,
)
from credence.replay.figures.sat import Sat
from credence.replay.figures.slices import ALL
from credence.replay.figures.strands import LeftOut, Strand, left_in_words, strands
from credence.replay.metrics.measures import MEASURES, Values, headlines

Seeds: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Draws of one exam for the same people, counted together."""

    sats: tuple[Sat, ...]  # a draw each, by seed
    in_orders: tuple[FrozenExam, ...]  # draws sat in several orders, of which the first counts
    repeated: int  # people who have the same candidates in two draws
    reference: str
    seed: int  # of resamples and flips
    systems: tuple[str, ...]  # those that sat every draw, made with the same
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    spread: Mapping[tuple[str, str], float]  # by system and measure, of its means over the draws
    left: tuple[LeftOut, ...]  # answers that are not counted here

    @property
    def title(self) -> str:
        return self.sats[0].exam.title

    @property
    def headlines(self) -> tuple[str, str]:
        """The measures that are told first."""
        return headlines(max(sat.exam.longest for sat in self.sats))

    @property
    def seeds(self) -> Seeds:
        return tuple(exam.seed for exam in self._exams)

    @property
    def draws_in_words(self) -> str:
        return draws_in_words(self._exams)

    @property
    def orders_in_words(self) -> str:
        """Draws sat in several orders; empty where there are none."""
        return draws_in_words(self.in_orders, among=self._exams) if self.in_orders else ""

    @property
    def left_in_words(self) -> str:
        """Systems that are not counted here, and why; empty where there are none."""
        return left_in_words(self.left)

    @property
    def repeated_in_words(self) -> str:
        """How many people have one list twice; empty where nobody has."""
        share = f"{self.repeated:,} of {self.people:,} people ({self.repeated / self.people:.1%})"
        return f"the same candidates in two draws for {share}" if self.repeated else ""

    @property
    def people(self) -> int:
        return len(self.sats[0].exam.papers)

    @property
    def plumbing_only(self) -> bool:
        return any(run.manifest.plumbing_only for sat in self.sats for run in sat.runs)

    @property
    def simulated(self) -> bool:
        return any(run.manifest.simulated for sat in self.sats for run in sat.runs)

    def figure(self, system: str, measure: str) -> Figure:
        """Raises KeyError for what was not counted."""
        return self._figures[system, measure]

    def difference(self, system: str, measure: str) -> Difference | None:
        """None for the reference itself."""
        return self._differences.get((system, measure))

    @property
    def _exams(self) -> tuple[FrozenExam, ...]:
        return tuple(sat.exam for sat in self.sats)

    @cached_property
    def _figures(self) -> Mapping[tuple[str, str], Figure]:
        return {(one.system, one.measure): one for one in self.figures}

    @cached_property
    def _differences(self) -> Mapping[tuple[str, str], Difference]:
        return {(one.system, one.measure): one for one in self.differences}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpooled:
    """Exams that are alike but were not counted together."""

    parts: tuple[tuple[FrozenExam, ...], ...]  # each with those it would go with
    why: str

    @property
    def title(self) -> str:
        return self.parts[0][0].title

    @property
    def seeds(self) -> tuple[Seeds, ...]:
        return tuple(tuple(exam.seed for exam in part) for part in self.parts)

    @property
    def in_words(self) -> str:
        """One line: which exams, and why."""
        among = [exam for part in self.parts for exam in part]
        named = " and ".join(draws_in_words(part, among=among) for part in self.parts)
        return f"{self.title}, {named}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What was counted together, and what was not though it is alike."""

    pools: tuple[Pool, ...]
    unpooled: tuple[Unpooled, ...]


def draws_in_words(
    exams: Sequence[FrozenExam], *, among: Sequence[FrozenExam] | None = None
) -> str:
    """ "seed 3" or "seeds 0, 1, 2"; with its digest an exam of whose seed there are others."""
    many = Counter(exam.seed for exam in (exams if among is None else among))
    told = (
        f"{exam.seed}" if many[exam.seed] == 1 else f"{exam.seed} (exam {exam.sha256[:12]})"
        for exam in exams
    )
    return f"seed{'s' if len(exams) > 1 else ''} {', '.join(told)}"


def count_draws(exams: Sequence[ExamFigures]) -> Draws:
    """The draws among these exams, each of which is of other questions."""
    alike: dict[tuple[object, ...], list[ExamFigures]] = {}
    for one in sorted(exams, key=lambda one: one.sat.exam.seed):
        exam = one.sat.exam
        alike.setdefault((exam.domain, exam.negatives, exam.instructed), []).append(one)
    found = [part for group in alike.values() for part in _parts(group)]
    return Draws(
        pools=tuple(one for one in found if isinstance(one, Pool)),
        unpooled=tuple(one for one in found if isinstance(one, Unpooled)),
    )


def _parts(group: Sequence[ExamFigures]) -> Iterator[Pool | Unpooled]:
    """Of exams with one domain, kind of list and of question."""
    for one in group:
        by_seed = {sat.exam.seed: sat.exam for sat in reversed(one.orders)}
        if len(by_seed) > 1:
            exams = tuple(by_seed[seed] for seed in sorted(by_seed))
            why = "these lists are the same whatever the seed, so that they are orders, not draws"
            yield Unpooled(parts=(exams,), why=why)
    by_who: dict[object, list[ExamFigures]] = {}
    for one in group:
        by_who.setdefault(_who(one.sat), []).append(one)
    parts = list(by_who.values())
    if len(parts) > 1:
        yield Unpooled(parts=tuple(map(_exams, parts)), why=_why(group))
    yield from (_pool(part) for part in parts if len(part) > 1)


def _who(sat: Sat) -> object:
    """People with their targets, and the data that both are of."""
    exam = sat.exam
    return exam.data_sha256, tuple(sorted((p.user_id, p.target) for p in exam.papers))


def _why(group: Sequence[ExamFigures]) -> str:
    people = [frozenset(one.sat.user_ids) for one in group]
    if len(set(people)) > 1:
        several = len(frozenset.intersection(*people))
        return (
            f"not the same people sat them ({several:,} sat all), and people are what is counted; "
            "freeze every seed with the same --users-from"
        )
    return "the same people, but of other data or with other targets"


def _pool(part: Sequence[ExamFigures]) -> Pool | Unpooled:
    sats = tuple(one.sat for one in part)
    whole, left = strands(sats)
    if not whole:
        return Unpooled(parts=(_exams(part),), why=_nobody(left))
    systems = tuple(strand.name for strand in whole)
    reference = reference_of(systems, list(_wanted(part, whole)))
    seed = part[0].seed
    values = np.stack(  # (D, P, S, M)
        [_by_person(sat, [of.labels[draw] for of in whole]) for draw, sat in enumerate(sats)]
    )
    found = resample(systems, values.mean(axis=0), seed=seed)
    return Pool(
        sats=sats,
        in_orders=tuple(one.sat.exam for one in part if len(one.orders) > 1),
        repeated=_repeated(sats),
        reference=reference,
        seed=seed,
        systems=systems,
        figures=figures(found, part=ALL, lists=np.where(_hits(values), len(sats), 0)),
        differences=differences(found, reference=reference, seed=seed),
        spread=_spread(systems, values),
        left=left,
    )


def _exams(part: Sequence[ExamFigures]) -> tuple[FrozenExam, ...]:
    return tuple(one.sat.exam for one in part)


def _nobody(left: Sequence[LeftOut]) -> str:
    why, others = "no system sat all of them", [one for one in left if not one.same]
    return f"{why} made with the same: {left_in_words(others)}" if others else why


def _wanted(part: Sequence[ExamFigures], whole: Sequence[Strand]) -> Iterator[str]:
    """The references of single draws."""
    for draw, one in enumerate(part):
        yield from (of.name for of in whole if of.labels[draw] == one.reference)


def _repeated(sats: Sequence[Sat]) -> int:
    lists: dict[str, set[frozenset[str]]] = {}
    for sat in sats:
        for paper in sat.exam.papers:
            lists.setdefault(paper.user_id, set()).add(frozenset(paper.candidates))
    return sum(len(found) < len(sats) for found in lists.values())


def _by_person(sat: Sat, systems: Sequence[str]) -> Values:
    """Every measure of each person (P, S, M), by user id."""
    order = sorted(range(len(sat.user_ids)), key=sat.user_ids.__getitem__)
    return valued(sat, systems)[order]


def _hits(values: Values) -> NDArray[np.bool_]:
    """Where (S, M) of values (D, P, S, M) every list is either hit or missed."""
    return np.asarray(np.isin(values, (0.0, 1.0)).all(axis=(0, 1)), dtype=np.bool_)


def _spread(systems: Sequence[str], values: Values) -> Mapping[tuple[str, str], float]:
    """Standard deviation over draws of the mean over people, of `values` (D, P, S, M)."""
    apart = values.mean(axis=1).std(axis=0, ddof=1)
    return {
        (system, measure): float(apart[s, m])
        for s, system in enumerate(systems)
        for m, measure in enumerate(MEASURES)
    }
