"""Exams that are alike but for the lists that their seeds drew: one value a person over all.

Several lists a person tell more of that person, not of more people. So what is resampled and whose
signs are flipped is each person's mean over the draws, and intervals and p are of people, as those
of one exam are. What makes another draw is other candidates, not another seed or name: released
lists are the same whatever the seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

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
from credence.replay.metrics.measures import MEASURES, Values

Seeds: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Draws of one exam for the same people, counted together."""

    sats: tuple[Sat, ...]  # a draw each, by seed
    in_orders: Seeds  # of draws that were sat in several orders, of which the first counts
    reference: str
    seed: int  # of resamples and flips
    systems: tuple[str, ...]  # those that sat every draw
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    spread: Mapping[tuple[str, str], float]  # by system and measure, of its means over the draws
    partly: Mapping[str, int]  # systems that sat only some draws, and how many

    @property
    def title(self) -> str:
        return self.sats[0].exam.title

    @property
    def seeds(self) -> Seeds:
        return tuple(sat.exam.seed for sat in self.sats)

    @property
    def people(self) -> int:
        return len(self.sats[0].exam.papers)

    @property
    def plumbing_only(self) -> bool:
        return any(run.manifest.plumbing_only for sat in self.sats for run in sat.runs)

    def figure(self, system: str, measure: str) -> Figure:
        """Raises KeyError for what was not counted."""
        return self._figures[system, measure]

    def difference(self, system: str, measure: str) -> Difference | None:
        """None for the reference itself."""
        return self._differences.get((system, measure))

    @cached_property
    def _figures(self) -> Mapping[tuple[str, str], Figure]:
        return {(one.system, one.measure): one for one in self.figures}

    @cached_property
    def _differences(self) -> Mapping[tuple[str, str], Difference]:
        return {(one.system, one.measure): one for one in self.differences}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpooled:
    """Exams that are alike but were not counted together."""

    title: str
    parts: tuple[Seeds, ...]  # seeds that stand on their own, each with those it would go with
    why: str

    @property
    def in_words(self) -> str:
        """One line: which exams, and why."""
        named = " and ".join(map(seeds_in_words, self.parts))
        return f"{self.title}, {named}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What was counted together, and what was not though it is alike."""

    pools: tuple[Pool, ...]
    unpooled: tuple[Unpooled, ...]


def seeds_in_words(seeds: Seeds) -> str:
    """ "seed 3" or "seeds 0, 1, 2"."""
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"


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
        seeds = tuple(sorted({sat.exam.seed for sat in one.orders}))
        if len(seeds) > 1:
            why = "these lists are the same whatever the seed, so that they are orders, not draws"
            yield Unpooled(title=one.sat.exam.title, parts=(seeds,), why=why)
    by_who: dict[object, list[ExamFigures]] = {}
    for one in group:
        by_who.setdefault(_who(one.sat), []).append(one)
    parts = list(by_who.values())
    if len(parts) > 1:
        yield Unpooled(
            title=group[0].sat.exam.title, parts=tuple(map(_seeds, parts)), why=_why(group)
        )
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
    sat_by = {name: sum(name in s.seats for s in sats) for s in sats for name in s.systems}
    systems = tuple(name for name, many in sat_by.items() if many == len(sats))
    if not systems:
        why = "no system sat all of them"
        return Unpooled(title=sats[0].exam.title, parts=(_seeds(part),), why=why)
    reference = reference_of(systems, [one.reference for one in part])
    seed = part[0].seed
    values = np.stack([_by_person(sat, systems) for sat in sats])  # (D, P, S, M)
    found = resample(systems, values.mean(axis=0), seed=seed)
    return Pool(
        sats=sats,
        in_orders=tuple(one.sat.exam.seed for one in part if len(one.orders) > 1),
        reference=reference,
        seed=seed,
        systems=systems,
        figures=figures(found, part=ALL),
        differences=differences(found, reference=reference, seed=seed),
        spread=_spread(systems, values),
        partly={name: many for name, many in sat_by.items() if many < len(sats)},
    )


def _seeds(part: Sequence[ExamFigures]) -> Seeds:
    return tuple(one.sat.exam.seed for one in part)


def _by_person(sat: Sat, systems: Sequence[str]) -> Values:
    """Every measure of each person (P, S, M), by user id."""
    order = sorted(range(len(sat.user_ids)), key=sat.user_ids.__getitem__)
    return valued(sat, systems)[order]


def _spread(systems: Sequence[str], values: Values) -> Mapping[tuple[str, str], float]:
    """Standard deviation over draws of the mean over people, of `values` (D, P, S, M)."""
    apart = values.mean(axis=1).std(axis=0, ddof=1)
    return {
        (system, measure): float(apart[s, m])
        for s, system in enumerate(systems)
        for m, measure in enumerate(MEASURES)
    }
