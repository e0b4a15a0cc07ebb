"""How well a system ranks what comes next: over all, over time, and around a change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from credence.replay.bootstrap import Interval, interval
from credence.replay.evolving.figures.answers import SHOWN, Answers, Array, Mask
from credence.replay.evolving.timeline import FIRST_STEP

_BEGIN = (FIRST_STEP, 8, 11, 16, 21, 31, 41, 61)  # first steps of the buckets over time
AFTER = 3  # steps of a bucket after the change
_LEAST = 2  # people that make a mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The mean over people of everybody's own mean, in some steps."""

    measure: str
    first: int  # step
    last: int | None  # None: to the end
    people: int
    questions: int
    value: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """The steps some way after the change: how good, and how far from the same people's before."""

    level: Level  # `first` and `last` count from the change
    gap: Interval | None  # less the level before; None where too few have both


def overall(answers: Answers, *, seed: int) -> tuple[Level, ...]:
    """Every measure over all questions."""
    everything = np.ones(len(answers.rank), dtype=np.bool_)
    return tuple(_levels(answers, everything, FIRST_STEP, None, seed))


def over_time(answers: Answers, *, seed: int) -> tuple[Level, ...]:
    """Every measure by how many steps there were before; whoever did less is in fewer buckets."""
    found: list[Level] = []
    for first, after in pairwise([*_BEGIN, None]):
        assert first is not None
        among = answers.step >= first
        if after is not None:
            among &= answers.step < after
        found += _levels(answers, among, first, None if after is None else after - 1, seed)
    return tuple(found)


def before_change(answers: Answers, *, seed: int) -> tuple[Level, ...]:
    """Every measure over the questions before the splice."""
    return tuple(_levels(answers, answers.change == 0, FIRST_STEP, None, seed))


def after_change(answers: Answers, *, seed: int) -> tuple[After, ...]:
    """Every measure right after the splice, three steps at a time."""
    found = []
    for first in range(1, int(answers.change.max(initial=0)) + 1, AFTER):
        last = first + AFTER - 1
        among = (answers.change >= first) & (answers.change <= last)
        for level in _levels(answers, among, first, last, seed):
            gaps = gaps_to_before(answers, level.measure, among)
            held = gaps[~np.isnan(gaps)]
            gap = interval(held, seed=seed) if len(held) >= _LEAST else None
            found.append(After(level=level, gap=gap))
    return tuple(found)


def gaps_to_before(answers: Answers, measure: str, among: Mask) -> Array:
    """Everybody's mean in `among` less their own before the change (P,); NaN without both."""
    return answers.by_person(measure, among) - answers.by_person(measure, answers.change == 0)


def _levels(
    answers: Answers, among: Mask, first: int, last: int | None, seed: int
) -> Iterator[Level]:
    for measure in SHOWN:
        means = answers.by_person(measure, among)
        held = means[~np.isnan(means)]
        if len(held) >= _LEAST:
            yield Level(
                measure=measure,
                first=first,
                last=last,
                people=len(held),
                questions=int(among.sum()),
                value=interval(held, seed=seed),
            )
